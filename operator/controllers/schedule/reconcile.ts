import { nextSlot, type Refusal } from '../../../core/control/schedule-slots.ts';
import { parseDuration } from '../../../core/validate/amounts.ts';
import { scheduleFault, timeZoneFault } from '../../../core/validate/schedule.ts';
import { SCHEDULED_TIME_ANNOTATION } from '../../api/annotations.ts';
import type { ConnectorResource } from '../../api/kinds.ts';
import { decideInLedger, readSchedule, type ScheduleState } from '../../database/schedule-ledger.ts';
import { executionsByConnector, inNamespace } from '../indexes.ts';
import type { Reconcile } from '../../runtime/reconciler.ts';
import { keyOf, keyText } from '../../runtime/resource.ts';
import { isUpToDate, planSchedule, type WantedSchedule } from './decide.ts';
import type { SchedulePorts } from './ports.ts';
import { launchClaimed, nameOfSlot, recordUnstarted } from './slot-executions.ts';

/** A clock that is set, or a timer that is late, is noticed after this long. */
const LOOK_AGAIN_MS = 10 * 60_000;
/** A connector that cannot keep up with its schedule does not collect executions without end. */
const MAX_QUEUED = 100;
const DEFAULT_DEADLINE = '1h';

/** When a connector of this content has to be looked at again, and when it was looked at last. */
interface Looked {
  readonly uid: string;
  readonly generation: number;
  readonly at: Date;
  readonly next: Date | null;
}

/** When a content of a connector was there first. */
type Seen = Omit<Looked, 'next'>;

export interface ScheduleReconcile {
  readonly reconcile: Reconcile;
  /** To be told of every connector that the watch shows, at once: a queue may be long, and an edit counts from here. */
  readonly noteSeen: (connector: ConnectorResource) => void;
}

/**
 * Creates the executions of a connector of type Scheduler, one a slot. A connector changes with each of its executions; as
 * long as nobody edits it and no slot comes due, that is no reason to ask PostgreSQL.
 */
export function createScheduleReconcile(ports: SchedulePorts): ScheduleReconcile {
  const looked = new Map<string, Looked>();
  const seen = new Map<string, Seen>();
  const reconcile: Reconcile = async (key) => {
    const id = keyText(key);
    const connector = ports.connectors.get(key);
    const scheduler = connector?.spec.scheduler;
    const before = looked.get(id);
    if (connector === null || scheduler === undefined || connector.metadata.deletionTimestamp !== undefined) {
      looked.delete(id);
      seen.delete(id);
      return null;
    }
    if (before !== undefined && isSettled(before, connector, ports.now())) return requeueAt(before.next, ports.now());
    looked.delete(id);
    const schedule = { expression: scheduler.schedule, timeZone: connector.spec.timeZone ?? 'UTC' };
    const deadlineMs = parseDuration(scheduler.startingDeadline ?? DEFAULT_DEADLINE);
    const isFaulty = scheduleFault(schedule.expression) !== null || timeZoneFault(schedule.timeZone) !== null;
    // The connector is invalid then, and says so itself.
    if (isFaulty || deadlineMs === null) return null;
    const state = { schedule, isWanted: connector.spec.active !== false };
    const now = ports.now();
    const { uid, generation } = connector.metadata;
    const noted = seen.get(id);
    const since = noted?.uid === uid && noted.generation === generation ? noted.at : now;
    const wanted = { state, deadlineMs, catchUp: scheduler.catchUp ?? 'Latest', since } as const;
    // A slot that comes due is decided at once; one look is the usual case otherwise, a thousand times over when an operator starts.
    const isDue = before?.uid === uid && before.generation === generation && before.next !== null && before.next <= now;
    const stored = isDue ? null : await readSchedule(ports.pool, key);
    if (stored === null || stored.hasOpen || !isUpToDate(stored.state, wanted, now)) {
      await decideAndLaunch(connector, wanted, now, ports);
    }
    const next = nextSlot(schedule, now);
    looked.set(id, { uid, generation, at: now, next });
    return requeueAt(next, ports.now());
  };
  const noteSeen = ({ metadata }: ConnectorResource): void => {
    const { uid, generation } = metadata;
    const id = keyText(metadata);
    const before = seen.get(id);
    if (before?.uid !== uid || before.generation !== generation) seen.set(id, { uid, generation, at: ports.now() });
  };
  return { reconcile, noteSeen };
}

async function decideAndLaunch(
  connector: ConnectorResource,
  wanted: Omit<WantedSchedule, 'refusal'>,
  now: Date,
  ports: SchedulePorts,
): Promise<void> {
  const key = keyOf(connector);
  const initial = { ...wanted.state, handledUntil: new Date(connector.metadata.creationTimestamp) };
  const launchedUntil = newestSlot(connector, now, ports);
  const inactive = refusalOf(connector, ports);
  const open = await decideInLedger(
    ports.pool,
    key,
    initial,
    ({ state, queued }) => {
      const refusal = inactive ?? (queued < MAX_QUEUED ? null : queueFull(queued));
      return planSchedule(withLaunched(state, launchedUntil), { ...wanted, refusal }, now);
    },
    (slot) => nameOfSlot(connector, slot),
  );
  await launchClaimed(connector, key, open.claimed, ports);
  await recordUnstarted(connector, key, open.unrecorded, ports);
}

function isSettled({ uid, generation, at, next }: Looked, { metadata }: ConnectorResource, now: Date): boolean {
  if (uid !== metadata.uid || generation !== metadata.generation) return false;
  const agoMs = now.getTime() - at.getTime();
  return agoMs >= 0 && agoMs < LOOK_AGAIN_MS && (next === null || now < next);
}

function requeueAt(next: Date | null, now: Date): { readonly afterMs: number } {
  const untilNextMs = next === null ? LOOK_AGAIN_MS : next.getTime() - now.getTime();
  return { afterMs: Math.min(LOOK_AGAIN_MS, Math.max(0, untilNextMs)) };
}

/** The newest slot of which an execution is there; one that is yet to come says nothing of those before it. */
function newestSlot(connector: ConnectorResource, now: Date, { executions }: SchedulePorts): Date | null {
  const { namespace, name, uid } = connector.metadata;
  const times = executions
    .find(executionsByConnector, inNamespace(namespace, name))
    .filter(({ metadata }) => metadata.ownerReferences?.some((one) => one.uid === uid))
    .flatMap(({ metadata }) => {
      const slot = new Date(metadata.annotations?.[SCHEDULED_TIME_ANNOTATION] ?? '');
      const isOwn = slot <= now && metadata.name === nameOfSlot(connector, slot);
      return isOwn ? [slot.getTime()] : [];
    });
  return times.length === 0 ? null : new Date(Math.max(...times));
}

/** A ledger that was restored from a backup has forgotten slots: those that the cluster shows are not decided again. */
function withLaunched(stored: ScheduleState, launchedUntil: Date | null): ScheduleState {
  if (launchedUntil === null || launchedUntil <= stored.handledUntil) return stored;
  return { ...stored, handledUntil: launchedUntil };
}

function refusalOf(connector: ConnectorResource, ports: SchedulePorts): Refusal | null {
  const { state, reason, message } = ports.readActivation(connector, ports.buildInput(connector).scriptHash);
  if (state === 'Active') return null;
  return { reason: reason === '' ? state : reason, message: `the connector was not active: ${message}` };
}

const queueFull = (queued: number): Refusal => ({
  reason: 'QueueFull',
  message: `${queued} executions of the connector wait already`,
});
