import type {
  ConfigMapResource,
  ConnectorResource,
  ExecutionResource,
  JobResource,
  ObjectResource,
  PodResource,
} from '../../api/kinds.ts';
import { EXECUTIONS } from '../../api/kinds.ts';
import { QUOTA_EXCEEDED } from '../../database/execution-queue.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, OWNER_ANNOTATION } from '../../jobs/pod-parts.ts';
import type { Store } from '../../runtime/kubernetes-api.ts';
import type { Key, Resource } from '../../runtime/resource.ts';
import { hasEnded } from './reconcile.ts';

/** Those that ended longer ago have woken who waited for them. */
const RECENT_MS = 10 * 60_000;
const WOKEN_AT_ONCE = 3;

const keyOf = ({ metadata: { namespace, name } }: Resource): Key => ({ namespace, name });

const isWaiting = (execution: ExecutionResource): boolean =>
  execution.status?.phase === 'Queued' || (execution.status?.phase === undefined && !hasEnded(execution));

const reasonOf = ({ status }: ExecutionResource): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

export const executionKeysOfJob = ({ metadata: { namespace, ownerReferences } }: JobResource): Key[] =>
  (ownerReferences ?? []).filter(({ kind }) => kind === EXECUTIONS.kind).map(({ name }) => ({ namespace, name }));

/** Pods of Jobs that validate a connector name that: no execution of its name does harm. */
export function executionKeysOfPod({ metadata: { namespace, labels, annotations } }: PodResource): Key[] {
  const name = annotations?.[OWNER_ANNOTATION];
  return labels?.[MANAGED_BY_LABEL] === MANAGED_BY && name !== undefined ? [{ namespace, name }] : [];
}

export const executionKeysOfConnector = (
  { metadata: { namespace, name } }: ConnectorResource,
  executions: Store<ExecutionResource>,
): Key[] =>
  executions
    .list(namespace)
    .filter((execution) => execution.spec.connector === name && isWaiting(execution))
    .map(keyOf);

export const executionKeysOfConfigMap = (
  { metadata: { namespace, name } }: ConfigMapResource,
  executions: Store<ExecutionResource>,
): Key[] =>
  executions
    .list(namespace)
    .filter((execution) => execution.spec.input?.configMapKeyRef?.name === name && isWaiting(execution))
    .map(keyOf);

export const executionKeysOfObject = (
  { metadata: { namespace } }: ObjectResource,
  executions: Store<ExecutionResource>,
): Key[] =>
  executions
    .list(namespace)
    .filter((execution) => isWaiting(execution) && reasonOf(execution) === 'WaitingForObject')
    .map(keyOf);

/** Itself; and when it has ended, the next ones of its connector and those that wait for room in the cluster. */
export function executionKeysOfExecution(
  execution: ExecutionResource,
  executions: Store<ExecutionResource>,
  now: Date,
): Key[] {
  const own = keyOf(execution);
  const { endedAt } = execution.status ?? {};
  const isRecent = endedAt !== undefined && now.getTime() - Date.parse(endedAt) < RECENT_MS;
  if (!hasEnded(execution) || !isRecent) return [own];
  const { namespace } = execution.metadata;
  const byAge = (a: ExecutionResource, b: ExecutionResource): number =>
    a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1;
  const next = executions
    .list(namespace)
    .filter((other) => other.spec.connector === execution.spec.connector && isWaiting(other))
    .sort(byAge)
    .slice(0, WOKEN_AT_ONCE);
  const first = new Map<string, ExecutionResource>();
  for (const other of executions
    .list(null)
    .filter((one) => isWaiting(one) && reasonOf(one) === QUOTA_EXCEEDED)
    .sort(byAge)) {
    if (!first.has(other.metadata.namespace)) first.set(other.metadata.namespace, other);
  }
  return [own, ...[...next, ...first.values()].map(keyOf)];
}
