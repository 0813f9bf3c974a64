import type { ClientBase } from 'pg';
import { invalid } from '../../core/errors/app-error.ts';
import type { RunMode } from '../../core/model/outcome.ts';
import type { RunResult } from '../../core/model/run-result.ts';
import type { SqlResult } from '../../core/model/stages.ts';
import { buildRevertConnector } from '../../core/revert/revert-connector.ts';
import { executionFiles, type ExecutionFiles } from '../artifacts/execution-files.ts';
import { makeWorkspace, removeWorkspaces } from '../artifacts/workspace.ts';
import { foldRevert } from '../diff/revert-fold.ts';
import { takeTurn } from '../executions/connector-turn.ts';
import { beginAttempt, explainEnd, type AttemptHolder } from '../executions/begin-attempt.ts';
import { findExecution, insertExecution, storeScopes, superseded, type Execution } from '../executions/executions.ts';
import { findObjects } from '../executions/objects.ts';
import type { ChunkPorts } from '../load/run-pass.ts';
import { finishExecution, isThere, type FinishRequest } from '../stages/finish.ts';
import type { RunPorts } from '../stages/run-execution.ts';
import { storedScopes } from '../stages/stored-scopes.ts';
import { collectEffects } from './effects.ts';
import { revertDry, revertLive } from './revert-stage.ts';

export interface RevertRunRequest {
  /** Of the revert itself. */
  readonly id: string;
  /** The execution to revert. */
  readonly reverts: string;
  readonly mode: Extract<RunMode, 'Live' | 'DryRun'>;
  /** Records of one transaction. */
  readonly chunkRows: number;
  readonly triggeredBy: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Null: no workbook now. */
  readonly reportPath: string | null;
  readonly stateDirectory: string;
}

/** A revert runs no SQL of the connector, so it needs no secrets. */
export type RevertPorts = Omit<RunPorts, 'readSecrets'>;

/**
 * Takes back what an execution wrote, where nobody changed it since, as an execution of its own; or goes on with a revert
 * that did not end. One that has ended is not run again: its result is given back as it was.
 *
 * @throws AppError where there is nothing to revert, and then no execution exists; or where the machinery broke, and then
 *   the revert stays as it is, to be resumed under its id
 */
export async function runRevert(request: RevertRunRequest, ports: RevertPorts): Promise<RunResult> {
  return ports.pool.withConnection((main) =>
    ports.pool.withConnection(async (side) => {
      const known = await findExecution(main.pg, request.id);
      if (known !== null && known.reverts !== request.reverts) throw invalid(explainOther(known));
      if (known !== null && ports.holder.isReplaced(known)) throw superseded(known);
      if (known?.result != null) {
        await removeWorkspaces(executionFiles(request.stateDirectory, request.id));
        return known.result;
      }
      const original = await findExecution(main.pg, request.reverts);
      if (original === null) throw notFound(request.reverts);
      checkRevertible(original);
      const execution =
        known === null
          ? await openRevert(main.pg, request, original, ports.holder)
          : await beginAttempt(main.pg, side.pg, known, ports.holder);
      const context: RevertContext = {
        request,
        ports,
        execution,
        original,
        main: main.pg,
        side: side.pg,
        checkTurn: () => undefined,
      };
      try {
        return await (execution.mode === 'Live' && original.snapshot.connector.diffCheck
          ? revertInTurn(context)
          : revertToEnd(context));
      } catch (error) {
        const files = executionFiles(request.stateDirectory, execution.id);
        throw await explainEnd(ports.pool, execution, files, error);
      }
    }),
  );
}

interface RevertContext {
  readonly request: RevertRunRequest;
  readonly ports: RevertPorts;
  /** The revert. */
  readonly execution: Execution;
  readonly original: Execution;
  readonly main: ClientBase;
  readonly side: ClientBase;
  /** Throws where the turn of the connector is no longer this revert's. */
  readonly checkTurn: () => void;
}

/** Runs with a diff check come one after another, and so does what changes what they compare with. */
async function revertInTurn(context: RevertContext): Promise<RunResult> {
  const { ports, execution, main, side } = context;
  const turn = await takeTurn(main, side, execution, {
    signal: ports.signal,
    onWait: () => {
      ports.onProgress({ stage: 'Waiting', step: null, rowsDone: 0, rowsTotal: 0 });
    },
  });
  try {
    // Cancelled while it waited: the first chunk stops, and everything is reported as not processed.
    return await revertToEnd(
      turn === null ? context : { ...context, execution: turn.execution, checkTurn: turn.check },
    );
  } finally {
    await turn?.giveBack();
  }
}

