import { buildMergePatch } from '../../../core/control/merge-patch.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import type { SmartConnectorExecutionStatus } from '../../../core/generated/types.ts';
import { durably } from '../../../runner/faults/fault-point.ts';
import { EXECUTIONS, type ExecutionResource } from '../../api/kinds.ts';
import { listOpenRequests, openRequests } from '../../database/execution-requests.ts';
import { closeRun, readStoredRun } from '../../database/stored-run.ts';
import type { EventNote, Reconcile, Requeue } from '../../runtime/reconciler.ts';
import type { Key } from '../../runtime/resource.ts';
import { apply, end, type Applied } from './apply.ts';
import { TERMINAL_PHASES, decide, endOfRun, type Decision } from './decide.ts';
import { isForbidden, observe, type Observation } from './observe.ts';
import { LastLooks } from './last-looks.ts';
import type { ExecutionPorts } from './ports.ts';
import { summarize, summarizeFailure } from './summarize.ts';
import { retryable } from '../retryable.ts';
import { writeStatus } from '../write-status.ts';

/** Registered, started, its Job created and noted: more than that in one go is a fault. */
const MAX_ROUNDS = 8;

/** Carries an execution from the moment it is seen to its end. */
export function createExecutionReconcile(ports: ExecutionPorts): Reconcile {
  const looks = new LastLooks();
  return async (key, signal) => {
    const rest = looks.stillRests(key, ports);
    if (rest !== null) return rest;
    try {
      return await carry(key, ports, looks, signal);
    } catch (error) {
      await tellFailure(key, error, ports);
      throw retryable(error);
    }
  };
}

async function carry(key: Key, ports: ExecutionPorts, looks: LastLooks, signal: AbortSignal): Promise<Requeue> {
  const stored = ports.executions.get(key);
  if (stored === null) {
    await endVanished(key, ports);
    return null;
  }
  let left: Applied = { execution: stored, observation: null };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    signal.throwIfAborted();
    const observation = left.observation ?? (await observe(left.execution, ports));
    // One of its name may have gone while nobody watched.
    if (observation.request === null) await endVanished(key, ports);
    const decision = decide(observation, ports.now(), ports.settings);
    // What has ended is said before the finalizer goes: after that, the resource may be gone.
    const execution = decision.again ? observation.execution : await writeSummary(observation, ports);
    if (execution === null) return null;
    const applied = await applyAll(decision, { ...observation, execution }, ports);
    if (applied === null) return null;
    left = applied;
    if (decision.again) continue;
    if (decision.actions.length === 0) looks.note(key, { ...observation, execution }, decision.requeueMs, ports);
    return decision.requeueMs === null ? null : { afterMs: decision.requeueMs };
  }
  return { afterMs: 1000 };
}

/**
 * What keeps an execution from going on, for people who look at it. Somebody else's write that came first is no failure, and
 * what has ended is not touched by one.
 */
async function tellFailure(key: Key, error: unknown, ports: ExecutionPorts): Promise<void> {
  const execution = ports.executions.get(key);
  if (execution === null || (error instanceof AppError && error.class === 'waiting')) return;
  if (TERMINAL_PHASES.has(execution.status?.phase ?? '')) return;
  const status = summarizeFailure(execution, retryable(error), ports.now());
  const written = await writeStatus(ports.api, EXECUTIONS, execution, status, 'execution-status').catch(() => false);
  if (!written) return;
  const { namespace, name, uid } = execution.metadata;
  ports.log.info({ namespace, name, executionId: uid, err: error }, 'an execution cannot go on for now');
}

async function applyAll(
  { actions }: Decision,
  observation: Observation,
  ports: ExecutionPorts,
): Promise<Applied | null> {
  let left: Applied = { execution: observation.execution, observation: null };
  try {
    for (const action of actions) {
      const applied = await apply(action, { ...observation, execution: left.execution }, ports);
      if (applied === null) return null;
      left = applied;
    }
    return left;
  } catch (error) {
    return applyFailed(error, { ...observation, execution: left.execution }, ports);
  }
}

