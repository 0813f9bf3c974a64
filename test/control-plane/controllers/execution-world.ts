import { pino } from 'pino';
import { expect } from 'vitest';
import { statusFaults } from '../../../core/control/status-invariants.ts';
import { resolveConnector } from '../../../core/validate/resolve-connectors.ts';
import {
  API_VERSION,
  CONFIG_MAPS,
  CONNECTORS,
  EXECUTIONS,
  JOBS,
  OBJECTS,
  PODS,
  type ConnectorResource,
  type ExecutionResource,
} from '../../../operator/api/kinds.ts';
import type { ExecutionPorts } from '../../../operator/controllers/execution/ports.ts';
import { createExecutionReconcile } from '../../../operator/controllers/execution/reconcile.ts';
import type { Store } from '../../../operator/runtime/kubernetes-api.ts';
import { ObjectCache } from '../../../operator/runtime/object-cache.ts';
import type { Resource, ResourceKind } from '../../../operator/runtime/resource.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import type { TestApiServer } from '../../support/api-server.ts';
import type { freshPool } from '../../support/postgres.ts';
import { ACTIVE, JOB_SETTINGS, RESULT, manifestOf } from './execution-fixture.ts';

/**
 * A namespace with an object, an input and the connector `vendors`, in which executions are reconciled one look at a time. The test
 * plays runner and Job controller.
 */
export async function createExecutionWorld(server: TestApiServer, database: Awaited<ReturnType<typeof freshPool>>) {
  const namespace = await server.freshNamespace();
  const lookedAgain: string[] = [];
  /** What a test changes on its way. */
  const state = { now: new Date('2026-01-31T06:00:00Z'), activation: ACTIVE, maxRunning: 100 };
  await database.pool.query(sql`TRUNCATE smartconnector.execution_request, smartconnector.execution CASCADE`);
  await server.api.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'input', namespace },
    data: { 'a.csv': 'name\nAcme\n' },
  });
  await server.api.create(OBJECTS, {
    apiVersion: API_VERSION,
    kind: 'KizenObject',
    metadata: { name: 'vendor', namespace },
    spec: { displayName: 'Vendor', fields: [{ name: 'name', type: 'Text' }] },
  });
  await server.api.patch(
    OBJECTS,
    { namespace, name: 'vendor' },
    {
      status: {
        conditions: [
          { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: state.now.toISOString() },
        ],
      },
    },
    'status',
  );
  const createConnector = (name: string, over: object = {}) =>
    server.api.create(CONNECTORS, {
      apiVersion: API_VERSION,
      kind: 'SmartConnector',
      metadata: { name, namespace },
      spec: {
        type: 'Spreadsheet',
        executionVariables: [{ name: 'name', type: 'String' }],
        loadSteps: [
          {
            name: 'vendors',
            object: 'vendor',
            matching: [{ field: 'name', variable: 'name' }],
            mapping: [{ field: 'name', variables: ['name'] }],
          },
        ],
        ...over,
      },
    });

  const create = (name: string, spec: object = {}) =>
    server.api.create(EXECUTIONS, {
      apiVersion: API_VERSION,
      kind: 'SmartConnectorExecution',
      metadata: { name, namespace },
      spec: { connector: 'vendors', input: { configMapKeyRef: { name: 'input', key: 'a.csv' } }, ...spec },
    });

  const snapshotOf = async <T extends Resource>(kind: ResourceKind<T>): Promise<Store<T>> =>
    new ObjectCache(kind, await server.api.list(kind, { namespace: null }));

  async function ports(): Promise<ExecutionPorts> {
    const objects = await snapshotOf(OBJECTS);
    return {
      api: server.api,
      executions: await snapshotOf(EXECUTIONS),
      connectors: await snapshotOf(CONNECTORS),
      objects,
      configMaps: await snapshotOf(CONFIG_MAPS),
      jobs: await snapshotOf(JOBS),
      pods: await snapshotOf(PODS),
      pool: database.pool,
      events: { record: () => undefined },
      now: () => state.now,
      log: pino({ level: 'silent' }),
      settings: { maxRunning: state.maxRunning, jobs: JOB_SETTINGS },
      buildInput: (connector: ConnectorResource) => {
        const found = resolveConnector(
          [connector, ...objects.list(namespace)].map(manifestOf),
          connector.metadata.name,
          namespace,
        );
        return { ...found, scriptHash: 'hash-of-script', environmentHash: 'hash-of-environment' };
      },
      readActivation: () => state.activation,
      lookAgain: ({ name }) => lookedAgain.push(name),
      prepareNamespace: () => Promise.resolve(),
      buildLink: (uid, download) => `http://links/${uid}/${download}`,
    };
  }

  async function reconcile(name: string): Promise<ExecutionResource | null> {
    await createExecutionReconcile(await ports())({ namespace, name }, new AbortController().signal);
    const left = await server.api.get(EXECUTIONS, { namespace, name });
    if (left !== null) expect(statusFaults(left)).toEqual([]);
    return left;
  }

  const readyOf = (execution: ExecutionResource | null) => {
    const ready = execution?.status?.conditions?.find(({ type }) => type === 'Ready');
    return [execution?.status?.phase, ready?.reason];
  };
  const jobNames = async (): Promise<string[]> =>
    (await server.api.list(JOBS, { namespace })).map(({ metadata }) => metadata.name).sort();

  async function begin(execution: ExecutionResource | null): Promise<void> {
    const uid = execution?.metadata.uid ?? '';
    await database.pool.query(sql`
      UPDATE smartconnector.execution SET attempt = attempt + 1, phase = 'Running',
        progress = '{"stage": "Load", "step": "vendors", "rowsDone": 2, "rowsTotal": 5}' WHERE id = ${uid}`);
  }
  async function storeResult(execution: ExecutionResource | null, phase = 'Succeeded'): Promise<void> {
    const uid = execution?.metadata.uid ?? '';
    const result = JSON.stringify({ ...RESULT, phase });
    await database.pool.query(sql`
      UPDATE smartconnector.execution SET phase = ${phase}, result = ${result}::json, ended_at = now() WHERE id = ${uid}`);
  }
  async function failJob(name: string, reason = 'BackoffLimitExceeded'): Promise<void> {
    const at = new Date().toISOString();
    const condition = (type: string) => ({
      type,
      status: 'True',
      reason,
      message: 'it failed',
      lastTransitionTime: at,
    });
    await server.api.patch(
      JOBS,
      { namespace, name },
      { status: { startTime: at, failed: 1, conditions: [condition('FailureTarget'), condition('Failed')] } },
      'status',
    );
  }
  async function removeJobs(): Promise<void> {
    for (const name of await jobNames()) {
      await server.api.patch(JOBS, { namespace, name }, { metadata: { finalizers: null } });
      await server.api.delete(JOBS, { namespace, name }, { propagationPolicy: 'Background' });
      await server.api.patch(JOBS, { namespace, name }, { metadata: { finalizers: null } });
    }
    expect(await jobNames()).toEqual([]);
  }

  await createConnector('vendors');
  return Object.assign(state, {
    server,
    database,
    namespace,
    lookedAgain,
    ports,
    createConnector,
    create,
    reconcile,
    readyOf,
    jobNames,
    begin,
    storeResult,
    failJob,
    removeJobs,
  });
}

export type ExecutionWorld = Awaited<ReturnType<typeof createExecutionWorld>>;
