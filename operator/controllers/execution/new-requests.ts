import type { ExecutionResource } from '../../api/kinds.ts';
import {
  SCHEDULED_TIME_ANNOTATION,
  SLOT_MESSAGE_ANNOTATION,
  SLOT_REASON_ANNOTATION,
  SLOT_STATE_ANNOTATION,
} from '../../api/annotations.ts';
import type { NewRequest } from '../../database/execution-requests.ts';
import { TRIGGERED_BY_ANNOTATION } from '../../http/uploads.ts';

/**
 * The executions of a connector that wait to be taken into the queue, oldest first: after a time without an operator,
 * they are not taken in the order in which they happen to be looked at.
 *
 * @param siblings of the same namespace
 */
export function newRequests(execution: ExecutionResource, siblings: readonly ExecutionResource[]): NewRequest[] {
  const others = siblings.filter(
    ({ spec, status, metadata }) =>
      spec.connector === execution.spec.connector &&
      metadata.uid !== execution.metadata.uid &&
      metadata.deletionTimestamp === undefined &&
      status?.phase === undefined &&
      metadata.creationTimestamp <= execution.metadata.creationTimestamp,
  );
  const byAge = (a: ExecutionResource, b: ExecutionResource): number =>
    compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || compare(a.metadata.name, b.metadata.name);
  return [execution, ...others].sort(byAge).map(buildRequest);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function buildRequest({ metadata, spec }: ExecutionResource): NewRequest {
  const annotations = metadata.annotations ?? {};
  const scheduled = annotations[SCHEDULED_TIME_ANNOTATION];
  const base = {
    uid: metadata.uid,
    namespace: metadata.namespace,
    connector: spec.connector,
    name: metadata.name,
    mode: spec.mode ?? 'Live',
    trigger: scheduled === undefined ? 'Manual' : 'Schedule',
    triggeredBy: annotations[TRIGGERED_BY_ANNOTATION] ?? null,
    scheduledTime:
      scheduled === undefined || Number.isNaN(Date.parse(scheduled)) ? null : new Date(scheduled).toISOString(),
  } as const;
  const slot = annotations[SLOT_STATE_ANNOTATION];
  if (slot === 'Skipped' || slot === 'Missed') {
    const reason = annotations[SLOT_REASON_ANNOTATION] ?? slot;
    const message = annotations[SLOT_MESSAGE_ANNOTATION] ?? '';
    return {
      ...base,
      state: 'Ended',
      phase: slot,
      reason: /^[A-Z][A-Za-z0-9]*$/.test(reason) ? reason : slot,
      message,
    };
  }
  return { ...base, state: 'Queued', phase: 'Queued', reason: 'New', message: 'it was taken into the queue' };
}
