import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { IntakeResult, ScopeTable, SqlResult } from '../../core/model/stages.ts';
import { ROW_HASH_BYTES } from '../../core/typing/row-hash.ts';
import { checkDiskSpace, diskFull } from '../artifacts/disk-error.ts';
import type { Jail } from '../chdb/jail.ts';
import { releaseMemory } from '../chdb/release-memory.ts';
import { confidentialValues } from '../../core/sql/external-source.ts';
import {
  DISK_FULL_STATUS,
  RESULT_FILE,
  type ExecutionFact,
  type ReferenceTable,
  type SqlJob,
  type SqlJobResult,
  type SqlMode,
} from './sql-job.ts';
import type { SourceSecrets } from './source-secrets.ts';
import { engineTimeZone, startSqlProcess, type SqlProcess } from './sql-process.ts';
import { describeDeath, superviseJail, wasKilledFromOutside, type Ended } from './supervise-jail.ts';
import { openWorkspaceFile } from '../artifacts/workspace-file.ts';
import { isWholeZstd } from './zstd-frames.ts';

export interface SqlStageRequest {
  readonly mode: SqlMode;
  /** Absolute; holds what intake left and receives the scopes. */
  readonly workspace: string;
  readonly connector: ConnectorModel;
  readonly intake: IntakeResult;
  readonly referenceData: readonly ReferenceTable[];
  /** For `meta.current_execution`. */
  readonly execution: Readonly<Partial<Record<ExecutionFact, string>>>;
}

export interface SqlStagePorts {
  /** The secrets of the connector's external sources, by name. */
  readonly secrets: SourceSecrets;
  /** Ends the stage when it is aborted; the result is then the failure `SqlProcessDied`. */
  readonly signal?: AbortSignal;
}

const LARGEST_RESULT_BYTES = 64 * 1024 ** 2;
/** Names of files as the process gives them, below the workspace. */
const SCOPE_FILE = /^scopes\/[A-Za-z0-9_%-][A-Za-z0-9_.%-]*$/;

/**
 * Runs the SQL stage in a process of its own. Faults of the script, of the data and of limits are results; AppError is
 * thrown only where the process could not be started, was killed from outside, or left nonsense.
 *
 * @param started the process, where it was started before; whoever did that disposes of it
 */
export async function runSqlStage(
  request: SqlStageRequest,
  ports: SqlStagePorts,
  started: SqlProcess | null = null,
): Promise<SqlResult> {
  if (started !== null) return runIn(started, request, ports);
  const own = await startSqlProcess(request.connector, request.workspace);
  try {
    return await runIn(own, request, ports);
  } finally {
    await own.dispose();
  }
}

async function runIn(process: SqlProcess, request: SqlStageRequest, ports: SqlStagePorts): Promise<SqlResult> {
  const { jail, jobFile, temporaryDirectory } = process;
  await writeFile(jobFile, JSON.stringify(buildJob(request, temporaryDirectory)));
  releaseMemory();
  process.begin(ports.secrets);
  const hide = hideSecrets(ports.secrets);
  const ended = await superviseJail(jail, request.connector, ports.signal);
  if (wasKilledFromOutside(ended) && ports.signal?.aborted !== true) throw killed();
  const { failure, scopes, warnings } = await collectResult(request, ended, hide);
  return { scopes, warnings: [...isolationWarnings(jail), ...warnings], failure };
}

function killed(): AppError {
  const hint = 'where the system ran out of memory, lower spec.sql.limits.memory or give the machine more';
  const message = `the SQL process was killed from outside before it was done (${hint})`;
  return new AppError({ code: 'SqlProcessKilled', class: 'transient', message });
}

/** Leaves out of a message what is confidential in the secrets: servers like to repeat it. */
function hideSecrets(secrets: SourceSecrets): (text: string) => string {
  const values = Object.values(secrets).flatMap(confidentialValues);
  return (text) => values.reduce((shown, value) => shown.replaceAll(value, '***'), text);
}

function hideInResult(result: SqlJobResult, hide: (text: string) => string): SqlJobResult {
  const message = <T extends { readonly message: string }>(told: T): T => ({ ...told, message: hide(told.message) });
  const { failure, warnings } = result;
  return {
    ...result,
    warnings: warnings.map(message),
    failure: failure && { ...message(failure), details: failure.details.map(message) },
  };
}

