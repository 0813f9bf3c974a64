import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
import type { Activation, ExecutionPorts } from '../../../operator/controllers/execution/ports.ts';
import { createExecutionReconcile, sweepRequests } from '../../../operator/controllers/execution/reconcile.ts';
import type { Store } from '../../../operator/runtime/kubernetes-api.ts';
import type { Resource, ResourceKind } from '../../../operator/runtime/resource.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { findExecution } from '../../../runner/executions/executions.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { freshPool } from '../../support/postgres.ts';
import { ACTIVE, JOB_SETTINGS, RESULT, manifestOf } from './execution-fixture.ts';

describeWithApiServer('the execution controller on a real API server', () => {
  let server: TestApiServer;
  let database: Awaited<ReturnType<typeof freshPool>>;
  let namespace: string;
  let now: Date;
  let activation: Activation;
  let maxRunning: number;

  beforeAll(async () => {
    server = await startApiServer();
    database = await freshPool();
    await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  });
  afterAll(async () => {
    await database.drop();
    await server.stop();
  });
  beforeEach(async () => {
    namespace = await server.freshNamespace();
    await database.pool.query(sql`TRUNCATE smartconnector.execution_request, smartconnector.execution CASCADE`);
    now = new Date('2026-01-31T06:00:00Z');
    activation = ACTIVE;
    maxRunning = 100;
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
            { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: now.toISOString() },
          ],
        },
      },
      'status',
    );
    await createConnector('vendors');
  });

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

  async function snapshotOf<T extends Resource>(kind: ResourceKind<T>): Promise<Store<T>> {
    const items = await server.api.list(kind, { namespace: null });
    const list = (of: string | null): readonly T[] =>
      items.filter(({ metadata }) => of === null || metadata.namespace === of);
    return { kind, list, get: (key) => list(key.namespace).find(({ metadata }) => metadata.name === key.name) ?? null };
  }

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
      now: () => now,
      log: pino({ level: 'silent' }),
      settings: {
        maxRunning,
        jobs: JOB_SETTINGS,
      },
      buildInput: (connector: ConnectorResource) => {
        const found = resolveConnector(
          [connector, ...objects.list(namespace)].map(manifestOf),
          connector.metadata.name,
          namespace,
        );
        return { ...found, scriptHash: 'hash-of-script', environmentHash: 'hash-of-environment' };
      },
      readActivation: () => activation,
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

  test('an execution becomes one Job, tells how far it is, and ends as its runner stored', async () => {
    await create('one');
    const pending = await reconcile('one');
    expect(readyOf(pending)).toEqual(['Pending', 'Starting']);
    expect(pending?.status).toMatchObject({ attempt: 1, revision: 'hash-of-script', job: (await jobNames())[0] });
    const row = await database.pool.withConnection(({ pg }) => findExecution(pg, pending?.metadata.uid ?? ''));
    expect(row).toMatchObject({ phase: 'Pending', name: 'one', inputName: 'a.csv', connector: 'vendors' });
    await begin(pending);
    const running = await reconcile('one');
    expect(running?.status).toMatchObject({ phase: 'Running', stage: 'Load', progress: { text: '2/5 (40%)' } });
    await storeResult(pending);
    const ended = await reconcile('one');
    expect(readyOf(ended)).toEqual(['Succeeded', 'Succeeded']);
    expect(ended?.status).toMatchObject({
      totals: { written: 3, problems: 1 },
      steps: [{ name: 'vendors', created: 2, updated: 1 }],
      links: { input: `http://links/${pending?.metadata.uid ?? ''}/input` },
    });
    expect(ended?.status?.progress).toBeUndefined();
    expect(ended?.metadata.finalizers ?? []).toEqual([]);
    expect(await jobNames()).toHaveLength(1);
  });

  test('the executions of a connector run one after another, in the order in which they were created', async () => {
    await create('a-second');
    await create('b-first');
    expect(readyOf(await reconcile('b-first'))).toEqual(['Queued', 'WaitingForTurn']);
    const first = await reconcile('a-second');
    expect(readyOf(first)).toEqual(['Pending', 'Starting']);
    const waiting = await reconcile('b-first');
    expect(waiting?.status?.conditions?.[0]?.message).toContain('(a-second)');
    await storeResult(first);
    await reconcile('a-second');
    expect(readyOf(await reconcile('b-first'))).toEqual(['Pending', 'Starting']);
  });

  test('says why it does not start, and starts when that is over', async () => {
    activation = { state: 'Inactive', reason: 'SwitchedOff', message: 'spec.active is false' };
    await create('live');
    expect(readyOf(await reconcile('live'))).toEqual(['Queued', 'Inactive']);
    await create('dry', { mode: 'DryRun' });
    expect(readyOf(await reconcile('dry'))).toEqual(['Pending', 'Starting']);
    activation = ACTIVE;
    await server.api.patch(CONNECTORS, { namespace, name: 'vendors' }, { spec: { concurrency: { maxExecutions: 0 } } });
    expect(readyOf(await reconcile('live'))).toEqual(['Queued', 'QueueHeld']);
    await server.api.patch(CONNECTORS, { namespace, name: 'vendors' }, { spec: { concurrency: { maxExecutions: 1 } } });
    maxRunning = 1;
    expect(readyOf(await reconcile('live'))).toEqual(['Queued', 'QuotaExceeded']);
    maxRunning = 2;
    expect(readyOf(await reconcile('live'))).toEqual(['Pending', 'Starting']);
    await create('no-input', { input: null });
    expect(readyOf(await reconcile('no-input'))).toEqual(['Failed', 'InputInvalid']);
    await create('early', { input: { configMapKeyRef: { name: 'later', key: 'a.csv' } } });
    expect(readyOf(await reconcile('early'))).toEqual(['Queued', 'WaitingForInput']);
    await create('lost', { connector: 'nowhere' });
    expect(readyOf(await reconcile('lost'))).toEqual(['Queued', 'ConnectorMissing']);
  });

  test('a Job that vanished after its result was stored is harvested, and not made again', async () => {
    await create('one');
    const pending = await reconcile('one');
    await begin(pending);
    await storeResult(pending, 'PartialSuccess');
    await removeJobs();
    expect(readyOf(await reconcile('one'))).toEqual(['PartialSuccess', 'PartialSuccess']);
    expect(await jobNames()).toEqual([]);
  });

  test('attempts that die are made again up to the limit, then the execution is ended from what is stored', async () => {
    await create('one');
    const pending = await reconcile('one');
    const [first = ''] = await jobNames();
    await begin(pending);
    await failJob(first);
    expect(readyOf(await reconcile('one'))).toEqual(['Running', 'AttemptFailed']);
    expect(await jobNames()).toEqual([first]);
    now = new Date(now.getTime() + 60_000);
    expect((await reconcile('one'))?.status?.attempt).toBe(2);
    const second = (await jobNames())[1] ?? '';
    expect(second).toBe(first.replace(/1$/, '2'));
    await removeJobs();
    const finishing = await reconcile('one');
    expect(readyOf(finishing)).toEqual(['Running', 'Finishing']);
    const [finish] = await server.api.list(JOBS, { namespace });
    expect(JSON.stringify(finish)).toContain('"finish","--execution"');
    await storeResult(finishing, 'Failed');
    expect(readyOf(await reconcile('one'))[0]).toBe('Failed');
  });

  test('a Job that ends as invalid is not made again', async () => {
    await create('one');
    await reconcile('one');
    const [first = ''] = await jobNames();
    await failJob(first, 'PodFailurePolicy');
    expect(readyOf(await reconcile('one'))[1]).toBe('Finishing');
  });

  test('an operator that dies between creating a Job and noting it adopts that Job', async () => {
    await create('one');
    await reconcile('one');
    await database.pool.query(sql`UPDATE smartconnector.execution_request SET job = NULL`);
    await reconcile('one');
    expect(await jobNames()).toHaveLength(1);
    const { rows } = await database.pool.query(sql`SELECT job FROM smartconnector.execution_request`);
    expect(rows).toEqual([{ job: (await jobNames())[0] }]);
  });

  test('cancelling ends a queued execution at once, and one that runs at its next chunk', async () => {
    await create('one');
    await create('two');
    const first = await reconcile('one');
    await begin(first);
    await reconcile('two');
    const cancel = (name: string) => server.api.patch(EXECUTIONS, { namespace, name }, { spec: { cancel: true } });
    await cancel('two');
    expect(readyOf(await reconcile('two'))).toEqual(['Cancelled', 'Cancelled']);
    await cancel('one');
    expect(readyOf(await reconcile('one'))).toEqual(['Running', 'Cancelling']);
    const { rows } = await database.pool.query(sql`SELECT cancel_requested FROM smartconnector.execution`);
    expect(rows).toEqual([{ cancel_requested: true }]);
    await storeResult(first, 'Cancelled');
    expect(readyOf(await reconcile('one'))).toEqual(['Cancelled', 'Cancelled']);
  });

  test('cancelling before a pod has begun needs no pod', async () => {
    await create('one');
    await reconcile('one');
    await server.api.patch(EXECUTIONS, { namespace, name: 'one' }, { spec: { cancel: true } });
    expect(readyOf(await reconcile('one'))).toEqual(['Cancelled', 'Cancelled']);
  });

  test('a runner that does not stop is ended from outside, and the rest is reported', async () => {
    await create('one');
    const first = await reconcile('one');
    await begin(first);
    await server.api.patch(EXECUTIONS, { namespace, name: 'one' }, { spec: { cancel: true } });
    await reconcile('one');
    await removeJobs();
    await reconcile('one');
    const [finish] = await server.api.list(JOBS, { namespace });
    expect(JSON.stringify(finish)).toContain('--cancelled');
  });

  test('deleting a running execution cancels it, and lets it go when that is done', async () => {
    await create('one');
    const first = await reconcile('one');
    await begin(first);
    await server.api.delete(EXECUTIONS, { namespace, name: 'one' }, {});
    expect(readyOf(await reconcile('one'))).toEqual(['Running', 'Cancelling']);
    await storeResult(first, 'Cancelled');
    expect(await reconcile('one')).toBeNull();
  });

  test('deleting an execution whose pods cannot be had ends after a bounded time', async () => {
    await create('one');
    const first = await reconcile('one');
    await begin(first);
    await server.api.delete(EXECUTIONS, { namespace, name: 'one' }, {});
    now = new Date(Date.now() + 3_600_000);
    expect(await reconcile('one')).toBeNull();
    const row = await database.pool.withConnection(({ pg }) => findExecution(pg, first?.metadata.uid ?? ''));
    expect(row?.phase).toBe('Cancelled');
  });

  test('an execution that has ended is not run again where its row is gone', async () => {
    await create('one');
    const first = await reconcile('one');
    await storeResult(first);
    await reconcile('one');
    await removeJobs();
    await database.pool.query(sql`TRUNCATE smartconnector.execution_request, smartconnector.execution CASCADE`);
    expect(readyOf(await reconcile('one'))).toEqual(['Succeeded', 'Succeeded']);
    expect(await jobNames()).toEqual([]);
  });

  test('a resource that went without its finalizer does not keep others waiting', async () => {
    await create('one');
    await create('two');
    await reconcile('one');
    await reconcile('two');
    await server.api.patch(EXECUTIONS, { namespace, name: 'one' }, { metadata: { finalizers: null } });
    await server.api.delete(EXECUTIONS, { namespace, name: 'one' }, {});
    await sweepRequests(await ports());
    expect(readyOf(await reconcile('two'))).toEqual(['Pending', 'Starting']);
  });

  test('no more ended executions are kept than the connector asks for', async () => {
    await server.api.patch(
      CONNECTORS,
      { namespace, name: 'vendors' },
      { spec: { history: { successful: 2, failed: 1 } } },
    );
    for (const name of ['one', 'two', 'three', 'four']) {
      await create(name);
      await storeResult(await reconcile(name));
      await reconcile(name);
      now = new Date(now.getTime() + 1000);
    }
    const left = await server.api.list(EXECUTIONS, { namespace });
    expect(left.map(({ metadata }) => metadata.name).sort()).toEqual(['four', 'three']);
  });

  test('room in the cluster goes to the namespace that has less of it', async () => {
    maxRunning = 1;
    await createConnector('others', { concurrency: { maxExecutions: 5 } });
    await create('one', { connector: 'others' });
    await create('two', { connector: 'others' });
    await reconcile('one');
    expect(readyOf(await reconcile('two'))).toEqual(['Queued', 'QuotaExceeded']);
    await database.pool.query(sql`
      INSERT INTO smartconnector.execution_request (uid, namespace, connector, name, mode, trigger, state, phase, reason, message)
      VALUES ('of-another', 'another-namespace', 'c', 'e', 'Live', 'Manual', 'Queued', 'Queued', 'QuotaExceeded', '')`);
    maxRunning = 2;
    expect(readyOf(await reconcile('two'))).toEqual(['Queued', 'QuotaExceeded']);
    maxRunning = 3;
    expect(readyOf(await reconcile('two'))).toEqual(['Pending', 'Starting']);
  });

  test('an execution of mode Validate runs the SQL on the sample, and ends as that does', async () => {
    await create('check', { mode: 'Validate', input: null });
    const pending = await reconcile('check');
    expect(readyOf(pending)).toEqual(['Pending', 'Starting']);
    const [job] = await server.api.list(JOBS, { namespace });
    expect(JSON.stringify(job)).toContain('"validate","--validation"');
    await database.pool.query(sql`
      UPDATE smartconnector.validation SET state = 'Failed', ended_at = now(),
        faults = '[{"path": "spec.sql", "message": "no such column"}]' WHERE id = ${pending?.metadata.uid ?? ''}`);
    const ended = await reconcile('check');
    expect(readyOf(ended)).toEqual(['Failed', 'ValidationFailed']);
    expect(ended?.status?.conditions?.[0]?.message).toBe('spec.sql: no such column');
  });
});
