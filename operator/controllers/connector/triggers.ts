import type {
  ConfigMapResource,
  ConnectorResource,
  ExecutionResource,
  JobResource,
  ObjectResource,
} from '../../api/kinds.ts';
import { API_VERSION, CONNECTORS } from '../../api/kinds.ts';
import type { Store } from '../../runtime/kubernetes-api.ts';
import type { Key } from '../../runtime/resource.ts';
import { configMapNames, referredNames, type ConnectorSources } from './connector-input.ts';

const keyOf = ({ metadata: { namespace, name } }: ConnectorResource): Key => ({ namespace, name });

/** The connectors that an object matters to, also where it is gone or was missing. */
export function connectorKeysOfObject(
  { metadata: { namespace, name } }: ObjectResource,
  connectors: Store<ConnectorResource>,
  { objects }: ConnectorSources,
): Key[] {
  return connectors
    .list(namespace)
    .filter(({ spec }) => referredNames(spec, namespace, objects).has(name))
    .map(keyOf);
}

export function connectorKeysOfConfigMap(
  { metadata: { namespace, name } }: ConfigMapResource,
  connectors: Store<ConnectorResource>,
): Key[] {
  return connectors
    .list(namespace)
    .filter(({ spec }) => configMapNames(spec).includes(name))
    .map(keyOf);
}

export const connectorKeysOfExecution = ({ metadata: { namespace }, spec }: ExecutionResource): Key[] => [
  { namespace, name: spec.connector },
];

/** Of a Job that validates a connector. */
export function connectorKeysOfJob({ metadata: { namespace, ownerReferences } }: JobResource): Key[] {
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  const isOurs = owner?.kind === CONNECTORS.kind && owner.apiVersion === API_VERSION;
  return isOurs ? [{ namespace, name: owner.name }] : [];
}