function buildJob(request: SqlStageRequest, temporaryDirectory: string): SqlJob {
  const { connector, mode, workspace, intake, referenceData, execution } = request;
  const { sql } = connector;
  const literals = connector.additionalVariables.filter(({ from }) => from === null).map(({ value }) => value);
  return {
    mode,
    workspace,
    temporaryDirectory,
    script: sql && { script: sql.script, origin: sql.origin, parameters: sql.parameters, settings: sql.settings },
    limits: connector.limits,
    timeZone: engineTimeZone(connector),
    phoneRegion: connector.phoneRegion,
    trim: connector.spreadsheet.trim,
    scopes: connector.scopes,
    stepScopes: connector.steps.map(({ scope }) => scope),
    literals: JSON.stringify(literals),
    externalSources: sql === null ? [] : connector.externalSources.map(({ name, kind }) => ({ name, kind })),
    tables: intake.tables,
    referenceData: mode === 'Validate' ? referenceData.map((table) => ({ ...table, file: null })) : referenceData,
    execution,
  };
}

async function collectResult(
  { workspace, connector }: SqlStageRequest,
  ended: Ended,
  hide: (text: string) => string,
): Promise<SqlResult> {
  const death = describeDeath(ended, connector, hide);
  // A full disk is no fault of the script, whatever the engine makes of it.
  if (ended.end.kind === 'Exited' && ended.end.code === DISK_FULL_STATUS) throw diskFull(workspace);
  if (death !== null) await checkDiskSpace(workspace);
  if (death !== null) return { scopes: [], warnings: [], failure: death };
  const handle = await openWorkspaceFile(join(workspace, RESULT_FILE), LARGEST_RESULT_BYTES);
  let result: SqlJobResult;
  try {
    result = hideInResult(JSON.parse(await handle.readFile('utf8')) as SqlJobResult, hide);
  } finally {
    await handle.close();
  }
  if (result.failure !== null) await checkDiskSpace(workspace);
  const scopes: ScopeTable[] = [];
  for (const scope of result.scopes) {
    checkScopeFiles(scope);
    scopes.push({ ...scope, sha256: await checkScope(workspace, scope) });
  }
  return { ...result, scopes };
}

/**
 * What wrote the result may have been the script: names that lead elsewhere are refused.
 *
 * @throws AppError `SqlResultRefused`
 */
export function checkScopeFiles({ file, hashFile, sampleFile }: Omit<ScopeTable, 'sha256'>): void {
  const foreign = [file, hashFile, sampleFile].find((name) => !SCOPE_FILE.test(name));
  if (foreign === undefined) return;
  const message = `the SQL process names a file outside of its directory: ${foreign}`;
  throw new AppError({ code: 'SqlResultRefused', class: 'terminal', message });
}

function isolationWarnings({ isolation }: Jail): RunWarning[] {
  const { files, user } = isolation;
  return files && user ? [] : [{ code: 'IsolationReduced', message: isolation.sentence, count: 1 }];
}

/**
 * The hash of a scope's file. The engine does not say so when the disk was full as it closed a file.
 *
 * @throws AppError `ScopeCutOff` where one of the scope's files is not whole
 */
async function checkScope(workspace: string, scope: Omit<ScopeTable, 'sha256'>): Promise<string> {
  const handle = await openWorkspaceFile(join(workspace, scope.file));
  try {
    if (!(await isWholeZstd(handle))) throw cutOff(scope.file);
    const hashes = await stat(join(workspace, scope.hashFile));
    if (hashes.size !== scope.rows * ROW_HASH_BYTES) throw cutOff(scope.hashFile);
    const sample = await readFile(join(workspace, scope.sampleFile), 'utf8');
    if (sample !== '' && !sample.endsWith('\n')) throw cutOff(scope.sampleFile);
    const hash = createHash('sha256');
    for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

function cutOff(file: string): AppError {
  return new AppError({
    code: 'ScopeCutOff',
    class: 'transient',
    message: `the SQL process left ${file} incomplete in the workspace, as on a full disk; free some space`,
  });
}
