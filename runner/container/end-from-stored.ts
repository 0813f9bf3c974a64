import type { ClientBase } from 'pg';
import type { RunError, RunResult } from '../../core/model/run-result.ts';
import { artifactId } from '../artifacts/artifact-store.ts';
import type { ExecutionFiles } from '../artifacts/execution-files.ts';
import type { Execution } from '../executions/executions.ts';
import { bindOnlyScope } from '../stages/bind-scope.ts';
import { finishExecution, type FinishRequest } from '../stages/finish.ts';
import { storedScopes } from '../stages/stored-scopes.ts';
import { fetchScopeFiles, storeResultFiles } from './stored-files.ts';

/** How the stages came out, as far as the report has to know. */
export type StagesEnd = Omit<FinishRequest, 'execution' | 'reportPath' | 'files' | 'names' | 'keepFiles'>;

/** Ends an execution: its outcomes and report are stored in the transaction that ends it. */
export async function endExecution(
  client: ClientBase,
  execution: Execution,
  end: StagesEnd,
  files: ExecutionFiles,
  now: () => Date,
): Promise<RunResult> {
  const { id } = execution;
  return finishExecution(
    client,
    {
      execution,
      ...end,
      reportPath: files.report,
      files,
      names: { report: artifactId.report(id), outcomes: artifactId.outcomes(id) },
      keepFiles: () => storeResultFiles(client, execution, files),
    },
    now,
  );
}

/**
 * How an execution ends where no stage can go on: what is stored is reported, and what was not reached is said to be.
 *
 * @param error null: it was cancelled
 */
export async function readStoredEnd(
  client: ClientBase,
  execution: Execution,
  error: RunError | null,
  files: ExecutionFiles,
): Promise<StagesEnd> {
  const { scopes: sql, intake, snapshot } = execution;
  const connector = sql === null ? snapshot.connector : bindOnlyScope(snapshot.connector, sql.scopes[0]?.name ?? '');
  await fetchScopeFiles(client, execution, files, 'Leave');
  return {
    connector,
    intake,
    sql,
    scopes: await storedScopes(connector, snapshot.connector, sql, files),
    error,
    stopped: error === null,
    warnings: [...(intake?.warnings ?? []), ...(sql?.warnings ?? [])],
  };
}