async function revertToEnd(context: RevertContext): Promise<RunResult> {
  const { request, ports, execution, original, main, side, checkTurn } = context;
  const kept = executionFiles(request.stateDirectory, execution.id);
  const files = await makeWorkspace(kept, execution.attempt);
  ports.onProgress({ stage: 'Plan', step: null, rowsDone: 0, rowsTotal: 0 });
  const sql = await prepare(main, execution, original, files);
  const { connector } = execution.snapshot;
  const loadPorts: ChunkPorts = {
    client: main,
    side,
    now: ports.now,
    stopRequested: () => {
      checkTurn();
      return ports.signal.aborted;
    },
    onProgress: (step, rowsDone) => {
      const rowsTotal = sql.scopes.find((scope) => scope.name === step.scope)?.rows ?? 0;
      ports.onProgress({ stage: 'Load', step: step.name, rowsDone, rowsTotal });
    },
  };
  const revert = execution.mode === 'Live' ? revertLive : revertDry;
  const { objects: originals } = original.snapshot;
  const end = await revert({ execution, revertedId: original.id, originals, files }, loadPorts);
  // Before the revert has ended: one that dies in here is gone on with, and does it again.
  if (execution.mode === 'Live') await foldRevert(execution, main, files.folds);
  ports.onProgress({ stage: 'Report', step: null, rowsDone: 0, rowsTotal: 0 });
  const finish: FinishRequest = {
    execution,
    connector,
    intake: null,
    sql,
    scopes: await storedScopes(connector, connector, sql, files),
    error: null,
    stopped: end.kind === 'Stopped',
    warnings: [],
    reportPath: request.reportPath,
    files,
  };
  const result = await finishExecution(main, finish, ports.now);
  await removeWorkspaces(kept);
  return result;
}

const notFound = (id: string) =>
  invalid(`there is no execution ${id}; "smartconnector executions" lists them`, [], 'ExecutionNotFound');

function explainOther({ id, reverts, connector }: Execution): string {
  return reverts === null
    ? `execution ${id} is a run of connector ${connector}, no revert; choose another id`
    : `execution ${id} reverts ${reverts}; go on with "smartconnector revert ${reverts} --execution ${id}", or choose another id`;
}

/** @throws AppError where the execution wrote nothing, or has not ended */
function checkRevertible({ id, mode, result, reverts, connector }: Execution): void {
  if (mode !== 'Live') throw invalid(`execution ${id} is a dry run: it wrote nothing`, [], 'NothingToRevert');
  if (result === null) {
    const resume =
      reverts === null
        ? `smartconnector run … --connector ${connector} --execution ${id}`
        : `smartconnector revert ${reverts} --execution ${id}`;
    throw invalid(
      `execution ${id} has not ended: let it end, or stop it with "smartconnector cancel ${id}"; one that died ends with "${resume}"`,
      [],
      'ExecutionNotEnded',
    );
  }
  const written = result.steps.reduce((sum, step) => sum + step.created + step.updated + step.unarchived, 0);
  if (written > 0) return;
  throw invalid(
    `execution ${id} wrote no record (${result.phase}), so there is nothing to revert`,
    [],
    'NothingToRevert',
  );
}

async function openRevert(
  client: ClientBase,
  request: RevertRunRequest,
  original: Execution,
  holder: AttemptHolder,
): Promise<Execution> {
  const objects = await findObjects(client, original.namespace);
  const connector = buildRevertConnector(original.snapshot.connector, objects);
  const execution = await insertExecution(client, {
    id: request.id,
    mode: request.mode,
    diffCheck: false,
    chunkRows: request.chunkRows,
    snapshot: { connector, objects: connector.steps.map((step) => step.object) },
    inputName: null,
    triggeredBy: request.triggeredBy,
    scheduledTime: null,
    startedAt: request.startedAt,
    reverts: original.id,
    holder: holder.id,
  });
  holder.begun();
  return execution;
}

/** What is to be undone, as scopes; made again where the files of an earlier attempt are gone: they come out the same. */
async function prepare(
  client: ClientBase,
  execution: Execution,
  original: Execution,
  files: ExecutionFiles,
): Promise<SqlResult> {
  const { connector } = execution.snapshot;
  const paths = connector.scopes.flatMap(({ name }) => [files.scope(name), files.effects(name)]);
  const there = await Promise.all(paths.map(isThere));
  if (execution.scopes !== null && there.every((one) => one)) return execution.scopes;
  const { scopes, publish } = await collectEffects(client, original, connector, files, execution.attempt);
  const sql: SqlResult = { scopes, warnings: [], failure: null };
  await storeScopes(client, execution, sql, publish);
  return sql;
}
