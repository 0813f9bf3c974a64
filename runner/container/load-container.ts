import { AppError } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { RunError, RunResult } from '../../core/model/run-result.ts';
import type { IntakeResult, SqlResult } from '../../core/model/stages.ts';
import { executionFiles, publishParts, type ExecutionFiles } from '../artifacts/execution-files.ts';
import { attemptFiles, removeWorkspaces } from '../artifacts/workspace.ts';
import { explainEnd } from '../executions/begin-attempt.ts';
import { takeTurn } from '../executions/connector-turn.ts';
import { hasLaterLoads, storeScopes, superseded, type Execution } from '../executions/executions.ts';
import { StoredProgress } from '../executions/progress.ts';
import type { SqlConnection } from '../postgres/pool.ts';
import { foldEnded } from '../stages/baselines.ts';
import { bindOnlyScope } from '../stages/bind-scope.ts';
import { loadScopes } from '../stages/load-scopes.ts';
import { requireObjects } from '../stages/prepare-objects.ts';
import { copyScopes } from '../stages/sql-request.ts';
import { requireScopes } from '../stages/stored-scopes.ts';
import { requireExecution, type DatabaseContext } from './container-context.ts';
import { endExecution, readStoredEnd, type StagesEnd } from './end-from-stored.ts';
import { readHandoff, readSqlHandoff, type Handoff } from './handoff.ts';
import { executionError } from './stage-result.ts';
import { fetchScopeFiles, storedRowHashes, storeScopeFiles } from './stored-files.ts';

interface LoadContext extends DatabaseContext {
  readonly execution: Execution;
  readonly handoff: Handoff;
  readonly files: ExecutionFiles;
  readonly main: SqlConnection;
  readonly side: SqlConnection;
  readonly progress: StoredProgress;
  /** Throws where the turn of the connector is no longer this execution's. */
  readonly checkTurn: () => void;
}

/**
 * The last container of an attempt: keeps what the SQL came to, loads it, and ends the execution with its report. It never
 * runs SQL of the connector.
 */
export async function runLoadContainer(context: DatabaseContext): Promise<void> {
  const { pool, workspace, executionId, now, log } = context;
  const handoff = await readHandoff(workspace, executionId);
  await pool.withConnection((main) =>
    pool.withConnection(async (side) => {
      const execution = await requireExecution(main.pg, executionId);
      if (execution.result !== null) {
        log.info({ phase: execution.result.phase }, 'the execution had ended before');
        return;
      }
      const kept = executionFiles(workspace, executionId);
      const held = { ...execution, attempt: handoff.attempt };
      if (execution.attempt !== handoff.attempt) throw superseded(held);
      const files = attemptFiles(kept, handoff.attempt);
      const progress = new StoredProgress(pool, execution, now);
      const load = { ...context, execution, handoff, files, main, side, progress, checkTurn: () => undefined };
      try {
        const { phase } = await (execution.mode === 'Live' && execution.snapshot.connector.diffCheck
          ? runInTurn(load)
          : runToEnd(load));
        log.info({ phase }, 'the execution has ended');
      } catch (error) {
        throw await explainEnd(pool, execution, kept, error);
      }
      await removeWorkspaces(kept);
    }),
  );
}

/** One after another: the diff check compares with the run before. */
async function runInTurn(context: LoadContext): Promise<RunResult> {
  const { execution, main, side, files, progress, signal } = context;
  const turn = await takeTurn(main.pg, side.pg, execution, {
    signal,
    onWait: () => progress.report({ stage: 'Waiting', step: null, rowsDone: 0, rowsTotal: 0 }),
    onHeld: () => refuseStale(context),
  });
  if (turn === null) return end(context, await readStoredEnd(main.pg, execution, null, files));
  try {
    const result = await runToEnd({ ...context, execution: turn.execution, checkTurn: turn.check });
    const request = { client: main.pg, execution: turn.execution, files, rowHashes: storedRowHashes(main.pg, files) };
    await foldEnded(request, signal, turn.check);
    return result;
  } finally {
    await turn.giveBack();
  }
}

