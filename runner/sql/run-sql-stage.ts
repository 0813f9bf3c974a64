import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError, messageOf } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { IntakeResult, ScopeTable, SqlResult, StageFailure } from '../../core/model/stages.ts';
import { startJailed, type Jail, type JailEnd } from '../chdb/jail.ts';
import { processMemoryBytes } from './environment.ts';
import {
  JOB_FILE,
  RESULT_FILE,
  SCRIPT_ENDED,
  SCRIPT_STARTS,
  type ExecutionFact,
  type ReferenceTable,
  type SqlJob,
  type SqlJobResult,
  type SqlMode,
} from './sql-job.ts';
import { openWorkspaceFile } from './workspace-file.ts';

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
  /** Ends the stage when it is aborted; the result is then the failure `SqlProcessDied`. */
  readonly signal?: AbortSignal;
}

/** Repository root: the child reads code and packages from here and nothing else. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CODE = ['core', 'runner', 'node_modules', 'package.json'];
const ENTRY = fileURLToPath(new URL('./main.ts', import.meta.url));

/** What loading, typing and writing may take besides the script itself. */
const STAGE_SECONDS = 3600;
/** The engine stops itself at the limit; after this much more it is stopped. */
const GRACE_SECONDS = 5;
const LARGEST_RESULT_BYTES = 64 * 1024 ** 2;
const KEPT_ERROR_CHARACTERS = 4000;

/**
 * Runs the SQL stage in a process of its own. Faults of the script, of the data and of limits are results; AppError is
 * thrown only where the process could not be started or left nonsense.
 */
export async function runSqlStage(request: SqlStageRequest, ports: SqlStagePorts = {}): Promise<SqlResult> {
  const { workspace, connector } = request;
  await rm(join(workspace, RESULT_FILE), { force: true });
  await rm(join(workspace, 'scopes'), { recursive: true, force: true });
  await mkdir(join(workspace, 'scopes'));
  const temporaryDirectory = await mkdtemp(join(workspace, 'sql-'));
  try {
    const jobPath = join(workspace, JOB_FILE);
    await writeFile(jobPath, JSON.stringify(buildJob(request, temporaryDirectory)));
    const jail = startJailed({
      argv: [ENTRY, jobPath],
      workspace,
      tmpDirectory: temporaryDirectory,
      readOnly: CODE.map((path) => join(ROOT, path)),
      memoryBytes: processMemoryBytes(connector.limits.memoryBytes),
      seconds: connector.limits.seconds + STAGE_SECONDS,
      network: connector.externalSources.length > 0,
    });
    const ended = await superviseJail(jail, connector.limits.seconds, ports.signal);
    const { failure, scopes, warnings } = await collectResult(request, ended);
    return { scopes, warnings: [...isolationWarnings(jail), ...warnings], failure };
  } finally {
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
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
    // The engine knows zones by their exact names.
    timeZone: new Intl.DateTimeFormat('en', { timeZone: connector.timeZone }).resolvedOptions().timeZone,
    phoneRegion: connector.phoneRegion,
    trim: connector.spreadsheet.trim,
    scopes: connector.scopes,
    stepScopes: connector.steps.map(({ scope }) => scope),
    literals: JSON.stringify(literals),
    externalSources: connector.externalSources.map(({ name, kind }) => ({ name, kind, secret: '' })),
    tables: intake.tables,
    referenceData: mode === 'Validate' ? referenceData.map((table) => ({ ...table, file: null })) : referenceData,
    execution,
  };
}

interface Ended {
  readonly end: JailEnd;
  readonly duringScript: boolean;
  readonly scriptOverran: boolean;
  readonly errorText: string;
}

/** Waits for the end; holds the time of the script from outside. */
async function superviseJail(jail: Jail, seconds: number, signal: AbortSignal | undefined): Promise<Ended> {
  let duringScript = false;
  let scriptOverran = false;
  let errorText = '';
  let timer: NodeJS.Timeout | undefined;
  const { stdout, stderr } = jail.child;
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    errorText = (errorText + text).slice(-KEPT_ERROR_CHARACTERS);
  });
  if (stdout !== null) {
    createInterface({ input: stdout }).on('line', (line) => {
      if (line === SCRIPT_STARTS) {
        duringScript = true;
        timer = setTimeout(
          () => {
            scriptOverran = true;
            jail.kill();
          },
          (seconds + GRACE_SECONDS) * 1000,
        );
      } else if (line === SCRIPT_ENDED) {
        duringScript = false;
        clearTimeout(timer);
      }
    });
  }
  if (signal?.aborted === true) jail.kill();
  signal?.addEventListener('abort', jail.kill);
  try {
    return { end: await jail.waitJailed(), duringScript, scriptOverran, errorText };
  } catch (cause) {
    throw new AppError({
      code: 'SqlProcessNotStarted',
      class: 'transient',
      message: `the SQL process could not be started: ${messageOf(cause)}`,
      cause,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', jail.kill);
  }
}

async function collectResult({ workspace, connector }: SqlStageRequest, ended: Ended): Promise<SqlResult> {
  const death = describeDeath(ended, connector);
  if (death !== null) return { scopes: [], warnings: [], failure: death };
  const handle = await openWorkspaceFile(join(workspace, RESULT_FILE), LARGEST_RESULT_BYTES);
  let result: SqlJobResult;
  try {
    result = JSON.parse(await handle.readFile('utf8')) as SqlJobResult;
  } finally {
    await handle.close();
  }
  const scopes: ScopeTable[] = [];
  for (const scope of result.scopes) {
    scopes.push({ ...scope, sha256: await hashFile(join(workspace, scope.file)) });
  }
  return { ...result, scopes };
}

function describeDeath(
  { end, duringScript, scriptOverran, errorText }: Ended,
  connector: ConnectorModel,
): StageFailure | null {
  const { memoryBytes, seconds } = connector.limits;
  const place = duringScript ? 'the script' : 'the SQL stage';
  if (end.kind === 'MemoryExceeded') {
    const message = `${place} needs more memory than spec.sql.limits.memory (${memoryBytes} bytes); it was stopped`;
    return { code: 'MemoryLimit', message, details: [{ message, path: 'spec.sql.limits.memory' }] };
  }
  if (scriptOverran || end.kind === 'TimeExceeded') {
    const message = `${place} takes longer than spec.sql.limits.seconds (${seconds} s); it was stopped`;
    return { code: 'TimeLimit', message, details: [{ message, path: 'spec.sql.limits.seconds' }] };
  }
  if (end.kind === 'Exited' && end.code === 0) return null;
  const how = end.kind === 'Exited' ? `with status ${end.code}` : `by ${end.signal}`;
  const said = errorText.trim() === '' ? '' : `: ${errorText.trim()}`;
  return { code: 'SqlProcessDied', message: `the SQL process ended ${how} before it was done${said}`, details: [] };
}

function isolationWarnings({ isolation }: Jail): RunWarning[] {
  const { files, user } = isolation;
  return files && user ? [] : [{ code: 'IsolationReduced', message: isolation.sentence, count: 1 }];
}

async function hashFile(path: string): Promise<string> {
  const handle = await openWorkspaceFile(path);
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream()) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
