import type { ExecutionResource } from '../../api/kinds.ts';

/** Whether an execution has not started, as its status says. */
export const isWaiting = ({ status }: ExecutionResource): boolean =>
  status?.phase === undefined || status.phase === 'Queued';
