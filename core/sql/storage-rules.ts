import type { FaultDetail } from '../errors/app-error.ts';
import type { AstNode } from './ast.ts';
import { ALLOWED_ENGINES } from './engines.ts';
import { locate } from './locate.ts';
import type { StatementShape } from './statement-shape.ts';
import type { Statement } from './statements.ts';
import { faultAt } from './token-cursor.ts';

/** The node of ENGINE and keys. The engine, where one is named, is its first child and of kind `Function`. */
export const STORAGE = 'Storage definition';

/** Whether this child of a storage definition is the engine, as against a key expression. */
export function isEngineNode(node: AstNode, parent: AstNode | null, shape: StatementShape): boolean {
  return parent?.kind === STORAGE && shape.engine !== null && parent.children[0] === node;
}

/** Checks the engine of CREATE TABLE by list; its arguments may be columns only. */
export function checkStorage(storage: AstNode, statement: Statement, shape: StatementShape): FaultDetail[] {
  if (shape.engine === null) return [];
  const [engine] = storage.children;
  const place = locate(statement, shape.engine) ?? statement;
  if (engine?.kind !== 'Function' || engine.name !== shape.engine || !ALLOWED_ENGINES.has(engine.name)) {
    const allowed = [...ALLOWED_ENGINES].join(', ');
    return [
      faultAt(place, `The table engine ${shape.engine} is not allowed.`, `Leave ENGINE out, or use one of ${allowed}.`),
    ];
  }
  const list = engine.children[0]?.children ?? [];
  if (list.every(isColumns)) return [];
  return [faultAt(place, `The table engine ${engine.name} takes columns only.`, 'Remove paths, numbers and settings.')];
}

function isColumns(node: AstNode): boolean {
  if (node.kind === 'Identifier') return true;
  return node.kind === 'Function' && node.name === 'tuple' && (node.children[0]?.children ?? []).every(isColumns);
}
