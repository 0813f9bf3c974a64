import { typedColumns, typedQuery, type ScopeSource } from '../../core/typing/scope-query.ts';
import { quoteText } from '../../core/typing/sql-text.ts';
import type { VariableReading } from '../../core/typing/variable-plan.ts';
import type { ChdbSession } from '../chdb/session.ts';

export interface ScopeFileRequest {
  readonly source: ScopeSource;
  readonly readings: readonly VariableReading[];
  /** Absolute; the ending says how it is compressed. */
  readonly path: string;
  /** An expression over the typed columns: whether the row is as in the run before. */
  readonly unchanged: string;
  /** Tells the tables of one scope from those of the others. */
  readonly index: number;
}

export interface ScopeFileCounts {
  readonly rows: number;
  readonly rejected: number;
  readonly unchanged: number;
  /** By typed column: how many values failed, or how many texts held a NUL character. */
  readonly faults: ReadonlyMap<string, number>;
}

/**
 * Types the rows of a scope straight into its file, and counts them on the way: nothing typed is stored in the engine. A
 * table that keeps nothing takes the typed rows and hands them to two views, one of which writes and one of which counts.
 * The rows are read as a single stream, which one thread types and another one writes, so they stay in their order.
 */
export function writeScopeFile(session: ChdbSession, request: ScopeFileRequest): ScopeFileCounts {
  const { source, readings, path, unchanged, index } = request;
  const columns = typedColumns(source.plans);
  const [typed, lines, counts] = ['typed', 'lines', 'counts'].map((name) => `scopes.${name}_${index}`);
  const rows = `SELECT *, toUInt8(${unchanged}) AS unchanged FROM (${typedQuery(source, readings)})`;
  const values = columns.values.map((column) => `, nullIf(${column}, '') AS ${column}`);
  const lineQuery =
    `SELECT n, if(input_row = 0, NULL, input_row) AS input_row, multiIf(rejected = 1, 'R', unchanged = 1, 'U', '') AS flags, ` +
    `lower(hex(hash)) AS hash, nullIf(problems, '') AS problems${values.join('')} FROM ${typed}`;
  const faults = [...columns.failed.values(), ...columns.nul.values()];
  const summed = ['rejected', 'unchanged', ...faults];
  const sums = summed.map((column) => `, sum(${column}) AS ${column}`).join('');
  const countQuery = `SELECT count() AS rows${sums} FROM ${typed}`;
  const tables = [
    `TABLE ${typed} ENGINE = Null EMPTY AS ${rows}`,
    `TABLE ${lines} ENGINE = File('TabSeparated', ${quoteText(path)}) EMPTY AS ${lineQuery}`,
    `TABLE ${counts} ENGINE = Memory EMPTY AS ${countQuery}`,
    `MATERIALIZED VIEW ${lines}_view TO ${lines} AS ${lineQuery}`,
    `MATERIALIZED VIEW ${counts}_view TO ${counts} AS ${countQuery}`,
  ];
  for (const table of tables) session.execute(`CREATE ${table}`);
  session.execute(`INSERT INTO ${typed} ${rows} SETTINGS max_threads = 2, parallel_view_processing = 1`);
  const [row = {}] = session.rows(
    `SELECT sum(rows) AS rows${summed.map((column) => `, sum(${column}) AS ${column}`).join('')} FROM ${counts}`,
  );
  for (const table of [`${lines}_view`, `${counts}_view`, typed, lines, counts]) session.execute(`DROP TABLE ${table}`);
  const count = (column: string): number => Number(row[column] ?? 0);
  return {
    rows: count('rows'),
    rejected: count('rejected'),
    unchanged: count('unchanged'),
    faults: new Map(faults.map((column) => [column, count(column)])),
  };
}
