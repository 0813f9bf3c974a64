import { CONNECTORS, EXECUTIONS, JOBS } from '../../operator/api/kinds.ts';
import type { NewResource } from '../../operator/runtime/kubernetes-api.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { inParallel } from './in-parallel.ts';
import { buildConnector, mustCreate, NAMESPACES } from './resources.ts';

/** Seconds of what nobody can do without, by a bare client without any thought: the same requests, as many at once. */
export interface Floor {
  /** Listing all connectors. */
  readonly list: number;
  /** One patch of the status of each. */
  readonly patch: number;
  /** Creating a Job for each. */
  readonly jobs: number;
  /** Creating an execution for each. */
  readonly executions: number;
}

/** As many objects of one controller as the operator works on at once. */
const AT_ONCE = 4;
const NAMESPACE = 'floor';

/** Measured in a namespace of its own, which is empty afterwards, while no operator runs. */
export async function measureFloor(api: RestApi, count: number): Promise<Floor> {
  await mustCreate(api, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const name = (index: number): string => `floor-${index}`;
  await inParallel(count, 8, (index) =>
    mustCreate(api, CONNECTORS, buildConnector({ namespace: NAMESPACE, name: name(index) }, index)),
  );
  const floor = {
    list: await timed(() => api.list(CONNECTORS, { namespace: NAMESPACE })),
    patch: await timed(() =>
      inParallel(count, AT_ONCE, (index) =>
        api.patch(CONNECTORS, { namespace: NAMESPACE, name: name(index) }, { status: { queueLength: 1 } }, 'status'),
      ),
    ),
    jobs: await timed(() => inParallel(count, AT_ONCE, (index) => mustCreate(api, JOBS, buildJob(name(index))))),
    executions: await timed(() =>
      inParallel(count, AT_ONCE, (index) => mustCreate(api, EXECUTIONS, buildExecution(name(index)))),
    ),
  };
  await inParallel(count, 8, async (index) => {
    const key = { namespace: NAMESPACE, name: name(index) };
    await api.delete(CONNECTORS, key);
    await api.delete(EXECUTIONS, key);
    await api.delete(JOBS, key, { propagationPolicy: 'Background' });
  });
  return floor;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

const buildJob = (name: string): NewResource => ({
  apiVersion: JOBS.apiVersion,
  kind: JOBS.kind,
  metadata: { name, namespace: NAMESPACE },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'one', image: 'none' }] } } },
});

const buildExecution = (name: string): NewResource => ({
  apiVersion: EXECUTIONS.apiVersion,
  kind: EXECUTIONS.kind,
  metadata: { name, namespace: NAMESPACE },
  spec: { connector: name, mode: 'Live' },
});
