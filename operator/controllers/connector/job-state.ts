import type { JobResource, PodResource } from '../../api/kinds.ts';
import { COMPONENT_LABEL } from '../../jobs/pod-parts.ts';

/** How far a Job that validates a connector is. */
export interface JobState {
  readonly state: 'Active' | 'Complete' | 'Failed';
  /** Null: unknown, or not yet. */
  readonly endedAt: Date | null;
  /** What its end was put down to. */
  readonly message: string;
}

const VALIDATE = 'validate';

/** Labels of a Job can be edited; the template of its pods cannot. */
export const isValidateJob = ({ metadata, spec }: JobResource): boolean =>
  metadata.labels?.[COMPONENT_LABEL] === VALIDATE || spec?.template?.metadata?.labels?.[COMPONENT_LABEL] === VALIDATE;

/** How long a pod may look for a node before its validation gives its place to another one. */
const PLACE_MS = 60_000;

/**
 * Whether a validation that has not ended counts against those that may be tried at once. One whose pod no node takes, or
 * that has none, uses nothing: with as many of them as there are places, no other would ever be tried.
 *
 * @param pods of the Job
 */
export function takesPlace({ metadata }: JobResource, pods: readonly PodResource[], now: Date): boolean {
  if (now.getTime() - Date.parse(metadata.creationTimestamp) < PLACE_MS) return true;
  return pods.some(
    ({ status }) => status?.conditions?.some((one) => one.type === 'PodScheduled' && one.status === 'False') !== true,
  );
}

/** By the terminal conditions only: the others say what is about to become of a Job. */
export function readJobState({ status }: JobResource): JobState {
  for (const { type, status: holds, reason, message, lastTransitionTime } of status?.conditions ?? []) {
    if (holds !== 'True' || (type !== 'Complete' && type !== 'Failed')) continue;
    const endedAt = lastTransitionTime === undefined ? null : new Date(lastTransitionTime);
    return { state: type, endedAt, message: [reason, message].filter((text) => text !== undefined).join(': ') };
  }
  return { state: 'Active', endedAt: null, message: '' };
}
