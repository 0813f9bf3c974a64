import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { IntakeResult, ScopeTable, SqlResult } from '../../core/model/stages.ts';
import { copyToPart, partOf, publishParts, type ExecutionFiles, type FilePart } from '../artifacts/execution-files.ts';
import type { Execution, Publish } from '../executions/executions.ts';
import type { SqlPool } from '../postgres/pool.ts';
import { exportReferences } from '../postgres/reference-data.ts';
import { runSqlStage, type SqlStageRequest } from '../sql/run-sql-stage.ts';
import type { SourceSecrets } from '../sql/source-secrets.ts';
import type { SqlProcess } from '../sql/sql-process.ts';
import type { ReferenceTable } from '../sql/sql-job.ts';

/** What the SQL came to, and the way to keep its scopes. */
export interface SqlRun {
  readonly result: SqlResult;
  readonly publish: Publish;
}

export interface SqlPorts {
  readonly pool: SqlPool;
  readonly signal: AbortSignal;
  readonly readSecrets: () => Promise<SourceSecrets>;
}

/**
 * Runs the SQL of an execution and copies every scope that the connector loads to where it is kept.
 *
 * @param starting the process for it, which was started beside the intake
 */
export async function runSql(
  { pool, signal, readSecrets }: SqlPorts,
  execution: Execution,
  intake: IntakeResult,
  files: ExecutionFiles,
  starting: Promise<SqlProcess>,
): Promise<SqlRun> {
  const { request, warnings } = await buildSqlRequest(pool, execution, intake, files);
  const result = await runSqlStage(request, { signal, secrets: await readSecrets() }, await starting);
  const parts = await copyScopes(execution, result, files);
  return {
    result: { ...result, warnings: [...warnings, ...result.warnings] },
    publish: () => publishParts('scope', parts),
  };
}

/** What the SQL stage of an execution is asked for. Reference data is read in one snapshot of the database. */
export async function buildSqlRequest(
  pool: SqlPool,
  execution: Execution,
  intake: IntakeResult,
  files: ExecutionFiles,
): Promise<{ readonly request: SqlStageRequest; readonly warnings: readonly RunWarning[] }> {
  const { connector } = execution.snapshot;
  const { tables, warnings } = await exportReferenceData(pool, connector, files.workspace);
  const request: SqlStageRequest = {
    mode: 'Run',
    workspace: files.workspace,
    connector,
    intake,
    referenceData: tables,
    execution: {
      connector_id: execution.connector,
      execution_id: execution.id,
      trigger_type: connector.type.toLowerCase(),
      is_dry_run: String(execution.mode === 'DryRun'),
      ...(execution.triggeredBy === null ? {} : { triggered_by_desc: execution.triggeredBy }),
      ...(execution.inputName === null ? {} : { fileupload_file_name: execution.inputName }),
    },
  };
  return { request, warnings };
}

/** The files of a scope that are kept, by where they are kept. */
export function scopeFiles(connector: ConnectorModel, scope: ScopeTable, files: ExecutionFiles): [string, string][] {
  const name = connector.scopes.find((one) => one.name === scope.name || one.name === '')?.name;
  if (name === undefined) return [];
  return [
    [scope.file, files.scope(name)],
    [scope.hashFile, files.scopeHashes(name)],
    [scope.sampleFile, files.scopeSample(name)],
  ];
}

/**
 * Copies every scope that the connector loads out of the workspace, so that SQL never has to run again once the parts are
 * published.
 */
export async function copyScopes(
  { snapshot: { connector }, attempt }: Execution,
  result: SqlResult,
  files: ExecutionFiles,
): Promise<FilePart[]> {
  const parts: FilePart[] = [];
  for (const scope of result.scopes) {
    for (const [file, path] of scopeFiles(connector, scope, files)) {
      const part = partOf(path, attempt);
      await copyToPart(join(files.workspace, file), part);
      parts.push(part);
    }
  }
  return parts;
}

async function exportReferenceData(
  pool: SqlPool,
  connector: ConnectorModel,
  workspace: string,
): Promise<{ tables: ReferenceTable[]; warnings: readonly RunWarning[] }> {
  if (connector.sql === null || connector.referenceData.length === 0) return { tables: [], warnings: [] };
  await mkdir(join(workspace, 'reference'), { recursive: true, mode: 0o700 });
  const targets = connector.referenceData.map((reference) => ({
    reference,
    file: join(workspace, 'reference', `${reference.table}.tsv`),
  }));
  const exported = await exportReferences(pool, targets);
  return {
    tables: connector.referenceData.map(({ table }, index) => ({
      table,
      file: `reference/${table}.tsv`,
      columns: exported[index]?.columns ?? [],
    })),
    warnings: exported.flatMap(({ warnings }) => warnings),
  };
}
