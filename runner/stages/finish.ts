import { access, rm } from 'node:fs/promises';
import type { ClientBase } from 'pg';
import { phaseOf } from '../../core/report/phase.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { RunError, RunResult } from '../../core/model/run-result.ts';
import type { IntakeResult, SqlResult } from '../../core/model/stages.ts';
import { partOf, publishParts, removeParts, type ExecutionFiles } from '../artifacts/execution-files.ts';
import { endExecution, type Execution } from '../executions/executions.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import { partialName } from '../report/zip-package.ts';
import { prepareReport, type PreparedReport } from '../report/write-report.ts';
import { buildCountedResult, countRows } from './count-rows.ts';
import { writeOutcomeFile } from './outcome-file.ts';
import { buildReportSource } from './report-source.ts';
import { buildLoadWarnings } from './summarize.ts';

/** How the stages before came out. */
export interface FinishRequest {
  readonly execution: Execution;
  /** With every scope named. */
  readonly connector: ConnectorModel;
  readonly intake: IntakeResult | null;
  readonly sql: SqlResult | null;
  readonly scopes: ReadonlyMap<string, StoredScope>;
  readonly error: RunError | null;
  readonly stopped: boolean;
  readonly warnings: readonly RunWarning[];
  /** Where the workbook goes; null: it is left to `smartconnector report`. */
  readonly reportPath: string | null;
  readonly files: ExecutionFiles;
  /** What the result calls the workbook and the outcomes; without: their paths. */
  readonly names?: { readonly report: string; readonly outcomes: string };
  /** Called in the transaction that ends the execution, once its files have their names. */
  readonly keepFiles?: () => Promise<void>;
}

/**
 * Ends an execution from what is stored: outcomes of every row, the workbook, the result. Can be run again by a later
 * attempt at any point before the result is stored.
 */
export async function finishExecution(client: ClientBase, request: FinishRequest, now: () => Date): Promise<RunResult> {
  const { execution, connector, files } = request;
  const counts = await countRows(client, execution.id, connector, request.sql);
  const { scopes, steps, totals } = counts;
  const phase = request.error !== null ? 'Failed' : request.stopped ? 'Cancelled' : phaseOf(scopes, steps);
  const outcomes = partOf(files.outcomes, execution.attempt);
  const outcomeIndex = partOf(files.outcomeIndex, execution.attempt);
  const unreachedReason = request.error?.code ?? (request.stopped ? 'Cancelled' : 'NotReached');
  await writeOutcomeFile(
    {
      client,
      executionId: execution.id,
      steps: connector.steps,
      scopes: request.scopes,
      chunkRows: execution.chunkRows,
      unreachedReason,
    },
    outcomes.part,
    outcomeIndex.part,
  );
  const endedAt = now();
  const result: RunResult = {
    ...buildCountedResult(execution, counts, request.intake, phase, endedAt),
    report: request.names?.report ?? request.reportPath,
    outcomes: request.names?.outcomes ?? files.outcomes,
    warnings: [...request.warnings, ...buildLoadWarnings(connector.steps, totals)],
    ...(request.error === null ? {} : { error: request.error }),
  };
  const published = [outcomes, outcomeIndex];
  let report: PreparedReport | null = null;
  if (request.reportPath !== null) {
    const source = buildReportSource(
      execution,
      connector,
      result,
      endedAt.toISOString(),
      request.scopes,
      { ...files, outcomes: outcomes.part, outcomeIndex: outcomeIndex.part },
      totals,
    );
    await removeOlderReports(request.reportPath, execution.attempt);
    report = await prepareReport(source, request.reportPath, String(execution.attempt));
  }
  try {
    await endExecution(client, execution, result, endedAt.toISOString(), async () => {
      await publishParts('outcomes', published);
      await report?.publish();
      await request.keepFiles?.();
    });
  } catch (error) {
    await removeParts(published);
    await report?.discard();
    throw error;
  }
  return result;
}

/** An older attempt that hangs finds that it was taken over where its report is gone, before it gives it its name. */
async function removeOlderReports(path: string, attempt: number): Promise<void> {
  for (let older = 1; older < attempt; older += 1) await rm(partialName(path, String(older)), { force: true });
}

/** Whether a file is there. */
export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
