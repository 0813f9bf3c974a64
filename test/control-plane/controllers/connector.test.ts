import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { computeKstatus } from '../../../core/control/kstatus.ts';
import { statusFaults } from '../../../core/control/status-invariants.ts';
import { messageOf } from '../../../core/errors/app-error.ts';
import type { FaultDetail } from '../../../core/errors/app-error.ts';
import { API_VERSION, CONFIG_MAPS, CONNECTORS, EXECUTIONS, JOBS, OBJECTS, PODS } from '../../../operator/api/kinds.ts';
import type { ConnectorResource, JobResource } from '../../../operator/api/kinds.ts';
import { readActivation } from '../../../operator/controllers/connector/activation.ts';
import { buildConnectorInput } from '../../../operator/controllers/connector/connector-input.ts';
import { createConnectorReconcile } from '../../../operator/controllers/connector/reconcile.ts';
import type { EventNote } from '../../../operator/runtime/reconciler.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { endValidation } from '../../../runner/executions/validations.ts';
import { openPool } from '../../../runner/postgres/pool.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { ListedStore } from '../../support/listed-store.ts';
import { freshPool } from '../../support/postgres.ts';

const JOB_SETTINGS = {
  image: 'registry.example/smartconnector:1',
  imagePullPolicy: 'IfNotPresent',
  databaseSecret: 'smartconnector-runner-database',
  resources: { cpu: '1', memory: '1Gi' },
  deadlineSeconds: 600,
  maxAttempts: 3,
  serviceAccount: null,
  workspaceBytes: 2 ** 30,
} as const;

const SCRIPT = 'CREATE TABLE output.vendors AS SELECT name FROM input.vendors;';

