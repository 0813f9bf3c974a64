import { inputTableOfScope } from '../../core/sql/scope-origin.ts';
import type { InputTable } from '../../core/model/stages.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import { readScope } from '../sql/scope-reader.ts';

/** Row numbers of bad rows by scope. */
export type BadRows = ReadonlyMap<string, ReadonlySet<number>>;

export interface TracedRows {
  /** Row numbers of the input, by the name of the table. */
  readonly byTable: ReadonlyMap<string, ReadonlySet<number>>;
  /** Scopes with bad rows that cannot be traced, and how many those are. */
  readonly untraced: ReadonlyMap<string, number>;
}

const BATCH_ROWS = 1000;

/** The input rows behind the bad rows of every scope, as far as the scopes carry `_row` and it is clear of which table. */
export async function traceRejected(
  bad: BadRows,
  scopes: ReadonlyMap<string, StoredScope>,
  tables: readonly InputTable[],
  script: string | null,
): Promise<TracedRows> {
  const byTable = new Map<string, Set<number>>();
  const untraced = new Map<string, number>();
  for (const [name, rows] of bad) {
    const scope = scopes.get(name);
    const table = originOf(name, tables, script);
    const numbers = scope === undefined || table === null ? null : await inputRowsOf(scope, rows);
    if (numbers === null || table === null) untraced.set(name, rows.size);
    else byTable.set(table, new Set([...(byTable.get(table) ?? []), ...numbers]));
  }
  return { byTable, untraced };
}

function originOf(scope: string, tables: readonly InputTable[], script: string | null): string | null {
  const [first, second] = tables;
  if (first === undefined) return null;
  if (second === undefined) return first.name;
  const origin = script === null ? null : inputTableOfScope(script, scope);
  const page = /^page_idx_(\d+)$/.exec(origin ?? '')?.[1];
  return tables.find((table) => table.name === origin || String(table.page) === page)?.name ?? null;
}

/** Null where one of the rows carries no `_row`. */
async function inputRowsOf(scope: StoredScope, rows: ReadonlySet<number>): Promise<Set<number> | null> {
  const numbers = new Set<number>();
  for await (const batch of readScope(scope.path, scope.table, scope.variables, BATCH_ROWS)) {
    for (const { row, inputRow } of batch) {
      if (!rows.has(row)) continue;
      if (inputRow === null) return null;
      numbers.add(inputRow);
    }
  }
  return numbers;
}
