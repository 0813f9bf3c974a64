import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { executionFiles, type ExecutionFiles } from '../artifacts/execution-files.ts';
import { foldBaselines, type BaselinePorts, type FoldedBaselines } from '../diff/baseline.ts';
import type { Execution } from '../executions/executions.ts';
import { baselineFile } from '../sql/sql-job.ts';
import { isThere } from './finish.ts';

/** The diff baselines of the connector of an execution. */
export interface BaselineRequest {
  readonly client: ClientBase;
  readonly execution: Execution;
  readonly files: ExecutionFiles;
  readonly rowHashes: BaselinePorts['rowHashes'];
}

/** Where the row hashes of executions are files under a state directory. */
export const localRowHashes =
  (stateDirectory: string): BaselinePorts['rowHashes'] =>
  async (executionId, scope) => {
    const path = executionFiles(stateDirectory, executionId).scopeHashes(scope);
    return (await isThere(path)) ? path : null;
  };

const portsOf = ({ client, files, rowHashes }: BaselineRequest, signal: AbortSignal | null): BaselinePorts => ({
  client,
  directory: files.folds,
  rowHashes,
  signal,
});

/** Writes the hashes that the last runs left, for the SQL stage to compare with. */
export async function exportBaselines(request: BaselineRequest): Promise<FoldedBaselines> {
  const { execution, files } = request;
  await mkdir(join(files.workspace, 'baseline'), { recursive: true, mode: 0o700 });
  const hashes = (scope: string): string => join(files.workspace, baselineFile(scope));
  return foldBaselines(execution, portsOf(request, null), { include: false, hashes });
}

/**
 * Lays an execution that has ended over the baselines. Where that fails or is stopped, the next execution does it, and says
 * why it cannot.
 *
 * @param checkTurn throws where others of the connector may be at work
 */
export async function foldEnded(request: BaselineRequest, signal: AbortSignal, checkTurn: () => void): Promise<void> {
  const { execution, files } = request;
  try {
    const folded = await foldBaselines(execution, portsOf(request, signal), { include: true, hashes: null });
    checkTurn();
    await folded.store();
  } catch {
    // The result is stored, and holds.
  } finally {
    await rm(files.folds, { recursive: true, force: true });
  }
}
