import { HASH_COLUMNS, HASH_NUMBER, ROW_HASH_COLUMNS } from '../../core/typing/row-hash.ts';
import { typedColumns, typedQuery, typedStructure, type ScopeSource } from '../../core/typing/scope-query.ts';
import { quoteText } from '../../core/typing/sql-text.ts';
import type { VariableReading } from '../../core/typing/variable-plan.ts';
import type { ChdbSession } from '../chdb/session.ts';
import {
  countsDestination,
  FILE_BLOCK_BYTES,
  PART_BLOCK_BYTES,
  passTyped,
  tableOf,
  takeCounts,
  type Destination,
  type TypedCounts,
} from './typed-pass.ts';

export interface ScopeFileRequest {
  readonly source: ScopeSource;
  readonly readings: readonly VariableReading[];
  /** Of the rows that are not unchanged. Absolute; the ending says how it is compressed. */
  readonly path: string;
  /** Of the hashes of all rows, absolute. */
  readonly hashPath: string;
  /** The file of the hashes of the run before (`HASH_COLUMNS`), absolute: rows that have one of them are unchanged. */
  readonly baseline: string | null;
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
  const hashes = {
    name: 'hashes',
    table: `(${ROW_HASH_COLUMNS}) ENGINE = File('RowBinary', ${quoteText(hashPath)})`,
    select: 'toUInt32(n) AS row, toUInt8(0) AS unchanged, hash',
    blockBytes: FILE_BLOCK_BYTES,
  };
  const lines = linesDestination(request);
  passTyped(session, typedQuery(source, readings), source.plans, index, [
    lines,
    hashes,
    countsDestination(source.plans),
  ]);
  dropTables(session, index, [lines.name, hashes.name]);
  return { ...takeCounts(session, source.plans, index), unchanged: 0, unchangedHashSum: '0' };
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
    blockBytes: FILE_BLOCK_BYTES,
  };
}

/**
 * Leaves out the rows that are as in the run before. A first pass types them for their hashes and counts alone, a second one
 * writes those that are left. In between the hashes of both runs lie in tables that are sorted as they are written, part by
 * part, and go past each other in that order; what comes of it is a bitmap of row numbers, at most a bit for each. So the
 * memory that it takes does not grow with the rows, as it would with the set of hashes that `IN` makes.
 */
function writeChanged(session: ChdbSession, request: ScopeFileRequest, baseline: string): ScopeFileCounts {
  const { source, readings, hashPath, index } = request;
  const [found, before, unchanged] = ['found', 'before', 'unchanged'].map((name) => tableOf(name, index));
  const hashes = {
    name: 'found',
    table: 'ENGINE = MergeTree ORDER BY number',
    select: `toUInt32(n) AS row, rejected, ${HASH_NUMBER} AS number`,
    blockBytes: PART_BLOCK_BYTES,
  };
  passTyped(session, typedQuery(source, readings), source.plans, index, [hashes, countsDestination(source.plans)]);
  const read = `file(${quoteText(baseline)}, 'RowBinary', ${quoteText(HASH_COLUMNS)})`;
  session.execute(
    `CREATE TABLE ${before} ENGINE = MergeTree ORDER BY number AS SELECT ${HASH_NUMBER} AS number FROM ${read}`,
  );
  session.execute(
    `CREATE TABLE ${unchanged} ENGINE = Memory AS SELECT groupBitmapState(row) AS rows ` +
      `FROM ${found} JOIN ${before} USING number WHERE rejected = 0 SETTINGS ${MERGE_SETTINGS}`,
  );
  const isUnchanged = (row: string): string => `bitmapContains((SELECT rows FROM ${unchanged}), toUInt32(${row}))`;
  session.execute(
    `INSERT INTO FUNCTION file(${quoteText(hashPath)}, 'RowBinary', ${quoteText(ROW_HASH_COLUMNS)}) ` +
      `SELECT row, ${isUnchanged('row')} AS unchanged, reinterpretAsFixedString(number) FROM ${found}`,
  );
  const [sums = {}] = session.rows(
    `SELECT count() AS count, toString(sum(number)) AS sum FROM ${found} WHERE ${isUnchanged('row')}`,
  );
  const counts = takeCounts(session, source.plans, index);
  const count = Number(sums['count']);
  // Where nothing is left, nothing has to be read again, and the engine need not think about how.
  const rows =
    count === counts.rows
      ? `SELECT * FROM null(${quoteText(typedStructure(source.plans))})`
      : typedQuery(source, readings, `NOT ${isUnchanged('n')}`);
  const lines = linesDestination(request);
  passTyped(session, rows, source.plans, index, [lines]);
  dropTables(session, index, [lines.name, 'found', 'before', 'unchanged']);
  return { ...counts, unchanged: count, unchangedHashSum: sums['sum'] as string };
}

/** Both sides are read in their order: no part is held as a whole, and no set of one side's hashes is made for the other. */
const MERGE_SETTINGS = [
  `join_algorithm = 'full_sorting_merge'`,
  'max_rows_in_set_to_optimize_join = 0',
  'read_in_order_use_buffering = 0',
].join(', ');

function dropTables(session: ChdbSession, index: number, names: readonly string[]): void {
  for (const name of names) session.execute(`DROP TABLE ${tableOf(name, index)}`);
}
