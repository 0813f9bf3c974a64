import type { ExecutionResource } from '../../api/kinds.ts';
import {
  SCHEDULED_TIME_ANNOTATION,
  SLOT_MESSAGE_ANNOTATION,
  SLOT_REASON_ANNOTATION,
  SLOT_STATE_ANNOTATION,
  TRIGGERED_BY_ANNOTATION,
} from '../../api/annotations.ts';
import type { NewRequest } from '../../database/execution-requests.ts';
import { byAge } from '../../runtime/resource.ts';
import { executionsByConnector, inNamespace } from '../indexes.ts';
import { NEW } from './observe.ts';
import type { ExecutionPorts } from './ports.ts';

/** The executions of the same connector, itself among them where the watch has shown it. */
export const siblingsOf = (
  { metadata, spec }: ExecutionResource,
  { executions }: Pick<ExecutionPorts, 'executions'>,
): readonly ExecutionResource[] =>
  executions.find(executionsByConnector, inNamespace(metadata.namespace, spec.connector));

/**
 * The executions of a connector that wait to be taken into the queue, oldest first: after a time without an operator,
 * they are not taken in the order in which they happen to be looked at.
 *
 * @param siblings of the same connector
 */
export function newRequests(execution: ExecutionResource, siblings: readonly ExecutionResource[]): NewRequest[] {
  const others = siblings.filter(
    ({ status, metadata }) =>
      metadata.uid !== execution.metadata.uid &&
      metadata.deletionTimestamp === undefined &&
      status?.phase === undefined &&
      metadata.creationTimestamp <= execution.metadata.creationTimestamp,
  );
  return [execution, ...others].sort(byAge).map(buildRequest);
}

/** People may write anything there; what is no time of these centuries says nothing. */
function parseSlot(text: string): string | null {
  const time = new Date(text);
  const year = time.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? time.toISOString() : null;
}

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
    scheduledTime: scheduled === undefined ? null : parseSlot(scheduled),
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
  return { ...base, state: 'Queued', phase: 'Queued', reason: NEW, message: 'it was taken into the queue' };
}
