import { typedColumns, typedStructure } from '../../core/typing/scope-query.ts';
import type { VariablePlan } from '../../core/typing/variable-plan.ts';
import type { ChdbSession } from '../chdb/session.ts';

/** Something that takes typed rows. */
export interface Destination {
  readonly name: string;
  /** Engine, with columns in front of it where they are not those of `select`. */
  readonly table: string;
  /** What of the typed rows it takes: everything before FROM. */
  readonly select: string;
}

/** Bytes of rows that are handed on at once, at least: nothing of a file or a count would be better for more. */
const BLOCK_BYTES = 2 * 1024 * 1024;

/** Names of tables, which no other scope has. */
export const tableOf = (name: string, index: number): string => `scopes.${name}_${index}`;

/**
 * Types rows once, straight into everything that takes them: nothing typed is stored in the engine. A table that keeps
 * nothing hands the rows to a view for each. They are read as a single stream, which one thread types and another one
 * writes, so they stay in their order.
 *
 * @param rows a query of typed rows of these variables
 */
export function passTyped(
  session: ChdbSession,
  rows: string,
  plans: readonly VariablePlan[],
  index: number,
  destinations: readonly Destination[],
): void {
  const typed = tableOf('typed', index);
  session.execute(`CREATE TABLE ${typed} (${typedStructure(plans)}) ENGINE = Null`);
  for (const { name, table, select } of destinations) {
    const target = tableOf(name, index);
    const query = `SELECT ${select} FROM ${typed}`;
    // A table that says its columns itself takes them as they are.
    session.execute(`CREATE TABLE ${target} ${table}${table.startsWith('(') ? '' : ` EMPTY AS ${query}`}`);
    session.execute(`CREATE MATERIALIZED VIEW ${target}_view TO ${target} AS ${query}`);
  }
  const settings = `max_threads = 2, parallel_view_processing = 1, min_insert_block_size_bytes = ${BLOCK_BYTES}`;
  session.execute(`INSERT INTO ${typed} ${rows} SETTINGS ${settings}`);
  for (const { name } of destinations) session.execute(`DROP TABLE ${tableOf(name, index)}_view`);
  session.execute(`DROP TABLE ${typed}`);
}

/** Counts of typed rows, by typed column. */
export interface TypedCounts {
  readonly rows: number;
  readonly rejected: number;
  /** By typed column: how many values failed, or how many texts held a NUL character. */
  readonly faults: ReadonlyMap<string, number>;
}

const faultColumns = (plans: readonly VariablePlan[]): string[] => {
  const { failed, nul } = typedColumns(plans);
  return [...failed.values(), ...nul.values()];
};

/** Counts the rows that pass. */
export function countsDestination(plans: readonly VariablePlan[]): Destination {
  const sums = ['rejected', ...faultColumns(plans)].map((column) => `, sum(${column}) AS sum_${column}`);
  const select = `count() AS rows${sums.join('')}`;
  return { name: 'counts', table: 'ENGINE = Memory', select };
}

/** What `countsDestination` counted, which is then gone. */
export function takeCounts(session: ChdbSession, plans: readonly VariablePlan[], index: number): TypedCounts {
  const faults = faultColumns(plans);
  const table = tableOf('counts', index);
  const totals = ['rejected', ...faults].map((column) => `, sum(sum_${column}) AS ${column}`);
  const [row = {}] = session.rows(`SELECT sum(rows) AS rows${totals.join('')} FROM ${table}`);
  session.execute(`DROP TABLE ${table}`);
  const count = (column: string): number => Number(row[column] ?? 0);
  return {
    rows: count('rows'),
    rejected: count('rejected'),
    faults: new Map(faults.map((column) => [column, count(column)])),
  };
}
