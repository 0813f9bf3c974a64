import type { RunWarning } from '../model/outcome.ts';
import { ColumnProfile, effortOf } from './column-profile.ts';
import { guessKey, type KeyGuess } from './guess-key.ts';
import { guessType, type TypeGuess } from './guess-type.ts';

export interface InspectedColumn extends TypeGuess {
  /** As SQL and manifests call it, and as the file does. */
  readonly name: string;
  readonly header: string;
  readonly values: number;
  readonly blanks: number;
  readonly firstBlankRow: number | null;
  /** Null: they repeat, and were not counted to the end. */
  readonly distinct: number | null;
  readonly longest: number;
  readonly examples: readonly string[];
}

export interface InspectedTable {
  readonly name: string;
  readonly rows: number;
  /** Null where it came from a sheet. */
  readonly delimiter: string | null;
  readonly columns: readonly InspectedColumn[];
  readonly key: KeyGuess | null;
  /** Two columns that together tell the rows apart, where no single one does. */
  readonly keyPair: readonly [string, string] | null;
}

/** What a file holds and what seems odd about it. */
export interface Inspection {
  readonly file: string;
  readonly tables: readonly InspectedTable[];
  readonly warnings: readonly RunWarning[];
}

/** Gathers the rows of one table. */
export class TableProfile {
  readonly #profiles: readonly ColumnProfile[];

  constructor(columns: number, phoneRegion: string | null) {
    const effort = effortOf(columns);
    this.#profiles = Array.from({ length: columns }, () => new ColumnProfile(phoneRegion, effort));
  }

  add(row: number, cells: readonly (string | null)[]): void {
    this.#profiles.forEach((profile, index) => {
      profile.add(row, cells[index] ?? null);
    });
  }

  /** The guesses about the table whose columns and headers these are. */
  conclude(table: {
    readonly name: string;
    readonly rows: number;
    readonly delimiter: string | null;
    readonly columns: readonly string[];
    readonly headers: readonly string[];
  }): Omit<InspectedTable, 'keyPair'> {
    const { name, rows, delimiter } = table;
    const columns = this.#profiles.map((profile, index): InspectedColumn => {
      const column = table.columns[index] ?? '';
      return {
        name: column,
        header: table.headers[index] ?? column,
        ...guessType(profile, column),
        values: profile.values,
        blanks: profile.blanks,
        firstBlankRow: profile.blanks === 0 ? null : profile.firstBlankRow,
        distinct: profile.distinct.distinct,
        longest: profile.longest,
        examples: profile.examples,
      };
    });
    return { name, rows, delimiter, columns, key: guessKey(columns.map((column) => ({ ...column, rows }))) };
  }
}
