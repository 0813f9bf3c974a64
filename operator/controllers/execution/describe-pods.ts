import type { ContainerStatus, PodResource } from '../../api/kinds.ts';
import { meaningOfExit } from '../../../core/control/exit-codes.ts';
import type { JobView } from './observe.ts';

/** States of a container that every pod goes through. */
const ORDINARY: ReadonlySet<string> = new Set(['PodInitializing', 'ContainerCreating']);

const statuses = ({ status }: PodResource): readonly ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

/** Why pods do not run though they should; null where nothing keeps them. */
export function describeHindrance(pods: readonly PodResource[]): { reason: string; message: string } | null {
  for (const pod of pods) {
    for (const { name, state } of statuses(pod)) {
      const { reason, message } = state?.waiting ?? {};
      if (reason !== undefined && !ORDINARY.has(reason)) {
        return { reason, message: `container ${name} of pod ${pod.metadata.name} waits: ${message ?? reason}` };
      }
    }
    const unscheduled = pod.status?.conditions?.find(
      ({ type, status }) => type === 'PodScheduled' && status === 'False',
    );
    if (unscheduled !== undefined) {
      const message = `no node takes pod ${pod.metadata.name}: ${unscheduled.message ?? unscheduled.reason ?? 'not said why'}`;
      return { reason: unscheduled.reason ?? 'Unschedulable', message };
    }
  }
  return null;
}

/** Whether a container ended because the database was away. */
export const endedByOutage = (pods: readonly PodResource[]): boolean =>
  pods.some((pod) =>
    statuses(pod).some(
      ({ state }) => state?.terminated !== undefined && meaningOfExit(state.terminated.exitCode) === 'Unavailable',
    ),
  );

/** What ended a Job: the container that failed, where a pod is left to tell, else what the Job says. */
export function describeFailure(job: JobView, pods: readonly PodResource[]): string {
  for (const pod of pods) {
    for (const { name, state } of statuses(pod)) {
      const ended = state?.terminated;
      if (ended === undefined || ended.exitCode === 0) continue;
      const reason = ended.reason === undefined || ended.reason === 'Error' ? '' : ` (${ended.reason})`;
      const said = ended.message === undefined ? '' : `: ${ended.message.trim()}`;
      return `container ${name} of Job ${job.name} ended with status ${ended.exitCode}${reason}${said}`;
    }
  }
  return `Job ${job.name} failed: ${job.message ?? job.reason ?? 'not said why'}`;
}
