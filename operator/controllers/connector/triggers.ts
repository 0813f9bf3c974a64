import type {
  ConfigMapResource,
  ConnectorResource,
  ExecutionResource,
  JobResource,
  ObjectResource,
} from '../../api/kinds.ts';
import { API_VERSION, CONNECTORS } from '../../api/kinds.ts';
import type { Store } from '../../runtime/kubernetes-api.ts';
import { keyOf, type Key } from '../../runtime/resource.ts';
import { connectorsByConfigMap, connectorsByObject, inNamespace, objectsByTarget } from '../indexes.ts';
import { OWNER_ANNOTATION } from '../../jobs/pod-parts.ts';
import type { ConnectorSources } from './connector-input.ts';
import { isValidateJob } from './job-state.ts';

/** The connectors that an object matters to, also where it is gone or was missing. */
export function connectorKeysOfObject(
  { metadata: { namespace, name } }: ObjectResource,
  connectors: Store<ConnectorResource>,
  { objects }: Pick<ConnectorSources, 'objects'>,
): Key[] {
  const names = new Set([name]);
  // A set goes on to what is added meanwhile: the objects whose relationships lead here, whatever the way.
  for (const target of names) {
    for (const { metadata } of objects.find(objectsByTarget, inNamespace(namespace, target))) names.add(metadata.name);
  }
  const found = [...names].flatMap((one) => connectors.find(connectorsByObject, inNamespace(namespace, one)));
  return [...new Set(found)].map(keyOf);
}

export function connectorKeysOfConfigMap(
  { metadata: { namespace, name } }: ConfigMapResource,
  connectors: Store<ConnectorResource>,
): Key[] {
  return connectors.find(connectorsByConfigMap, inNamespace(namespace, name)).map(keyOf);
}

/** Not of one that nobody has looked at yet: its connector does not tell of it. */
export const connectorKeysOfExecution = ({ metadata: { namespace }, spec, status }: ExecutionResource): Key[] =>
  status?.phase === undefined ? [] : [{ namespace, name: spec.connector }];

/** Of a Job that validates a connector; one that lost its owner still says for whom it is. */
export function connectorKeysOfJob(job: JobResource): Key[] {
  const { namespace, ownerReferences, annotations } = job.metadata;
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  if (owner !== undefined) {
    const isOurs = owner.kind === CONNECTORS.kind && owner.apiVersion === API_VERSION;
    return isOurs ? [{ namespace, name: owner.name }] : [];
  }
  const name = annotations?.[OWNER_ANNOTATION];
  return isValidateJob(job) && name !== undefined ? [{ namespace, name }] : [];
}
