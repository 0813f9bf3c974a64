import type { VariableModel } from '../../core/model/connector.ts';
import type { ScopeRow, ScopeTable } from '../../core/model/stages.ts';
import { readScopeLines } from '../sql/scope-reader.ts';

/** A scope that the load stage can read again and again. */
export interface StoredScope {
  readonly table: ScopeTable;
  readonly variables: readonly VariableModel[];
  /** The file of typed rows. */
  readonly path: string;
}

/** Rows of a chunk, with its number. The same scope and the same size give the same chunks in every attempt and step. */
export interface Chunk {
  readonly number: number;
  readonly rows: readonly ScopeRow[];
}

/** The rows that are to be loaded, in order, `size` at a time. */
export async function* readChunks(scope: StoredScope, size: number): AsyncGenerator<Chunk> {
  let number = 0;
  let rows: ScopeRow[] = [];
  for await (const batch of readScopeLines(scope.path, scope.table, scope.variables)) {
    for (const row of batch) {
      rows.push(row);
      if (rows.length < size) continue;
      yield { number, rows };
      number += 1;
      rows = [];
    }
  }
  if (rows.length > 0) yield { number, rows };
}
