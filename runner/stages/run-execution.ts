import type { RunMode, RunWarning } from '../../core/model/outcome.ts';
import type { RunError, RunResult } from '../../core/model/run-result.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { IntakeResult, SqlResult, StageFailure } from '../../core/model/stages.ts';
import { executionFiles, keepFile, type ExecutionFiles } from '../artifacts/execution-files.ts';
import { makeWorkspace, removeWorkspaces } from '../artifacts/workspace.ts';
import { takeTurn } from '../executions/connector-turn.ts';
import { beginAttempt, explainEnd, type AttemptHolder } from '../executions/begin-attempt.ts';
import {
  findExecution,
  insertExecution,
  storeIntake,
  storeScopes,
  superseded,
  type Execution,
  type Snapshot,
} from '../executions/executions.ts';
import type { RunProgress } from '../executions/progress.ts';
import { runIntake } from '../intake/run-intake.ts';
import type { StoredScope } from '../load/scope-chunks.ts';
import type { SqlConnection, SqlPool } from '../postgres/pool.ts';
import { exportBaselines, foldEnded, localRowHashes, type BaselineRequest } from './baselines.ts';
import { bindOnlyScope } from './bind-scope.ts';
import { finishExecution } from './finish.ts';
import { freezeConnector } from './freeze-connector.ts';
import { loadScopes } from './load-scopes.ts';
import { checkObjects, prepareObjects } from './prepare-objects.ts';
import type { SourceSecrets } from '../sql/source-secrets.ts';
import { startSqlProcess, type SqlProcess } from '../sql/sql-process.ts';
import { runSql } from './sql-request.ts';
import { requireScopes } from './stored-scopes.ts';

export interface RunRequest {
  readonly id: string;
  readonly snapshot: Snapshot;
  readonly mode: Extract<RunMode, 'Live' | 'DryRun'>;
  /** Null for a Scheduler. */
  readonly inputPath: string | null;
  readonly inputName: string | null;
  readonly diffCheck: boolean;
  /** Rows of one transaction. */
  readonly chunkRows: number;
  readonly scheduledTime: string | null;
  readonly triggeredBy: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Null: no workbook now. */
  readonly reportPath: string | null;
  readonly stateDirectory: string;
  readonly allowDestructiveMigration: (object: string) => boolean;
}

export interface RunPorts {
  readonly pool: SqlPool;
  readonly now: () => Date;
  /** Aborted: the run stops at the next chunk, and the SQL at once. What is committed is kept. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
  /** Of the command: the same one for as long as it tries. */
  readonly holder: AttemptHolder;
  /** The secrets of the connector's external sources; asked when its SQL is to run. Throws AppError `SecretMissing`. */
  readonly readSecrets: () => Promise<SourceSecrets>;
}

/** What the stages leave for `finish`. */
interface Staged {
  readonly connector: ConnectorModel;
  readonly intake: IntakeResult | null;
  readonly sql: SqlResult | null;
  readonly scopes: ReadonlyMap<string, StoredScope>;
  readonly error: RunError | null;
  readonly stopped: boolean;
  readonly warnings: readonly RunWarning[];
}

/**
 * Runs an execution from its input to its report, or goes on with one that did not end. An execution that has ended is
 * not run again: its result is given back as it was.
 *
 * @throws AppError where the machinery broke; the execution stays as it is, to be resumed under its id
 */
export async function runExecution(request: RunRequest, ports: RunPorts): Promise<RunResult> {
  return ports.pool.withConnection((main) =>
    ports.pool.withConnection(async (side) => {
      const known = await findExecution(main.pg, request.id);
      if (known !== null && ports.holder.isReplaced(known)) throw superseded(known);
      const files = executionFiles(request.stateDirectory, request.id);
      if (known?.result != null) {
        // Its last attempt may have died right after it stored the result.
        await removeWorkspaces(files);
        return known.result;
      }
      // A manifest that cannot be followed is no execution; a dry run is refused what a live run would be.
      if (known === null) await checkObjects(ports.pool, request.snapshot, request.allowDestructiveMigration);
      const execution = await openExecution({ request, ports, main, side }, known, files);
      const context: StageContext = {
        request,
        ports,
        execution,
        files,
        main,
        side,
        checkTurn: () => undefined,
      };
      try {
        return await (execution.mode === 'Live' && execution.snapshot.connector.diffCheck
          ? runInTurn(context)
          : runToEnd(context));
      } catch (error) {
        throw await explainEnd(ports.pool, execution, files, error);
      }
    }),
  );
}

/** One after another: the diff check compares with the run before. */
async function runInTurn(context: StageContext): Promise<RunResult> {
  const { ports, execution, main, side } = context;
  const turn = await takeTurn(main.pg, side.pg, execution, {
    signal: ports.signal,
    onWait: () => {
      ports.onProgress({ stage: 'Waiting', step: null, rowsDone: 0, rowsTotal: 0 });
    },
  });
  // What an earlier attempt did is reported by the stages, which stop by themselves.
  if (turn === null) return execution.scopes === null ? finish(context, stoppedAtOnce(execution)) : runToEnd(context);
  try {
    const inTurn = { ...context, execution: turn.execution, checkTurn: turn.check };
    const result = await runToEnd(inTurn);
    if (!isStopped(ports)) await foldEnded(baselineRequest(inTurn), ports.signal, turn.check);
    return result;
  } finally {
    await turn.giveBack();
  }
}

const baselineRequest = ({ request, execution, files, main }: StageContext): BaselineRequest => ({
  client: main.pg,
  execution,
  files,
  rowHashes: localRowHashes(request.stateDirectory),
});

