import type { VariableModel } from '../../core/model/connector.ts';
import type { ScopeTable } from '../../core/model/stages.ts';
import { readScopeParts, type ScopeLines } from '../sql/scope-lines.ts';

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
  readonly lines: ScopeLines;
}

/** The rows that are to be loaded, in order, `size` at a time. */
export async function* readChunks(scope: StoredScope, size: number): AsyncGenerator<Chunk> {
  let number = 0;
  for await (const lines of readScopeParts(scope.path, scope.table, scope.variables, size)) {
    yield { number, lines };
    number += 1;
  }
}
