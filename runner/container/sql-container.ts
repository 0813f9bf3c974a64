import { executionFiles } from '../artifacts/execution-files.ts';
import { attemptFiles } from '../artifacts/workspace.ts';
import { runSqlStage } from '../sql/run-sql-stage.ts';
import { readSourceSecrets } from '../sql/source-secrets.ts';
import type { ContainerContext } from './container-context.ts';
import { readHandoff, readSqlOrder, writeSqlHandoff } from './handoff.ts';
import { executionError } from './stage-result.ts';

/**
 * The second container of an attempt: runs the script of the connector on what intake left. It has no database, and no
 * secrets but those of the declared external sources.
 *
 * @param secretsDirectory in it a folder for each Secret, in that a file for each key
 */
export async function runSqlContainer(context: ContainerContext, secretsDirectory: string): Promise<void> {
  const { workspace, executionId, signal, log } = context;
  const handoff = await readHandoff(workspace, executionId);
  if (handoff.next !== 'Sql') {
    log.info({ next: handoff.next }, 'no SQL has to run');
    return;
  }
  const files = attemptFiles(executionFiles(workspace, executionId), handoff.attempt);
  try {
    const order = await readSqlOrder(files.workspace);
    const secrets = await readSourceSecrets(order.connector, secretsDirectory);
    const result = await runSqlStage({ ...order, workspace: files.workspace }, { signal, secrets });
    for (const { code, message } of result.warnings) log.warn({ code }, message);
    await writeSqlHandoff(files.workspace, { result, error: null });
  } catch (error) {
    const fault = executionError(error);
    if (fault === null) throw error;
    log.error({ code: fault.code }, fault.message);
    await writeSqlHandoff(files.workspace, { result: null, error: fault });
  }
}
