import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import type { ExecutionFiles } from '../artifacts/execution-files.ts';
import type { Execution } from '../executions/executions.ts';
import { sumChunks } from '../load/chunk-store.ts';
import type { ReportSource } from '../../core/report/source.ts';
import { writePage } from '../report/page/write-page.ts';
import { writeReport } from '../report/write-report.ts';
import { bindOnlyScope } from './bind-scope.ts';
import { isThere } from './finish.ts';
import { buildReportSource } from './report-source.ts';
import { storedScopes } from './stored-scopes.ts';

/**
 * An execution that has ended, as its report reads it, from what is stored.
 *
 * @throws AppError `ArtifactGone` where its outcomes are no longer there
 */
async function storedSource(client: ClientBase, execution: Execution, files: ExecutionFiles): Promise<ReportSource> {
  const { result, scopes: sql } = execution;
  if (result === null || !(await isThere(files.outcomes))) {
    const message = `execution ${execution.id}: its outcomes are no longer in ${files.directory}, so the report cannot be made again`;
    throw new AppError({ code: 'ArtifactGone', class: 'terminal', message });
  }
  const connector = bindOnlyScope(execution.snapshot.connector, sql?.scopes[0]?.name ?? '');
  const scopes = await storedScopes(connector, execution.snapshot.connector, sql, files);
  const endedAt = execution.endedAt ?? execution.startedAt;
  const totals = await sumChunks(client, execution.id);
  return buildReportSource(execution, connector, result, endedAt, scopes, files, totals);
}

/**
 * Makes the workbook of an execution that has ended.
 *
 * @throws AppError `ArtifactGone` where its outcomes are no longer there
 */
export async function rebuildReport(
  client: ClientBase,
  execution: Execution,
  files: ExecutionFiles,
  path: string,
): Promise<void> {
  const source = await storedSource(client, execution, files);
  await mkdir(dirname(path), { recursive: true });
  await writeReport(source, path);
}

/**
 * Makes the HTML page of an execution that has ended.
 *
 * @throws AppError `ArtifactGone` where its outcomes are no longer there
 */
export async function buildPage(
  client: ClientBase,
  execution: Execution,
  files: ExecutionFiles,
  path: string,
): Promise<void> {
  await writePage(await storedSource(client, execution, files), path);
}
