import { findCondition } from '../../../core/control/conditions.ts';
import type { KizenObjectStatus } from '../../../core/generated/types.ts';
import { OBJECTS, type ConnectorResource, type ExecutionResource, type ObjectResource } from '../../api/kinds.ts';
import { estimateRecords } from '../../database/object-records.ts';
import type { Store } from '../../runtime/kubernetes-api.ts';
import type { Reconcile } from '../../runtime/reconciler.ts';
import type { Key } from '../../runtime/resource.ts';
import { inNamespace, objectsByTarget } from '../indexes.ts';
import { retryable } from '../retryable.ts';
import { writeStatus } from '../write-status.ts';
import { apply } from './apply.ts';
import { decide, type Decision } from './decide.ts';
import { observe } from './observe.ts';
import type { ObjectPorts } from './ports.ts';
import { summarize } from './summarize.ts';

/** Tables may be changed by hand, and records by others than executions. */
const RESYNC_MS = 600_000;

/** Keeps the table of an object as the object says. Deleting an object leaves its table and records where they are. */
export function createObjectReconcile(ports: ObjectPorts): Reconcile {
  return async (key) => {
    const resource = ports.objects.get(key);
    if (resource === null || resource.metadata.deletionTimestamp !== undefined) return null;
    let decision: Decision | null = null;
    let recordCount: number | null = null;
    let failure = null;
    try {
      decision = decide(await observe(resource, ports));
      await apply(decision, ports);
      if (decision.kind === 'Migrate') recordCount = await estimateRecords(ports.pool, key.namespace, key.name);
    } catch (error) {
      failure = retryable(error);
    }
    const status = summarize({ resource, decision, failure, recordCount }, ports.now());
    const isWritten = await writeStatus(ports.api, OBJECTS, resource, status, 'object-status');
    if (isWritten) recordTransition(resource, status, ports);
    if (failure !== null) throw failure;
    return { afterMs: RESYNC_MS };
  };
}

function recordTransition(resource: ObjectResource, status: KizenObjectStatus, { events }: ObjectPorts): void {
  const before = findCondition(resource.status?.conditions, 'Ready');
  const ready = findCondition(status.conditions, 'Ready');
  const isSame =
    ready?.status === before?.status && ready?.reason === before?.reason && ready?.message === before?.message;
  // An outage is told of by the condition, and comes over all objects at once.
  if (ready === null || isSame || ready.reason === 'ProgressingWithRetry') return;
  const type = ready.status === 'True' ? 'Normal' : 'Warning';
  events.record(resource, { type, reason: ready.reason, message: ready.message });
}

/** The objects whose relationships lead to this one or to one that this one leads to: a clash may be gone. */
export function objectKeysOfObject(resource: ObjectResource, objects: Store<ObjectResource>): Key[] {
  const { namespace, name } = resource.metadata;
  const matters = new Set([name, ...resource.spec.fields.flatMap(({ object }) => object ?? [])]);
  const found = [...matters].flatMap((target) => objects.find(objectsByTarget, inNamespace(namespace, target)));
  const names = new Set(found.map(({ metadata }) => metadata.name));
  names.delete(name);
  return [...names].map((one) => ({ namespace, name: one }));
}

/** The objects that an execution which has ended wrote to: they have other numbers of records now. */
export function objectKeysOfExecution(
  { metadata: { namespace }, spec, status }: ExecutionResource,
  connectors: Store<ConnectorResource>,
): Key[] {
  if (status?.endedAt === undefined) return [];
  const connector = connectors.get({ namespace, name: spec.connector });
  const names = new Set(connector?.spec.loadSteps.map(({ object }) => object));
  return [...names].map((name) => ({ namespace, name }));
}
