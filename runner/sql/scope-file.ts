import { join } from 'node:path';
import { ROW_HASH_COLUMNS } from '../../core/typing/row-hash.ts';
import { typedColumns, typedQuery, typedStructure, type ScopeSource } from '../../core/typing/scope-query.ts';
import { quoteText } from '../../core/typing/sql-text.ts';
import type { VariableReading } from '../../core/typing/variable-plan.ts';
import type { ChdbSession } from '../chdb/session.ts';
import { markUnchanged } from '../diff/mark-unchanged.ts';
import { countsDestination, passTyped, tableOf, takeCounts, type Destination, type TypedCounts } from './typed-pass.ts';

export interface ScopeFileRequest {
  readonly source: ScopeSource;
  readonly readings: readonly VariableReading[];
  /** Of the rows that are not unchanged. Absolute; the ending says how it is compressed. */
  readonly path: string;
  /** Of the hashes of all rows, absolute. */
  readonly hashPath: string;
  /** The file of the hashes of the run before, 16 bytes each, absolute: rows that have one of them are unchanged. */
  readonly baseline: string | null;
  /** For files in between. */
  readonly temporaryDirectory: string;
  /** Tells the tables of one scope from those of the others. */
  readonly index: number;
}

export interface ScopeFileCounts extends TypedCounts {
  readonly unchanged: number;
  readonly unchangedHashSum: string;
}

/** Types the rows of a scope into its files, and counts them on the way. */
export function writeScopeFile(session: ChdbSession, request: ScopeFileRequest): ScopeFileCounts {
  const { source, readings, hashPath, baseline, index } = request;
  if (baseline !== null) return writeChanged(session, request, baseline);
  const hashes = hashesDestination(hashPath, 'toUInt8(0)');
  const lines = linesDestination(request);
  passTyped(session, typedQuery(source, readings), source.plans, index, [
    lines,
    hashes,
    countsDestination(source.plans),
  ]);
  dropTables(session, index, [lines.name, hashes.name]);
  return { ...takeCounts(session, source.plans, index), unchanged: 0, unchangedHashSum: '0' };
}

function hashesDestination(path: string, unchanged: string): Destination {
  return {
    name: 'hashes',
    table: `(${ROW_HASH_COLUMNS}) ENGINE = File('RowBinary', ${quoteText(path)})`,
    select: `toUInt32(n) AS row, ${unchanged} AS unchanged, hash`,
  };
}

/** The lines of a scope file, as `ScopeLine` reads them. */
function linesDestination({ source, path }: ScopeFileRequest): Destination {
  const values = typedColumns(source.plans).values.map((column) => `, nullIf(${column}, '') AS ${column}`);
  return {
    name: 'lines',
    table: `ENGINE = File('TabSeparated', ${quoteText(path)})`,
    select:
      `n, if(input_row = 0, NULL, input_row) AS input_row, if(rejected = 1, 'R', '') AS flags, ` +
      `nullIf(problems, '') AS problems${values.join('')}`,
  };
}

/**
 * Leaves out the rows that are as in the run before. A first pass types them for their hashes and counts alone; once those are
 * compared, a second one writes the rows that are left. The engine has no part in comparing: the memory that it takes to sort
 * and to merge hashes grows with their number.
 */
function writeChanged(session: ChdbSession, request: ScopeFileRequest, baseline: string): ScopeFileCounts {
  const { source, readings, hashPath, temporaryDirectory, index } = request;
  // Where the flag will be: a rejected row is compared with nothing.
  const hashes = hashesDestination(hashPath, 'rejected');
  passTyped(session, typedQuery(source, readings), source.plans, index, [hashes, countsDestination(source.plans)]);
  const directory = join(temporaryDirectory, `compare-${index}`);
  const unchanged = markUnchanged({ rowHashes: hashPath, baseline, directory });
  const counts = takeCounts(session, source.plans, index);
  const lines = linesDestination(request);
  const changed = tableOf('changed', index);
  session.execute(
    `CREATE TABLE ${changed} ENGINE = Memory AS SELECT groupBitmapState(row) AS rows ` +
      `FROM file(${quoteText(hashPath)}, 'RowBinary', ${quoteText(ROW_HASH_COLUMNS)}) WHERE unchanged = 0`,
  );
  // Where nothing is left, nothing has to be read again, and the engine need not think about how.
  const rows =
    unchanged.count === counts.rows
      ? `SELECT * FROM null(${quoteText(typedStructure(source.plans))})`
      : typedQuery(source, readings, `bitmapContains((SELECT rows FROM ${changed}), toUInt32(n))`);
  passTyped(session, rows, source.plans, index, [lines]);
  dropTables(session, index, [lines.name, hashes.name, 'changed']);
  return { ...counts, unchanged: unchanged.count, unchangedHashSum: unchanged.sum };
}

function dropTables(session: ChdbSession, index: number, names: readonly string[]): void {
  for (const name of names) session.execute(`DROP TABLE ${tableOf(name, index)}`);
}
