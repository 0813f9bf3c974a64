import type {
  ConfigMapResource,
  ConnectorResource,
  ExecutionResource,
  JobResource,
  ObjectResource,
  PodResource,
} from '../../api/kinds.ts';
import { EXECUTIONS } from '../../api/kinds.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, OWNER_ANNOTATION } from '../../jobs/pod-parts.ts';
import type { Store, StoreIndex } from '../../runtime/kubernetes-api.ts';
import { byAge, keyOf, type Key } from '../../runtime/resource.ts';
import { executionsByConfigMap, executionsByConnector, inNamespace } from '../indexes.ts';
import { isWaiting } from './is-waiting.ts';

/** The most that a connector may run at once. */
const MAX_EXECUTIONS = 100;

/** By namespace. */
const executionsWaitingForObject: StoreIndex<ExecutionResource> = (execution) => {
  const ready = execution.status?.conditions?.find(({ type }) => type === 'Ready');
  return isWaiting(execution) && ready?.reason === 'WaitingForObject' ? [execution.metadata.namespace] : [];
};

export const executionKeysOfJob = ({ metadata: { namespace, ownerReferences } }: JobResource): Key[] =>
  (ownerReferences ?? []).filter(({ kind }) => kind === EXECUTIONS.kind).map(({ name }) => ({ namespace, name }));

/** Pods of Jobs that validate a connector name that: no execution of its name does harm. */
export function executionKeysOfPod({ metadata: { namespace, labels, annotations } }: PodResource): Key[] {
  const name = annotations?.[OWNER_ANNOTATION];
  return labels?.[MANAGED_BY_LABEL] === MANAGED_BY && name !== undefined ? [{ namespace, name }] : [];
}

/**
 * The oldest that wait: as many as may start. A connector changes with each of its executions, so those further behind would
 * be looked at times without number; what keeps them is looked at now and then.
 */
export function executionKeysOfConnector(
  { metadata: { namespace, name } }: ConnectorResource,
  executions: Store<ExecutionResource>,
): Key[] {
  const waiting = executions.find(executionsByConnector, inNamespace(namespace, name)).filter(isWaiting);
  return waiting.sort(byAge).slice(0, MAX_EXECUTIONS).map(keyOf);
}

export const executionKeysOfConfigMap = (
  { metadata: { namespace, name } }: ConfigMapResource,
  executions: Store<ExecutionResource>,
): Key[] => executions.find(executionsByConfigMap, inNamespace(namespace, name)).filter(isWaiting).map(keyOf);

export const executionKeysOfObject = (
  { metadata: { namespace } }: ObjectResource,
  executions: Store<ExecutionResource>,
): Key[] => executions.find(executionsWaitingForObject, namespace).map(keyOf);
