import {
  SCHEDULED_TIME_ANNOTATION,
  SLOT_MESSAGE_ANNOTATION,
  SLOT_REASON_ANNOTATION,
  SLOT_STATE_ANNOTATION,
} from '../../api/annotations.ts';
import { executionName } from '../../api/execution-name.ts';
import { durably } from '../../../runner/faults/fault-point.ts';
import {
  API_VERSION,
  CONNECTORS,
  EXECUTIONS,
  type ConnectorResource,
  type ExecutionResource,
} from '../../api/kinds.ts';
import { markLaunched, markRecorded, type ClaimedSlot, type UnrecordedSlot } from '../../database/schedule-ledger.ts';
import type { Key } from '../../runtime/resource.ts';
import { FINALIZER } from '../execution/decide.ts';
import { newRequests, siblingsOf } from '../execution/new-requests.ts';
import type { SchedulePorts } from './ports.ts';

/** Enough to tell connectors apart whose names begin with the same 40 characters. */
const UID_PART = 8;

/** The name of a slot's execution, whoever creates it. */
export const nameOfSlot = ({ metadata: { name, uid } }: ConnectorResource, slot: Date): string =>
  executionName(name, `${uid.slice(0, UID_PART)}-${Math.floor(slot.getTime() / 60_000)}`);

/** Creates the executions of slots, and takes them into the queue. */
export async function launchClaimed(
  connector: ConnectorResource,
  key: Key,
  claimed: readonly ClaimedSlot[],
  ports: SchedulePorts,
): Promise<void> {
  for (const { slot, execution } of claimed) {
    const created = await createExecution(connector, execution, { [SCHEDULED_TIME_ANNOTATION]: slot }, ports);
    // One that was there already is taken into the queue as all others are.
    const requests = created === null ? [] : newRequests(created, siblingsOf(created, ports));
    await durably('slot-launched', () => markLaunched(ports.pool, key, slot, requests));
    ports.log.info({ namespace: key.namespace, connector: key.name, execution, slot }, 'slot launched');
  }
}

/** The newest slot of each kind that did not run, so that people see it; the ledger has every one. */
export async function recordUnstarted(
  connector: ConnectorResource,
  key: Key,
  unrecorded: readonly UnrecordedSlot[],
  ports: SchedulePorts,
): Promise<void> {
  for (const { slot, execution, state, reason, message } of unrecorded) {
    const annotations = {
      [SCHEDULED_TIME_ANNOTATION]: slot,
      [SLOT_STATE_ANNOTATION]: state,
      [SLOT_REASON_ANNOTATION]: reason,
      [SLOT_MESSAGE_ANNOTATION]: message,
    };
    await createExecution(connector, execution, annotations, ports);
    const note = { type: 'Warning', reason: state === 'Missed' ? 'SlotMissed' : 'SlotSkipped', message } as const;
    ports.events.record(connector, note);
    await durably('slot-recorded', () => markRecorded(ports.pool, key, slot));
  }
}

/** @returns null where one of its name is there already: it is the same slot's */
async function createExecution(
  { metadata: { name: connector, namespace, uid } }: ConnectorResource,
  name: string,
  annotations: Readonly<Record<string, string>>,
  { api }: SchedulePorts,
): Promise<ExecutionResource | null> {
  const owner = { apiVersion: API_VERSION, kind: CONNECTORS.kind, name: connector, uid, controller: false };
  // With the finalizer that the execution's own controller would give it before it does anything: one request less a slot.
  const metadata = { name, namespace, annotations, finalizers: [FINALIZER], ownerReferences: [owner] };
  const spec = { connector, mode: 'Live' };
  return durably('slot-execution', () =>
    api.create(EXECUTIONS, { apiVersion: API_VERSION, kind: EXECUTIONS.kind, metadata, spec }),
  );
}