describeWithApiServer('The SmartConnector controller', () => {
  let server: TestApiServer;
  let database: Awaited<ReturnType<typeof freshPool>>;
  let namespace: string;
  let engine = 'chdb 1';
  let aheadMs = 0;
  const notes: EventNote[] = [];

  const openStores = () => ({
    connectors: new ListedStore(server.api, CONNECTORS),
    executions: new ListedStore(server.api, EXECUTIONS),
    objects: new ListedStore(server.api, OBJECTS),
    configMaps: new ListedStore(server.api, CONFIG_MAPS),
    jobs: new ListedStore(server.api, JOBS, 'app.kubernetes.io/managed-by=smartconnector'),
    pods: new ListedStore(server.api, PODS),
  });
  let stores: ReturnType<typeof openStores>;

  beforeAll(async () => {
    [server, database] = await Promise.all([startApiServer(), freshPool()]);
    await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
    stores = openStores();
    namespace = await server.freshNamespace();
    await server.api.create(OBJECTS, {
      apiVersion: API_VERSION,
      kind: 'KizenObject',
      metadata: { name: 'vendor', namespace },
      spec: { fields: [{ name: 'name', type: 'Text' }] },
    });
    await server.api.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'sample', namespace },
      data: { 'vendors.csv': 'name\nAcme\n' },
    });
    await server.api.create(CONNECTORS, {
      apiVersion: API_VERSION,
      kind: 'SmartConnector',
      metadata: { name: 'vendors', namespace },
      spec: {
        type: 'Spreadsheet',
        spreadsheet: { tables: [{ name: 'vendors' }] },
        sql: { script: SCRIPT, sample: { configMapKeyRef: { name: 'sample', key: 'vendors.csv' } } },
        executionVariables: [{ name: 'name', scope: 'vendors', type: 'String', required: true }],
        loadSteps: [
          {
            name: 'vendors',
            object: 'vendor',
            scope: 'vendors',
            matching: [{ field: 'name', variable: 'name' }],
            mapping: [{ field: 'name', variables: ['name'] }],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await database.drop();
    await server.stop();
  });

  const change = (patch: object) => server.api.patch(CONNECTORS, { namespace, name: 'vendors' }, patch);
  const inputOf = (connector: ConnectorResource) => buildConnectorInput(connector, stores, engine);

  /** Reconciles, and holds what is then in the API server against the rules of kstatus. */
  async function look(pool = database.pool, expected = /^none$/, name = 'vendors'): Promise<ConnectorResource> {
    await Promise.all(Object.values(stores).map((store) => store.refresh()));
    const reconcile = createConnectorReconcile({
      ...stores,
      api: server.api,
      pool,
      events: { record: (_about, note) => notes.push(note) },
      now: () => new Date(Date.now() + aheadMs),
      log: pino({ level: 'silent' }),
      settings: { jobs: JOB_SETTINGS, maxValidations: 2, maxBackgroundValidations: 2 },
      buildInput: inputOf,
      prepareNamespace: () => Promise.resolve(),
    });
    const failure = await reconcile({ namespace, name }, AbortSignal.timeout(60_000)).then(
      () => 'none',
      (error: unknown) => messageOf(error),
    );
    expect(failure).toMatch(expected);
    const connector = (await server.api.get(CONNECTORS, { namespace, name }))!;
    expect(statusFaults(connector)).toEqual([]);
    return connector;
  }

  const jobs = async () => (await server.api.list(JOBS, { namespace })).map(({ metadata }) => metadata.uid);
  const state = ({ status }: ConnectorResource) => status?.activation?.state;

  /** What the container of the newest Job would store. */
  async function answer(faults: FaultDetail[] = []): Promise<void> {
    const { rows } = await database.pool.query({
      text: `SELECT id FROM smartconnector.validation WHERE state = 'Requested' ORDER BY created_at DESC LIMIT 1`,
      values: [],
    });
    expect(rows).toHaveLength(1);
    await database.pool.withConnection(({ pg }) => endValidation(pg, String(rows[0]?.['id']), faults));
  }

  test('tries the SQL of a new connector in one Job, and activates it when that passes', async () => {
    const validating = await look();
    expect(state(validating)).toBe('Validating');
    expect(computeKstatus(validating)).toBe('InProgress');
    await look();
    expect(await jobs()).toHaveLength(1);
    await answer();
    const active = await look();
    expect(active.status?.activation).toMatchObject({ state: 'Active', validatedHash: inputOf(active).scriptHash });
    expect(computeKstatus(active)).toBe('Current');
    expect(readActivation(active, inputOf(active).scriptHash).state).toBe('Active');
    expect(notes.map(({ reason }) => reason)).toEqual(['Validating', 'Activated']);
  });

  test('writes nothing when nothing has changed', async () => {
    const before = await look();
    expect((await look()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test('is not active from the moment at which its script changes, and again when that is as it was, without a Job', async () => {
    const changed = await change({ spec: { sql: { script: `${SCRIPT} -- other` } } });
    expect(readActivation(changed!, inputOf(changed!).scriptHash).state).toBe('Validating');
    expect(state(await look())).toBe('Validating');
    await answer([
      { path: 'spec.sql.script', line: 1, column: 8, message: 'there is no table vendor', hint: 'use vendors' },
    ]);
    const invalid = await look();
    expect(computeKstatus(invalid)).toBe('Failed');
    expect(invalid.status?.activation).toMatchObject({
      state: 'Invalid',
      message: 'spec.sql.script, line 1:8: there is no table vendor (use vendors)',
    });
    expect(await jobs()).toHaveLength(1);
    await change({ spec: { sql: { script: SCRIPT } } });
    expect(state(await look())).toBe('Active');
    // Not only no new one: the one of the other script has nothing to tell any more.
    expect(await jobs()).toEqual([]);
  });

  test('stays active while another engine tries its script, and is no longer when that fails', async () => {
    engine = 'chdb 2';
    const background = await look();
    expect(state(background)).toBe('Active');
    expect(computeKstatus(background)).toBe('Current');
    await answer([{ message: 'the engine has no such function' }]);
    expect(state(await look())).toBe('Invalid');
    engine = 'chdb 1';
    expect(state(await look())).toBe('Active');
  });

  test('says which variable is not there, without a Job', async () => {
    const mapping = [{ field: 'name', variables: ['nam'] }];
    const before = await jobs();
    const { spec } = (await server.api.get(CONNECTORS, { namespace, name: 'vendors' }))!;
    await change({ spec: { loadSteps: [{ ...spec.loadSteps[0], mapping }] } });
    const invalid = await look();
    expect(computeKstatus(invalid)).toBe('Failed');
    expect(invalid.status?.activation?.message).toContain('spec.loadSteps[0].mapping[0].variables[0]: ');
    expect((await jobs()).filter((uid) => !before.includes(uid))).toEqual([]);
    await change({ spec: { loadSteps: spec.loadSteps } });
    expect(state(await look())).toBe('Active');
  });

  test('is never stalled by an outage, and what was validated holds', async () => {
    const away = openPool('postgres://nobody@127.0.0.1:1/none', { connectTimeoutMs: 1000 });
    const connector = await look(away, /ECONNREFUSED|no server|cannot|reach/i);
    expect(computeKstatus(connector)).toBe('InProgress');
    expect(state(connector)).toBe('Active');
    await away.close();
    expect(computeKstatus(await look())).toBe('Current');
  });

  test('is ready but not active while a person has switched it off', async () => {
    await change({ spec: { active: false } });
    const off = await look();
    expect(off.status?.activation).toMatchObject({ state: 'Inactive', reason: 'SwitchedOff' });
    expect(computeKstatus(off)).toBe('Current');
    await change({ spec: { active: true } });
    expect(state(await look())).toBe('Active');
  });

  const reasonOf = ({ status }: ConnectorResource) => status?.activation?.reason;
  const newestJob = async (): Promise<JobResource> => {
    const found = await server.api.list(JOBS, { namespace });
    return found.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)).at(-1)!;
  };

  async function removeJob({ name }: JobResource['metadata']): Promise<void> {
    await server.api.patch(JOBS, { namespace, name }, { metadata: { finalizers: null } });
    await server.api.delete(JOBS, { namespace, name }, { propagationPolicy: 'Background' });
  }

  test('gives a Job back its labels and its owner, and tries again when that has failed', async () => {
    await change({ spec: { sql: { script: `${SCRIPT} -- meddled` } } });
    await look();
    const { metadata } = await newestJob();
    const labels = { 'app.kubernetes.io/managed-by': 'somebody', 'app.kubernetes.io/component': null };
    await server.api.patch(JOBS, metadata, { metadata: { labels, annotations: null, ownerReferences: null } });
    await look();
    const mended = await server.api.get(JOBS, metadata);
    expect(mended?.metadata.uid).toBe(metadata.uid);
    for (const part of ['labels', 'annotations', 'ownerReferences'] as const) {
      expect(mended?.metadata[part]).toMatchObject(metadata[part]!);
    }
    const at = new Date().toISOString();
    const condition = (type: string) => ({
      type,
      status: 'True',
      reason: 'BackoffLimitExceeded',
      lastTransitionTime: at,
    });
    const status = { startTime: at, failed: 1, conditions: [condition('FailureTarget'), condition('Failed')] };
    await server.api.patch(JOBS, metadata, { status }, 'status');
    aheadMs = 30_000;
    expect(reasonOf(await look())).toBe('ProgressingWithRetry');
    expect((await newestJob()).metadata.name).toBe(metadata.name.replace(/-1$/, '-2'));
    await answer();
    expect(state(await look())).toBe('Active');
    aheadMs = 0;
  });

  test('says so where a Job that is not its own has the name of its Job', async () => {
    await change({ spec: { sql: { script: `${SCRIPT} -- taken` } } });
    await look();
    const { metadata } = await newestJob();
    await removeJob(metadata);
    await server.api.create(JOBS, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { namespace, name: metadata.name },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'other', image: 'other' }] } } },
    });
    const waiting = await look(database.pool, /was made for something else/);
    expect(computeKstatus(waiting)).toBe('InProgress');
    await removeJob(metadata);
    await look();
    await answer();
    expect(state(await look())).toBe('Active');
  });

  test('gets the place of a validation whose pod no node takes, once that has looked for a minute', async () => {
    const { spec } = (await server.api.get(CONNECTORS, { namespace, name: 'vendors' }))!;
    for (const { metadata } of await server.api.list(JOBS, { namespace })) await removeJob(metadata);
    const names = ['first', 'second', 'third'];
    for (const name of names) {
      const metadata = { name, namespace };
      await server.api.create(CONNECTORS, { apiVersion: API_VERSION, kind: 'SmartConnector', metadata, spec });
    }
    const lookAt = (name: string) => look(database.pool, undefined, name);
    expect(reasonOf(await lookAt('first'))).toBe('Validating');
    const { metadata: first, spec: job } = await newestJob();
    expect(reasonOf(await lookAt('second'))).toBe('Validating');
    const { metadata: second } = await newestJob();
    const createPod = async (of: typeof first) => {
      const key = { namespace, name: `${of.name}-pod` };
      const uid = of.ownerReferences?.[0]?.uid;
      const labels = {
        ...job?.template?.metadata?.labels,
        'smartconnectors.dev/owner-uid': uid!,
        'batch.kubernetes.io/job-name': of.name,
      };
      await server.api.create(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...key, labels },
        spec: { containers: [{ name: 'validate', image: 'none' }] },
      });
      const conditions = [{ type: 'PodScheduled', status: 'True' }];
      await server.api.patch(PODS, key, { status: { phase: 'Pending', conditions } }, 'status');
    };
    await createPod(first);
    await createPod(second);
    aheadMs = 61_000;
    expect(reasonOf(await lookAt('third'))).toBe('ValidationQueued');
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }];
    await server.api.patch(PODS, { namespace, name: `${second.name}-pod` }, { status: { conditions } }, 'status');
    aheadMs = 0;
    expect(reasonOf(await lookAt('third'))).toBe('ValidationQueued');
    aheadMs = 61_000;
    expect(reasonOf(await lookAt('third'))).toBe('Validating');
  });
});
