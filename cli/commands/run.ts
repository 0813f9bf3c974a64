import { randomBytes } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { AppError, invalid } from '../../core/errors/app-error.ts';
import { locateFault } from '../../core/manifest/locate-fault.ts';
import type { ManifestSource } from '../../core/manifest/manifest.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import { EXECUTION_ID, executionFiles } from '../../runner/artifacts/execution-files.ts';
import { findExecution, type Execution, type Snapshot } from '../../runner/executions/executions.ts';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import { readSourceSecrets } from '../../runner/sql/source-secrets.ts';
import { runExecution, type RunRequest } from '../../runner/stages/run-execution.ts';
import { exitStatusOf } from '../exit-status.ts';
import { checkInput } from '../input-file.ts';
import { readConnector } from '../manifests.ts';
import { renderRun } from '../render-run.ts';
import { outlastOutages } from '../outlast-outages.ts';
import { outagePorts, runPorts } from '../run-ports.ts';
import { withDatabase } from '../session.ts';
import { checkTargetFile } from '../target-file.ts';
import type { CommandContext } from '../command-context.ts';

export interface RunOptions {
  readonly connector: string;
  readonly input?: string;
  readonly dryRun?: boolean;
  /** False with --no-diff-check. */
  readonly diffCheck: boolean;
  /** A path with --report, false with --no-report. */
  readonly report?: string | false;
  readonly execution?: string;
  readonly scheduledTime?: string;
  readonly chunkRows: string;
  /** Seconds. */
  readonly wait: string;
}

/** More would make transactions that take minutes. */
const MAX_CHUNK_ROWS = 1_000_000;

/** `smartconnector run`: exit status 0 succeeded, 2 invalid, 3 partial success, 4 failed, 75 try again, 130 cancelled. */
export async function runCommand(
  context: CommandContext,
  paths: readonly string[],
  options: RunOptions,
): Promise<number> {
  const { config, terminal } = context;
  const id = parseExecutionId(options.execution, context.now());
  const chunkRows = parseChunkRows(options.chunkRows);
  const resume = `smartconnector run … --connector ${options.connector} --execution ${id}`;
  const outage = outagePorts(context, options.wait, resume);
  const { destructive, source, ...snapshot } = await readConnector(
    paths,
    options.connector,
    config.namespace,
    config.output === 'text' ? terminal : null,
  );
  if (!snapshot.connector.active && options.dryRun !== true) {
    const message = `connector ${snapshot.connector.name} is not active: set spec.active to true, or try it with --dry-run`;
    throw invalid(message, [], 'Inactive');
  }
  const perform = async (pool: SqlPool, up: () => void): Promise<number> => {
    const known = await pool.withConnection((connection) => findExecution(connection.pg, id));
    const isOurs = outage.holder.hasBegun;
    if (known !== null) checkSameRun(known, snapshot.connector.name, options);
    // Before there is an execution; one that is resumed asks only if its SQL has to run.
    if (known === null) await checkSecrets(snapshot.connector, config.secretsDirectory, source);
    const request: RunRequest = {
      ...(await buildRequest(context, id, snapshot, options, chunkRows, known !== null)),
      allowDestructiveMigration: (object) => destructive.has(object),
    };
    const result = await runExecution(request, {
      ...runPorts(context, pool, outage.holder, up),
      readSecrets: () => readSourceSecrets(snapshot.connector, config.secretsDirectory),
    });
    terminal.progress('');
    if (known?.result != null && !isOurs && config.output === 'text') {
      terminal.err(`note: execution ${id} had ended before; this is its result, and nothing was run`);
    }
    terminal.out(config.output === 'json' ? JSON.stringify(result) : renderRun(result));
    return exitStatusOf(result.phase);
  };
  return outlastOutages((up) => withDatabase(config, (pool) => perform(pool, up)), outage);
}