async function runToEnd(context: StageContext): Promise<RunResult> {
  const files = await makeWorkspace(context.files, context.execution.attempt);
  const own = { ...context, files };
  return finish(own, await runStages(own));
}

async function finish({ request, ports, execution, files, main }: StageContext, staged: Staged): Promise<RunResult> {
  ports.onProgress({ stage: 'Report', step: null, rowsDone: 0, rowsTotal: 0 });
  const result = await finishExecution(
    main.pg,
    { execution, ...staged, reportPath: request.reportPath, files },
    ports.now,
  );
  await removeWorkspaces(executionFiles(request.stateDirectory, execution.id));
  return result;
}

const stoppedAtOnce = ({ intake, snapshot: { connector } }: Execution): Staged => ({
  connector,
  intake,
  sql: null,
  scopes: new Map(),
  error: null,
  stopped: true,
  warnings: [],
});

/** The input is kept before the execution exists, so that an execution never lacks what it was started with. */
async function openExecution(
  { request, ports: { holder }, main, side }: Pick<StageContext, 'request' | 'ports' | 'main' | 'side'>,
  known: Execution | null,
  files: ExecutionFiles,
): Promise<Execution> {
  if (known !== null) return beginAttempt(main.pg, side.pg, known, holder);
  if (request.inputPath !== null && request.inputName !== null) {
    await keepFile('input', request.inputPath, files.input(request.inputName));
  }
  const connector = await freezeConnector(request.snapshot.connector);
  const snapshot = { ...request.snapshot, connector };
  const execution = await insertExecution(main.pg, { ...request, snapshot, holder: holder.id });
  holder.begun();
  return execution;
}

interface StageContext {
  readonly request: RunRequest;
  readonly ports: RunPorts;
  readonly execution: Execution;
  readonly files: ExecutionFiles;
  readonly main: SqlConnection;
  readonly side: SqlConnection;
  /** Throws where the turn of the connector is no longer this execution's. */
  readonly checkTurn: () => void;
}

/** Asked anew each time: the signal changes while a stage is awaited. */
const isStopped = ({ signal }: RunPorts): boolean => signal.aborted;

const asError = ({ code, message, details }: StageFailure): RunError => ({ code, message, details });

async function runStages(context: StageContext): Promise<Staged> {
  const { request, ports, execution, files } = context;
  const { connector } = execution.snapshot;
  if (execution.mode === 'Live') {
    await prepareObjects(ports.pool, execution.snapshot, request.allowDestructiveMigration);
  }
  const known = { intake: execution.intake, sql: execution.scopes };
  const read = known.intake === null || known.sql === null ? await readAndQuery(context) : known;
  const { intake, sql } = read;
  if (intake === null || sql === null) {
    const nothing = {
      connector,
      intake,
      sql,
      scopes: new Map<string, StoredScope>(),
      warnings: intake?.warnings ?? [],
    };
    const failure = intake?.failure ?? null;
    return { ...nothing, error: failure === null ? null : asError(failure), stopped: failure === null };
  }
  const bound = bindOnlyScope(connector, sql.scopes[0]?.name ?? '');
  const scopes = await requireScopes(bound, connector, sql, files);
  const staged = { connector: bound, intake, sql, scopes, warnings: [...intake.warnings, ...sql.warnings] };
  if (sql.failure !== null) return { ...staged, error: asError(sql.failure), stopped: false };
  const { main, side, checkTurn } = context;
  const loaded = await loadScopes(execution, bound, sql, scopes, {
    ...ports,
    main,
    side,
    stopRequested: () => {
      checkTurn();
      return isStopped(ports);
    },
  });
  return { ...staged, ...loaded };
}

/** What the input came to, and what the SQL made of it; null where it was stopped before, or the input cannot be read. */
interface Read {
  readonly intake: IntakeResult | null;
  readonly sql: SqlResult | null;
}

/** Reads the input and runs the SQL. The process for that starts beside the reading, which takes as long in most runs. */
async function readAndQuery(context: StageContext): Promise<Read> {
  const starting = startSqlProcess(context.execution.snapshot.connector, context.files.workspace);
  // Whoever awaits it learns of its failure.
  starting.catch(() => undefined);
  try {
    return await readThenQuery(context, starting);
  } finally {
    await starting.then(
      (process) => process.dispose(),
      () => undefined,
    );
  }
}

async function readThenQuery(context: StageContext, starting: Promise<SqlProcess>): Promise<Read> {
  const { ports, execution, files, main } = context;
  const { connector } = execution.snapshot;
  ports.onProgress({ stage: 'Intake', step: null, rowsDone: 0, rowsTotal: 0 });
  const intake = await runIntake({
    connector,
    inputPath: execution.inputName === null ? null : files.input(execution.inputName),
    fileName: execution.inputName,
    workspace: files.workspace,
    scheduledTime: execution.scheduledTime ?? execution.startedAt,
  });
  await storeIntake(main.pg, execution, intake);
  if (intake.failure !== null || isStopped(ports)) return { intake, sql: null };
  const baselines = execution.diffCheck ? await exportBaselines(baselineRequest(context)) : null;
  ports.onProgress({ stage: 'Sql', step: null, rowsDone: 0, rowsTotal: 0 });
  const ran = await runSql(ports, execution, intake, files, starting);
  if (isStopped(ports)) return { intake, sql: null };
  const sql = { ...ran.result, warnings: [...(baselines?.warnings ?? []), ...ran.result.warnings] };
  await storeScopes(main.pg, execution, sql, ran.publish);
  // A dry run leaves no trace.
  if (execution.mode === 'Live') await baselines?.store();
  return { intake, sql };
}
