import { buildMergePatch } from '../../../core/control/merge-patch.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import type { SmartConnectorExecutionStatus } from '../../../core/generated/types.ts';
import { requestCancel } from '../../../runner/executions/executions.ts';
import { EXECUTIONS, type ExecutionResource } from '../../api/kinds.ts';
import { endRequest, listOpenRequests, noteCancelled } from '../../database/execution-requests.ts';
import { abandonRun } from '../../database/stored-run.ts';
import type { EventNote, Reconcile } from '../../runtime/reconciler.ts';
import type { Key } from '../../runtime/resource.ts';
import { apply } from './apply.ts';
import { TERMINAL_PHASES, decide, type Decision } from './decide.ts';
import { isForbidden, observe, type Observation } from './observe.ts';
import type { ExecutionPorts } from './ports.ts';
import { summarize } from './summarize.ts';

/** Registered, started, its Job created and noted: more than that in one go is a fault. */
const MAX_ROUNDS = 8;

/** Carries an execution from the moment it is seen to its end. */
export function createExecutionReconcile(ports: ExecutionPorts): Reconcile {
  return async (key, signal) => {
    let execution = ports.executions.get(key);
    if (execution === null) {
      await endVanished(key, ports);
      return null;
    }
    for (let round = 0; round < MAX_ROUNDS; round++) {
      signal.throwIfAborted();
      const observation = await observe(execution, ports);
      const decision = decide(observation, ports.now(), ports.settings);
      // What has ended is said before the finalizer goes: after that, the resource may be gone.
      if (!decision.again) {
        execution = await writeStatus(observation, ports);
        if (execution === null) return null;
      }
      const left = await applyAll(decision, { ...observation, execution }, ports);
      if (left === null) return null;
      execution = left;
      if (!decision.again) return decision.requeueMs === null ? null : { afterMs: decision.requeueMs };
    }
    return { afterMs: 1000 };
  };
}

async function applyAll(
  { actions }: Decision,
  observation: Observation,
  ports: ExecutionPorts,
): Promise<ExecutionResource | null> {
  let { execution } = observation;
  try {
    for (const action of actions) {
      const left = await apply(action, { ...observation, execution }, ports);
      if (left === null) return null;
      execution = left;
    }
    return execution;
  } catch (error) {
    return applyFailed(error, { ...observation, execution }, ports);
  }
}

/**
 * What is refused may be allowed later, so it is tried again. In a namespace that is being deleted no Job can be created
 * any more: the execution is let go.
 */
async function applyFailed(
  error: unknown,
  observation: Observation,
  ports: ExecutionPorts,
): Promise<ExecutionResource | null> {
  const { execution, request } = observation;
  if (!isForbidden(error)) throw error;
  if (execution.metadata.deletionTimestamp !== undefined && request !== null) {
    return apply({ kind: 'Abandon' }, observation, ports);
  }
  const { message } = error as AppError;
  ports.events.record(execution, { type: 'Warning', reason: 'Forbidden', message });
  throw new AppError({ code: 'Forbidden', class: 'transient', message, cause: error });
}

async function writeStatus(observation: Observation, ports: ExecutionPorts): Promise<ExecutionResource | null> {
  const { execution } = observation;
  const wanted = summarize(observation, ports.now(), ports.buildLink);
  const before = execution.status ?? {};
  const patch = wanted === null ? null : buildMergePatch(before, wanted);
  if (wanted === null || patch === null) return execution;
  const { namespace, name, uid, resourceVersion } = execution.metadata;
  const written = await ports.api.patch(
    EXECUTIONS,
    { namespace, name },
    { metadata: { uid, resourceVersion }, status: patch },
    'status',
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
  for (const { uid, state, mode } of open) {
    if (uid === live?.metadata.uid) continue;
    if (state === 'Started' && mode !== 'Validate') {
      await pool.withConnection(({ pg }) => requestCancel(pg, uid));
      await noteCancelled(pool, uid);
      await abandonRun(pool, uid, ports.now());
    }
    const message = 'its resource was removed; what was committed stays';
    await endRequest(pool, uid, { phase: 'Cancelled', reason: 'Removed', message });
  }
}

/** Ends what resources asked for that went while no operator looked. Called once by a new leader. */
export async function sweepRequests(ports: ExecutionPorts): Promise<void> {
  const open = await listOpenRequests(ports.pool, null);
  for (const { namespace, name, uid } of open) {
    if (ports.executions.get({ namespace, name })?.metadata.uid !== uid) await endVanished({ namespace, name }, ports);
  }
}

export const hasEnded = ({ status }: ExecutionResource): boolean => TERMINAL_PHASES.has(status?.phase ?? '');