async function checkSecrets(connector: ConnectorModel, directory: string, source: ManifestSource): Promise<void> {
  try {
    await readSourceSecrets(connector, directory);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const details = error.details.map((detail) => locateFault(source, detail));
    throw invalid(error.message, details, error.code);
  }
}

async function buildRequest(
  context: CommandContext,
  id: string,
  snapshot: Snapshot,
  options: RunOptions,
  chunkRows: number,
  isKnown: boolean,
): Promise<Omit<RunRequest, 'allowDestructiveMigration'>> {
  const { config, now } = context;
  const { connector } = snapshot;
  const inputPath = options.input === undefined ? null : resolve(options.input);
  if (!isKnown) await checkInput(connector.type, connector.name, inputPath);
  const report = options.report ?? executionFiles(config.stateDirectory, id).report;
  if (typeof options.report === 'string') await checkTargetFile('--report', resolve(options.report));
  return {
    id,
    snapshot,
    mode: options.dryRun === true ? 'DryRun' : 'Live',
    inputPath,
    inputName: inputPath === null ? null : basename(inputPath),
    diffCheck: connector.diffCheck && options.diffCheck,
    chunkRows,
    scheduledTime: readScheduledTime(connector, options.scheduledTime, now()),
    triggeredBy: config.user,
    startedAt: now().toISOString(),
    reportPath: report === false ? null : resolve(report),
    stateDirectory: config.stateDirectory,
  };
}

/** An id names one run: what it was started with holds, and other arguments are a mistake that must not pass in silence. */
function checkSameRun(known: Execution, connector: string, options: RunOptions): void {
  const { id } = known;
  if (known.connector !== connector) {
    throw invalid(`execution ${id} belongs to connector ${known.connector}; choose another id`);
  }
  if (known.reverts !== null) {
    const command = `smartconnector revert ${known.reverts} --execution ${id}`;
    throw invalid(`execution ${id} is a revert; go on with "${command}", or choose another id`);
  }
  const wanted = options.dryRun === true ? 'DryRun' : 'Live';
  if (known.mode !== wanted) {
    const was = known.mode === 'DryRun' ? 'a dry run' : 'a live run';
    throw invalid(`execution ${id} is ${was}; choose another id`);
  }
  if (options.input !== undefined && basename(options.input) !== known.inputName) {
    throw invalid(`execution ${id} was started with ${known.inputName ?? 'no input'}; choose another id`);
  }
}

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The slot of a Scheduler, ISO 8601 in UTC; null for the other types. */
function readScheduledTime(connector: ConnectorModel, text: string | undefined, now: Date): string | null {
  if (connector.type !== 'Scheduler') {
    if (text === undefined) return null;
    throw invalid(`connector ${connector.name} is of type ${connector.type} and takes no --scheduled-time`);
  }
  if (text === undefined) return now.toISOString();
  if (!DATE_TIME.test(text) || Number.isNaN(Date.parse(text))) {
    throw invalid('--scheduled-time: give an ISO 8601 date-time with its offset, for example 2026-01-31T06:00:00Z');
  }
  return new Date(text).toISOString();
}

/** The id that was asked for, or a new one. */
export function parseExecutionId(asked: string | undefined, now: Date): string {
  const id = asked ?? newExecutionId(now);
  if (EXECUTION_ID.test(id)) return id;
  throw invalid(
    `--execution ${JSON.stringify(id)}: an id has letters, digits, dots, dashes and underscores, at most 128`,
  );
}

export function parseChunkRows(text: string): number {
  const rows = Number(text);
  if (Number.isSafeInteger(rows) && rows >= 1 && rows <= MAX_CHUNK_ROWS) return rows;
  throw invalid(`--chunk-rows: give a whole number from 1 to ${MAX_CHUNK_ROWS}`);
}

/** Sorts by time, so that lists of executions do too. */
function newExecutionId(now: Date): string {
  return `${now.toISOString().replace(/[-:]/g, '').replace(/\..*/, '').toLowerCase()}-${randomBytes(4).toString('hex')}`;
}
