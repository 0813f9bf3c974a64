import { API_VERSION, CONFIG_MAPS, CONNECTORS, OBJECTS } from '../../operator/api/kinds.ts';
import type { NewResource } from '../../operator/runtime/kubernetes-api.ts';
import type { Key, Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { inParallel } from './in-parallel.ts';

export const NAMESPACES: ResourceKind = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces' };

const CONNECTORS_PER_NAMESPACE = 100;
const OBJECTS_PER_NAMESPACE = 5;
const AT_ONCE = 8;
/** Comes due in no benchmark. */
export const NEVER = '0 0 1 1 *';

export const connectorKey = (index: number): Key => ({
  namespace: `team-${Math.floor(index / CONNECTORS_PER_NAMESPACE)}`,
  name: `connector-${index}`,
});

/** What people have: namespaces of a hundred connectors, which share some objects and a script in a ConfigMap. */
export async function createResources(api: RestApi, connectors: number): Promise<void> {
  const namespaces = Math.ceil(connectors / CONNECTORS_PER_NAMESPACE);
  for (let index = 0; index < namespaces; index++) {
    const namespace = `team-${index}`;
    await mustCreate(api, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await mustCreate(api, CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'shared', namespace },
      data: { 'script.sql': SCRIPT },
    });
    for (let one = 0; one < OBJECTS_PER_NAMESPACE; one++) {
      await mustCreate(api, OBJECTS, buildObject(namespace, `object-${one}`));
    }
  }
  await inParallel(connectors, AT_ONCE, (index) =>
    mustCreate(api, CONNECTORS, buildConnector(connectorKey(index), index)),
  );
}

/** @throws Error where it is there already: the benchmark would not measure what it made */
export async function mustCreate<T extends Resource>(
  api: RestApi,
  kind: ResourceKind<T>,
  resource: NewResource,
): Promise<T> {
  const created = await api.create(kind, resource);
  if (created === null) throw new Error(`${kind.kind} ${resource.metadata.name} is there already`);
  return created;
}

const SCRIPT = `CREATE TABLE output.rows AS
SELECT number AS key, concat('name of ', toString(number)) AS name, number * 1.5 AS amount FROM numbers(100)`;

const buildObject = (namespace: string, name: string): NewResource => ({
  apiVersion: API_VERSION,
  kind: OBJECTS.kind,
  metadata: { name, namespace },
  spec: {
    displayName: name,
    fields: [
      { name: 'key', type: 'Integer' },
      { name: 'name', type: 'Text' },
      { name: 'amount', type: 'Decimal' },
    ],
  },
});

/** Every other one has its script in the ConfigMap of its namespace. */
export function buildConnector({ namespace, name }: Key, index: number): NewResource {
  const script =
    index % 2 === 0
      ? { script: `-- ${name}\n${SCRIPT}` }
      : { scriptFrom: { configMapKeyRef: { name: 'shared', key: 'script.sql' } } };
  return {
    apiVersion: API_VERSION,
    kind: CONNECTORS.kind,
    metadata: { name, namespace },
    spec: {
      displayName: name,
      type: 'Scheduler',
      scheduler: { schedule: NEVER },
      sql: script,
      executionVariables: [
        { name: 'key', scope: 'rows', type: 'Number', required: true },
        { name: 'name', scope: 'rows', type: 'String' },
        { name: 'amount', scope: 'rows', type: 'Number' },
      ],
      loadSteps: [
        {
          name: 'load',
          object: `object-${index % OBJECTS_PER_NAMESPACE}`,
          scope: 'rows',
          matching: [{ field: 'key', variable: 'key' }],
          mapping: [
            { field: 'key', variables: ['key'] },
            { field: 'name', variables: ['name'] },
            { field: 'amount', variables: ['amount'] },
          ],
        },
      ],
    },
  };
}