/**
 * What is refused may be allowed later, so it is tried again. In a namespace that is being deleted no Job can be created
 * any more: the execution is let go.
 */
async function applyFailed(error: unknown, observation: Observation, ports: ExecutionPorts): Promise<Applied | null> {
  const { execution, request } = observation;
  if (!isForbidden(error)) throw error;
  if (execution.metadata.deletionTimestamp !== undefined && request !== null) {
    return apply({ kind: 'Abandon' }, observation, ports);
  }
  const { message } = error as AppError;
  ports.events.record(execution, { type: 'Warning', reason: 'Forbidden', message });
  throw new AppError({ code: 'Forbidden', class: 'transient', message, cause: error });
}

async function writeSummary(observation: Observation, ports: ExecutionPorts): Promise<ExecutionResource | null> {
  const { execution } = observation;
  const wanted = summarize(observation, ports.now(), ports.buildLink);
  const before = execution.status ?? {};
  const patch = wanted === null ? null : buildMergePatch(before, wanted);
  if (wanted === null || patch === null) return execution;
  const { namespace, name, uid, resourceVersion } = execution.metadata;
  const written = await durably('execution-status', () =>
    ports.api.patch(EXECUTIONS, { namespace, name }, { metadata: { uid, resourceVersion }, status: patch }, 'status'),
  );
  if (written !== null) recordTransition(written, before, wanted, ports);
  return written;
}

function recordTransition(
  execution: ExecutionResource,
  before: SmartConnectorExecutionStatus,
  after: SmartConnectorExecutionStatus,
  { events, log }: ExecutionPorts,
): void {
  const readyOf = ({ conditions }: SmartConnectorExecutionStatus) => conditions?.find(({ type }) => type === 'Ready');
  const ready = readyOf(after);
  if (ready === undefined || after.phase === undefined) return;
  if (before.phase === after.phase && readyOf(before)?.reason === ready.reason) return;
  const isBad = after.phase === 'Failed' || after.phase === 'Missed' || ready.reason === 'AttemptFailed';
  const note: EventNote = { type: isBad ? 'Warning' : 'Normal', reason: ready.reason, message: ready.message };
  events.record(execution, note);
  if (before.phase !== after.phase) {
    const { namespace, name, uid } = execution.metadata;
    log.info({ namespace, name, executionId: uid, phase: after.phase, reason: ready.reason }, 'execution changed');
  }
}

/** A resource that went without its finalizer: what it asked for is cancelled, and its place in the queue is free. */
async function endVanished(key: Key, ports: ExecutionPorts): Promise<void> {
  const { pool } = ports;
  const open = await listOpenRequests(pool, key);
  if (open.length === 0) return;
  const live = await ports.api.get(EXECUTIONS, key);
  for (const request of open) {
    const { uid, state, mode } = request;
    if (uid === live?.metadata.uid) continue;
    const run = state === 'Started' ? await readStoredRun(pool, uid, mode) : null;
    if (run !== null && mode !== 'Validate') await closeRun(ports, uid, null, ports.now());
    const message = 'its resource was removed; what was committed stays';
    const hasEnded = run !== null && run.endedAt !== null;
    await end(request, hasEnded ? endOfRun(run, request) : { phase: 'Cancelled', reason: 'Removed', message }, ports);
  }
}

/**
 * Ends what resources asked for that went while no operator looked. One of which nothing can be made does not keep the others:
 * what they asked for holds their places.
 *
 * @returns how many are left to do
 */
export async function sweepRequests(ports: ExecutionPorts): Promise<number> {
  let left = 0;
  for await (const { namespace, name, uid } of openRequests(ports.pool)) {
    if (ports.executions.get({ namespace, name })?.metadata.uid === uid) continue;
    try {
      await endVanished({ namespace, name }, ports);
    } catch (error) {
      left += 1;
      ports.log.warn({ namespace, name, executionId: uid, err: error }, 'an execution that went could not be ended');
    }
  }
  return left;
}
