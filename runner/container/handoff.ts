import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { RunError } from '../../core/model/run-result.ts';
import type { SqlResult } from '../../core/model/stages.ts';
import { checkScopeFiles, type SqlStageRequest } from '../sql/run-sql-stage.ts';
import { missing, readJson, writeWhole } from './handoff-file.ts';

/** What intake tells the containers after it. */
export interface Handoff {
  readonly execution: string;
  /** That intake began: the one which may write. */
  readonly attempt: number;
  /**
   * `Sql`: everything that the SQL needs is there. `Load`: no SQL has to run, since its scopes are stored, or the input
   * cannot be read. `Finish`: the execution ends here. `Nothing`: it had ended before.
   */
  readonly next: 'Sql' | 'Load' | 'Finish' | 'Nothing';
  /** With `Finish`: why it fails; null: it was cancelled. */
  readonly error: RunError | null;
  /** Of the reference data and the diff check. */
  readonly warnings: readonly RunWarning[];
}

/** What the SQL container leaves: a result, faults of the script among them, or what kept it from trying. */
export type SqlHandoff =
  { readonly result: SqlResult; readonly error: null } | { readonly result: null; readonly error: RunError };

export type SqlOrder = Omit<SqlStageRequest, 'workspace'>;

const handoffPath = (workspace: string): string => join(workspace, 'handoff.json');
/** @param directory the workspace of the attempt */
const orderPath = (directory: string): string => join(directory, 'sql-order.json');
const sqlPath = (directory: string): string => join(directory, 'sql-handoff.json');

/** Forgets what an attempt before left in the same place. */
export async function clearHandoff(workspace: string): Promise<void> {
  await rm(handoffPath(workspace), { force: true });
}

export async function writeHandoff(workspace: string, handoff: Handoff): Promise<void> {
  await writeWhole(handoffPath(workspace), handoff);
}

/** @throws AppError `HandoffMissing` where intake did not come to its end, or was for another execution */
export async function readHandoff(workspace: string, executionId: string): Promise<Handoff> {
  const path = handoffPath(workspace);
  const handoff = (await readJson(path)) as Handoff;
  if (handoff.execution !== executionId) throw missing(path, `it is for execution ${handoff.execution}`);
  return handoff;
}

export async function writeSqlOrder(directory: string, { workspace: _, ...order }: SqlStageRequest): Promise<void> {
  await writeWhole(orderPath(directory), order);
}

export async function readSqlOrder(directory: string): Promise<SqlOrder> {
  return (await readJson(orderPath(directory))) as SqlOrder;
}

export async function writeSqlHandoff(directory: string, handoff: SqlHandoff): Promise<void> {
  await writeWhole(sqlPath(directory), handoff);
}

/** @throws AppError `HandoffMissing`; `SqlResultRefused` where it names files that no SQL stage would */
export async function readSqlHandoff(directory: string): Promise<SqlHandoff> {
  const handoff = (await readJson(sqlPath(directory))) as SqlHandoff;
  for (const scope of handoff.result?.scopes ?? []) checkScopeFiles(scope);
  return handoff;
}
