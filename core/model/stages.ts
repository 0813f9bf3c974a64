import type { RunWarning, RowProblem } from './outcome.ts';
import type { VariableValue } from './connector.ts';
import type { FaultDetail } from '../errors/app-error.ts';

/**
 * What the stages hand to each other through the workspace. All table files are ClickHouse `TabSeparated`: UTF-8, one LF
 * a row, backslash escapes, `\N` for NULL.
 */

/** One column of an input table. The type is a ClickHouse type; text columns are `Nullable(String)`. */
export interface InputColumn {
  readonly name: string;
  readonly type: string;
}

/** What a text file looked like. */
export interface TextShape {
  /** One ASCII character. */
  readonly delimiter: string;
  readonly hasByteOrderMark: boolean;
  /** A first line `sep=;` named the delimiter. */
  readonly hasSeparatorLine: boolean;
}

/** One input table that intake left in the workspace. The first column of the file is `_row`, not listed in `columns`. */
export interface InputTable {
  /** The name in the database `input`. */
  readonly name: string;
  /** The cleaned file or sheet name, before it was bound to a name of the manifest. */
  readonly sourceName: string;
  /** From 0: also `input.page_idx_<page>`; null for tables that are views of another. */
  readonly page: number | null;
  readonly columns: readonly InputColumn[];
  /** Headers as the file has them, in the order of `columns`; for the file of rejected rows. */
  readonly headers: readonly string[];
  /** How the text file was written, so that its rejected rows can be handed back alike; null for other input. */
  readonly written: TextShape | null;
  readonly rows: number;
  /** The file, relative to the workspace. */
  readonly file: string;
}

/** Input that cannot be read is a result, not a crash: the execution exists and is Failed. */
export interface StageFailure {
  readonly code: string;
  readonly message: string;
  readonly details: readonly FaultDetail[];
}

export interface IntakeResult {
  readonly tables: readonly InputTable[];
  readonly warnings: readonly RunWarning[];
  readonly failure: StageFailure | null;
}

/** A scope as it left the SQL stage. */
export interface ScopeTable {
  readonly name: string;
  readonly rows: number;
  readonly rejected: number;
  readonly unchangedByDiff: number;
  /** Columns as the SQL left them, with their ClickHouse types. */
  readonly columns: readonly InputColumn[];
  /** Formats that were detected or declared, by variable: `price: DecimalPoint`. */
  readonly formats: Readonly<Record<string, string>>;
  /** Typed rows (see ScopeRow), Zstandard, relative to the workspace; those unchanged by the diff check are not there. */
  readonly file: string;
  /** Hashes of all rows, for the diff baseline (`ROW_HASH_COLUMNS`), relative to the workspace. */
  readonly hashFile: string;
  /** The sum of the hashes of the rows unchanged by the diff check (`hashSum`). */
  readonly unchangedHashSum: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  /** The first rows of the scope as the SQL left them, for the report: JSON lines of arrays of texts or null. */
  readonly sampleFile: string;
}

export interface SqlResult {
  readonly scopes: readonly ScopeTable[];
  readonly warnings: readonly RunWarning[];
  readonly failure: StageFailure | null;
}

/**
 * One row of a scope file, columns in this order: row number; the `_row` of the input that the scope carried along, or
 * `\N`; flags (`` plain, `R` rejected); problems (JSON of RowProblem[], or `\N`); then one column per variable of the scope in
 * the order of the manifest (canonical text, a JSON array of texts for array variables, `\N` for blank).
 */
export interface ScopeRow {
  readonly row: number;
  /** The `_row` that the scope carried along from an input table; null where it did not. */
  readonly inputRow: number | null;
  readonly rejected: boolean;
  readonly problems: readonly RowProblem[];
  readonly values: readonly VariableValue[];
}