/** The SQL compared with what the runs before had left: where another has loaded since, rows may be hidden that it changed. */
async function refuseStale({ execution, main }: LoadContext): Promise<void> {
  if (!execution.diffCheck || execution.scopes !== null || !(await hasLaterLoads(main.pg, execution))) return;
  throw new AppError({
    code: 'TurnLost',
    class: 'transient',
    message:
      `execution ${execution.id}: another run of connector ${execution.connector} has loaded since this one read what to ` +
      'compare with, so another attempt has to begin',
  });
}

async function runToEnd(context: LoadContext): Promise<RunResult> {
  const { execution, handoff, files, main, log } = context;
  if (handoff.next === 'Finish') return end(context, await readStoredEnd(main.pg, execution, handoff.error, files));
  const staged = await runStages(context).catch(async (error: unknown) => {
    const fault = executionError(error);
    if (fault === null) throw error;
    log.error({ code: fault.code }, fault.message);
    return readStoredEnd(main.pg, await requireExecution(main.pg, execution.id), fault, files);
  });
  return end(context, staged);
}

async function end(context: LoadContext, staged: StagesEnd): Promise<RunResult> {
  const { execution, files, main, now, progress } = context;
  progress.report({ stage: 'Report', step: null, rowsDone: 0, rowsTotal: 0 });
  await progress.settle();
  return endExecution(main.pg, execution, staged, files, now);
}

async function runStages(context: LoadContext): Promise<StagesEnd> {
  const { pool, execution, files, main, side, now, progress, checkTurn } = context;
  const { intake, snapshot } = execution;
  const { connector } = snapshot;
  if (execution.mode === 'Live') await requireObjects(pool, snapshot);
  const warnings = intake?.warnings ?? [];
  if (intake !== null && intake.failure !== null) return withoutScopes(connector, intake, warnings, intake.failure);
  const kept = await keepScopes(context);
  if (kept.error !== null)
    return withoutScopes(connector, intake, [...warnings, ...context.handoff.warnings], kept.error);
  const { sql } = kept;
  const bound = bindOnlyScope(connector, sql.scopes[0]?.name ?? '');
  const scopes = await requireScopes(bound, connector, sql, files);
  const staged = { connector: bound, intake, sql, scopes, warnings: [...warnings, ...sql.warnings] };
  if (sql.failure !== null) return { ...staged, error: sql.failure, stopped: false };
  const loaded = await loadScopes(execution, bound, sql, scopes, {
    pool,
    main,
    side,
    now,
    onProgress: progress.report,
    stopRequested: () => {
      checkTurn();
      return false;
    },
  });
  return { ...staged, ...loaded };
}

const withoutScopes = (
  connector: ConnectorModel,
  intake: IntakeResult | null,
  warnings: readonly RunWarning[],
  error: RunError,
): StagesEnd => ({ connector, intake, sql: null, scopes: new Map(), error, stopped: false, warnings });

/** What the SQL came to, once and for all: stored now, or by an earlier attempt. */
async function keepScopes({
  execution,
  handoff,
  files,
  main,
}: LoadContext): Promise<{ sql: SqlResult; error: null } | { sql: null; error: RunError }> {
  if (execution.scopes !== null) {
    await fetchScopeFiles(main.pg, execution, files, 'Throw');
    return { sql: execution.scopes, error: null };
  }
  const left = await readSqlHandoff(files.workspace);
  if (left.error !== null) return { sql: null, error: left.error };
  const sql = { ...left.result, warnings: [...handoff.warnings, ...left.result.warnings] };
  const parts = await copyScopes(execution, sql, files);
  await storeScopes(main.pg, execution, sql, async () => {
    await publishParts('scope', parts);
    await storeScopeFiles(main.pg, execution, sql, files);
  });
  return { sql, error: null };
}
