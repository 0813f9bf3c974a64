import { HASH_NUMBER, ROW_HASH_COLUMNS } from '../../core/typing/row-hash.ts';
import { typedColumns, typedQuery, type ScopeSource } from '../../core/typing/scope-query.ts';
import { quoteText } from '../../core/typing/sql-text.ts';
import type { VariableReading } from '../../core/typing/variable-plan.ts';
import type { ChdbSession } from '../chdb/session.ts';

export interface ScopeFileRequest {
  readonly source: ScopeSource;
  readonly readings: readonly VariableReading[];
  /** Of the rows that are not unchanged. Absolute; the ending says how it is compressed. */
  readonly path: string;
  /** Of the hashes of all rows, absolute. */
  readonly hashPath: string;
  /** An expression over the typed columns: whether the row is as in the run before. */
  readonly unchanged: string;
  /** Tells the tables of one scope from those of the others. */
  readonly index: number;
}

export interface ScopeFileCounts {
  readonly rows: number;
  readonly rejected: number;
  readonly unchanged: number;
  readonly unchangedHashSum: string;
  /** By typed column: how many values failed, or how many texts held a NUL character. */
  readonly faults: ReadonlyMap<string, number>;
}

/**
 * Types the rows of a scope straight into its files, and counts them on the way: nothing typed is stored in the engine. A
 * table that keeps nothing takes the typed rows and hands them to views, two of which write and one of which counts.
 * The rows are read as a single stream, which one thread types and another one writes, so they stay in their order.
 */
export function writeScopeFile(session: ChdbSession, request: ScopeFileRequest): ScopeFileCounts {
  const { source, readings, path, hashPath, unchanged, index } = request;
  const columns = typedColumns(source.plans);
  const [typed, lines, hashes, counts] = ['typed', 'lines', 'hashes', 'counts'].map(
    (name) => `scopes.${name}_${index}`,
  );
  const rows = `SELECT *, toUInt8(${unchanged}) AS unchanged FROM (${typedQuery(source, readings)})`;
  const values = columns.values.map((column) => `, nullIf(${column}, '') AS ${column}`);
  const lineQuery =
    `SELECT n, if(input_row = 0, NULL, input_row) AS input_row, if(rejected = 1, 'R', '') AS flags, ` +
    `nullIf(problems, '') AS problems${values.join('')} FROM ${typed} WHERE unchanged = 0`;
  const hashQuery = `SELECT toUInt32(n) AS row, unchanged, hash FROM ${typed}`;
  const faults = [...columns.failed.values(), ...columns.nul.values()];
  const summed = ['rejected', 'unchanged', ...faults];
  const sums = summed.map((column) => `, sum(${column}) AS sum_${column}`).join('');
  const hashed = `sumIf(${HASH_NUMBER}, unchanged = 1) AS hash_sum`;
  const countQuery = `SELECT count() AS rows, ${hashed}${sums} FROM ${typed}`;
  const tables = [
    `TABLE ${typed} ENGINE = Null EMPTY AS ${rows}`,
    `TABLE ${lines} ENGINE = File('TabSeparated', ${quoteText(path)}) EMPTY AS ${lineQuery}`,
    `TABLE ${hashes} (${ROW_HASH_COLUMNS}) ENGINE = File('RowBinary', ${quoteText(hashPath)})`,
    `TABLE ${counts} ENGINE = Memory EMPTY AS ${countQuery}`,
    `MATERIALIZED VIEW ${lines}_view TO ${lines} AS ${lineQuery}`,
    `MATERIALIZED VIEW ${hashes}_view TO ${hashes} AS ${hashQuery}`,
    `MATERIALIZED VIEW ${counts}_view TO ${counts} AS ${countQuery}`,
  ];
  for (const table of tables) session.execute(`CREATE ${table}`);
  session.execute(`INSERT INTO ${typed} ${rows} SETTINGS max_threads = 2, parallel_view_processing = 1`);
  const totals = summed.map((column) => `, sum(sum_${column}) AS ${column}`).join('');
  const [row = {}] = session.rows(
    `SELECT sum(rows) AS rows, toString(sum(hash_sum)) AS hash_sum${totals} FROM ${counts}`,
  );
  const views = [lines, hashes, counts].map((table) => `${table}_view`);
  for (const table of [...views, typed, lines, hashes, counts]) session.execute(`DROP TABLE ${table}`);
  const count = (column: string): number => Number(row[column] ?? 0);
  return {
    rows: count('rows'),
    rejected: count('rejected'),
    unchanged: count('unchanged'),
    unchangedHashSum: row['hash_sum'] as string,
    faults: new Map(faults.map((column) => [column, count(column)])),
  };
}
