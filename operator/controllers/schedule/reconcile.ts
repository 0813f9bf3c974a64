import { nextSlot, type Refusal, type SlotDecision } from '../../../core/control/schedule-slots.ts';
import { parseDuration } from '../../../core/validate/amounts.ts';
import { scheduleFault, timeZoneFault } from '../../../core/validate/schedule.ts';
import {
  SCHEDULED_TIME_ANNOTATION,
  SLOT_MESSAGE_ANNOTATION,
  SLOT_REASON_ANNOTATION,
  SLOT_STATE_ANNOTATION,
} from '../../api/annotations.ts';
import { API_VERSION, CONNECTORS, EXECUTIONS, type ConnectorResource } from '../../api/kinds.ts';
import { countQueued, decideInLedger, listClaimed, markLaunched } from '../../database/schedule-ledger.ts';
import type { Reconcile } from '../../runtime/reconciler.ts';
import type { Key } from '../../runtime/resource.ts';
import type { ExecutionPorts } from '../execution/ports.ts';
import { planSchedule } from './decide.ts';

export type SchedulePorts = Pick<
  ExecutionPorts,
  'api' | 'connectors' | 'pool' | 'events' | 'now' | 'log' | 'buildInput' | 'readActivation'
>;

/** A clock that is set, or a timer that is late, is noticed after this long. */
const LOOK_AGAIN_MS = 10 * 60_000;
/** A connector that cannot keep up with its schedule does not collect executions without end. */
const MAX_QUEUED = 100;
const DEFAULT_DEADLINE = '1h';
const NAME_PREFIX = 40;
const UID_PART = 4;

/** Creates the executions of a connector of type Scheduler, one a slot. */
export function createScheduleReconcile(ports: SchedulePorts): Reconcile {
  return async (key) => {
    const connector = ports.connectors.get(key);
    const scheduler = connector?.spec.scheduler;
    if (connector === null || scheduler === undefined || connector.metadata.deletionTimestamp !== undefined)
      return null;
    const schedule = { expression: scheduler.schedule, timeZone: connector.spec.timeZone ?? 'UTC' };
    const deadlineMs = parseDuration(scheduler.startingDeadline ?? DEFAULT_DEADLINE);
    const isFaulty = scheduleFault(schedule.expression) !== null || timeZoneFault(schedule.timeZone) !== null;
    // The connector is invalid then, and says so itself.
    if (isFaulty || deadlineMs === null) return null;
    const state = { schedule, isWanted: connector.spec.active !== false };
    const refusal = await refusalOf(connector, key, ports);
    const wanted = { state, deadlineMs, catchUp: scheduler.catchUp ?? 'Latest', refusal } as const;
    const initial = { ...state, handledUntil: new Date(connector.metadata.creationTimestamp) };
    const now = ports.now();
    const decided = await decideInLedger(
      ports.pool,
      key,
      initial,
      (stored) => planSchedule(stored, wanted, now),
      (slot) => executionName(connector, slot),
    );
    await launchClaimed(connector, key, ports);
    await recordUnstarted(connector, decided, ports);
    const next = nextSlot(schedule, now);
    const untilNextMs = next === null ? LOOK_AGAIN_MS : next.getTime() - ports.now().getTime();
    return { afterMs: Math.min(LOOK_AGAIN_MS, Math.max(0, untilNextMs)) };
  };
}

async function refusalOf(connector: ConnectorResource, key: Key, ports: SchedulePorts): Promise<Refusal | null> {
  const { state, reason, message } = ports.readActivation(connector, ports.buildInput(connector).scriptHash);
  if (state !== 'Active') {
    return { reason: reason === '' ? state : reason, message: `the connector was not active: ${message}` };
  }
  const queued = await countQueued(ports.pool, key);
  if (queued < MAX_QUEUED) return null;
  return { reason: 'QueueFull', message: `${queued} executions of the connector wait already` };
}

/** The name of a slot's execution, whoever creates it. */
function executionName({ metadata: { name, uid } }: ConnectorResource, slot: Date): string {
  const prefix = name.slice(0, NAME_PREFIX).replace(/[^a-z0-9]+$/, '');
  return `${prefix}-${uid.slice(0, UID_PART)}-${Math.floor(slot.getTime() / 60_000)}`;
}

/** Also what an operator claimed that died before it could create it. */
async function launchClaimed(connector: ConnectorResource, key: Key, ports: SchedulePorts): Promise<void> {
  const claimed = await listClaimed(ports.pool, key);
  for (const { slot, execution } of claimed) {
    await createExecution(connector, execution, { [SCHEDULED_TIME_ANNOTATION]: slot }, ports);
    await markLaunched(ports.pool, key, slot);
    ports.log.info({ namespace: key.namespace, connector: key.name, execution, slot }, 'slot launched');
  }
}

/** The newest slot of each kind that did not run, so that people see it; the ledger has every one. */
async function recordUnstarted(
  connector: ConnectorResource,
  decided: readonly SlotDecision[],
  ports: SchedulePorts,
): Promise<void> {
  for (const state of ['Missed', 'Skipped'] as const) {
    const slots = decided.filter((decision) => decision.state === state);
    const newest = slots.at(-1);
    if (newest === undefined) continue;
    const others = slots.length === 1 ? '' : `; ${slots.length - 1} slots before it did not run either`;
    const message = `the slot of ${newest.slot.toISOString()} did not run: ${newest.message}${others}`;
    const annotations = {
      [SCHEDULED_TIME_ANNOTATION]: newest.slot.toISOString(),
      [SLOT_STATE_ANNOTATION]: state,
      [SLOT_REASON_ANNOTATION]: newest.reason,
      [SLOT_MESSAGE_ANNOTATION]: message,
    };
    await createExecution(connector, executionName(connector, newest.slot), annotations, ports);
    const reason = state === 'Missed' ? 'SlotMissed' : 'SlotSkipped';
    ports.events.record(connector, { type: 'Warning', reason, message });
  }
}

/** One of its name is there already: it is the same slot's. */
async function createExecution(
  { metadata: { name: connector, namespace, uid } }: ConnectorResource,
  name: string,
  annotations: Readonly<Record<string, string>>,
  { api }: SchedulePorts,
): Promise<void> {
  await api.create(EXECUTIONS, {
    apiVersion: API_VERSION,
    kind: EXECUTIONS.kind,
    metadata: {
      name,
      namespace,
      annotations,
      ownerReferences: [{ apiVersion: API_VERSION, kind: CONNECTORS.kind, name: connector, uid, controller: false }],
    },
    spec: { connector, mode: 'Live' },
  });
}
