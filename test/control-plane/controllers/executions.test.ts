import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CONNECTORS, EXECUTIONS, JOBS } from '../../../operator/api/kinds.ts';
import { sweepRequests } from '../../../operator/controllers/execution/reconcile.ts';
import type { KubernetesApi } from '../../../operator/runtime/kubernetes-api.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { findExecution } from '../../../runner/executions/executions.ts';
import { storeArtifact } from '../../../runner/artifacts/artifact-store.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { freshPool } from '../../support/postgres.ts';
import { ACTIVE } from './execution-fixture.ts';
import { createExecutionWorld, type ExecutionWorld } from './execution-world.ts';

describeWithApiServer('the execution controller on a real API server', () => {
  let server: TestApiServer;
  let database: Awaited<ReturnType<typeof freshPool>>;
  let world: ExecutionWorld;

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
    world = await createExecutionWorld(server, database);
  });

  test('an execution becomes one Job, tells how far it is, and ends as its runner stored', async () => {
    await world.create('one');
    const pending = await world.reconcile('one');
    expect(world.readyOf(pending)).toEqual(['Pending', 'Starting']);
    expect(pending?.status).toMatchObject({ attempt: 1, revision: 'hash-of-script', job: (await world.jobNames())[0] });
    const row = await world.database.pool.withConnection(({ pg }) => findExecution(pg, pending?.metadata.uid ?? ''));
    expect(row).toMatchObject({ phase: 'Pending', name: 'one', inputName: 'a.csv', connector: 'vendors' });
    await world.begin(pending);
    const running = await world.reconcile('one');
    expect(running?.status).toMatchObject({ phase: 'Running', stage: 'Load', progress: { text: '2/5 (40%)' } });
    await world.storeResult(pending);
    const ended = await world.reconcile('one');
    expect(world.readyOf(ended)).toEqual(['Succeeded', 'Succeeded']);
    expect(ended?.status).toMatchObject({
      totals: { written: 3, problems: 1 },
      steps: [{ name: 'vendors', created: 2, updated: 1 }],
      links: { input: `http://links/${pending?.metadata.uid ?? ''}/input` },
    });
    expect(ended?.status?.progress).toBeUndefined();
    expect(ended?.metadata.finalizers ?? []).toEqual([]);
    expect(await world.jobNames()).toHaveLength(1);
  });

  test('the executions of a connector run one after another, in the order in which they were created', async () => {
    await world.create('a-second');
    await world.create('b-first');
    expect(world.readyOf(await world.reconcile('b-first'))).toEqual(['Queued', 'WaitingForTurn']);
    const first = await world.reconcile('a-second');
    expect(world.readyOf(first)).toEqual(['Pending', 'Starting']);
    const waiting = await world.reconcile('b-first');
    expect(waiting?.status?.conditions?.[0]?.message).toContain('(a-second)');
    await world.storeResult(first);
    await world.reconcile('a-second');
    expect(world.lookedAgain).toEqual(['b-first']);
    expect(world.readyOf(await world.reconcile('b-first'))).toEqual(['Pending', 'Starting']);
  });

  test('says why it does not start, and starts when that is over', async () => {
    world.activation = { state: 'Inactive', reason: 'SwitchedOff', message: 'spec.active is false' };
    await world.create('live');
    expect(world.readyOf(await world.reconcile('live'))).toEqual(['Queued', 'Inactive']);
    await world.create('dry', { mode: 'DryRun' });
    expect(world.readyOf(await world.reconcile('dry'))).toEqual(['Pending', 'Starting']);
    world.activation = ACTIVE;
    await world.server.api.patch(
      CONNECTORS,
      { namespace: world.namespace, name: 'vendors' },
      { spec: { concurrency: { maxExecutions: 0 } } },
    );
    expect(world.readyOf(await world.reconcile('live'))).toEqual(['Queued', 'QueueHeld']);
    await world.server.api.patch(
      CONNECTORS,
      { namespace: world.namespace, name: 'vendors' },
      { spec: { concurrency: { maxExecutions: 1 } } },
    );
    world.maxRunning = 0;
    expect(world.readyOf(await world.reconcile('live'))).toEqual(['Queued', 'QuotaExceeded']);
    world.maxRunning = 1;
    expect(world.readyOf(await world.reconcile('live'))).toEqual(['Pending', 'Starting']);
    await world.create('no-input', { input: null });
    expect(world.readyOf(await world.reconcile('no-input'))).toEqual(['Failed', 'InputInvalid']);
    await world.create('early', { input: { configMapKeyRef: { name: 'later', key: 'a.csv' } } });
    expect(world.readyOf(await world.reconcile('early'))).toEqual(['Queued', 'WaitingForInput']);
    await world.create('lost', { connector: 'nowhere' });
    expect(world.readyOf(await world.reconcile('lost'))).toEqual(['Queued', 'ConnectorMissing']);
  });

  async function tearAway(name: string): Promise<void> {
    const key = { namespace: world.namespace, name };
    await world.server.api.patch(EXECUTIONS, key, { metadata: { finalizers: null } });
    await world.server.api.delete(EXECUTIONS, key, {});
  }

  test('a resource that went without its finalizer does not keep others waiting', async () => {
    await world.create('one');
    await world.create('two');
    await world.reconcile('one');
    await world.reconcile('two');
    await tearAway('one');
    await sweepRequests(await world.ports());
    expect(world.readyOf(await world.reconcile('two'))).toEqual(['Pending', 'Starting']);
  });

  test('of those that went, one that cannot be looked for does not keep the others from being put in order', async () => {
    await world.createConnector('others');
    for (const [name, connector] of [
      ['unseen', 'others'],
      ['one', 'vendors'],
      ['two', 'vendors'],
    ] as const) {
      await world.create(name, { connector });
      await world.reconcile(name);
    }
    for (const name of ['unseen', 'one']) await tearAway(name);
    const ports = await world.ports();
    const api: KubernetesApi = {
      list: (kind, options) => ports.api.list(kind, options),
      create: (kind, object) => ports.api.create(kind, object),
      patch: (kind, key, patch) => ports.api.patch(kind, key, patch),
      delete: (kind, key) => ports.api.delete(kind, key),
      get: (kind, key) => (key.name === 'unseen' ? Promise.reject(new Error('it is away')) : ports.api.get(kind, key)),
    };
    expect(await sweepRequests({ ...ports, api })).toBe(1);
    expect(world.readyOf(await world.reconcile('two'))).toEqual(['Pending', 'Starting']);
  });

  test('one that went and whose rows no runner wrote is ended all the same, and loses its token', async () => {
    await world.create('one');
    const begun = await world.reconcile('one');
    await world.begin(begun);
    await world.create('two');
    await world.reconcile('two');
    const uid = begun?.metadata.uid ?? '';
    await world.database.pool.query(sql`UPDATE smartconnector.execution SET snapshot = '{}' WHERE id = ${uid}`);
    await tearAway('one');
    expect(await sweepRequests(await world.ports())).toBe(0);
    const left = await world.database.pool.withConnection(({ pg }) => findExecution(pg, uid));
    expect(left).toMatchObject({ phase: 'Cancelled', attempt: 2, endedAt: world.now.toISOString() });
    expect(world.readyOf(await world.reconcile('two'))).toEqual(['Pending', 'Starting']);
  });

  test.each([
    ['a result', `result = '{"steps": "garbled"}', phase = 'Failed', ended_at = now()`, 'Failed'],
    [
      'a result as large as a disk',
      `result = to_json(repeat('x', 2000000)), phase = 'Done', ended_at = now()`,
      'Failed',
    ],
    [
      'counts',
      `result = '{"scopes": [{"rows": "all"}], "steps": []}', phase = 'Succeeded', ended_at = now()`,
      'Succeeded',
    ],
    ['a time', `phase = 'Failed', ended_at = '20000-01-01'`, 'Failed'],
  ])(
    '%s that no runner writes does not keep an execution from its end, nor its namespace',
    async (_what, garbage, phase) => {
      await world.create('one');
      const begun = await world.reconcile('one');
      await world.database.pool.query({
        text: `UPDATE smartconnector.execution SET ${garbage} WHERE id = $1`,
        values: [begun?.metadata.uid ?? ''],
      });
      expect(world.readyOf(await world.reconcile('one'))).toEqual([phase, 'ResultUnreadable']);
      await world.server.api.delete(EXECUTIONS, { namespace: world.namespace, name: 'one' }, {});
      expect(await world.server.api.get(EXECUTIONS, { namespace: world.namespace, name: 'one' })).toBeNull();
    },
  );

  test.each([
    ['a folder', '..'],
    ['no name', ''],
    ['a path', 'a/b.csv'],
    ['a name with a character that PostgreSQL does not store', 'a\0.csv'],
    ['an id with such a character', 'a.csv', 'upload-\0'],
    ['a name that is too long for a disk', `${'é'.repeat(200)}.csv`],
  ])(
    '%s is no name of a stored file: it ends, and those behind it do not wait',
    async (_what, fileName, id = 'upload-1') => {
      const artifact = {
        id: 'upload-1',
        namespace: world.namespace,
        executionId: null,
        kind: 'Input',
        fileName: 'a.csv',
      } as const;
      await world.database.pool.withConnection(({ pg }) =>
        storeArtifact(pg, artifact, Readable.from([Buffer.from('name\n')])),
      );
      await world.create('one', { input: { artifact: { id, fileName } } });
      await world.create('two');
      expect(world.readyOf(await world.reconcile('one'))).toEqual(['Failed', 'InputInvalid']);
      expect(world.readyOf(await world.reconcile('two'))).toEqual(['Pending', 'Starting']);
    },
  );

  test.each([['a/\0.csv'], ['a\0/b.csv'], [`a/${'x'.repeat(300)}`], ['a/..'], ['a/.']])(
    '%j is no path of a file in a volume',
    async (path) => {
      await world.create('one', { input: { persistentVolumeClaim: { claimName: 'drop', path } } });
      expect(world.readyOf(await world.reconcile('one'))).toEqual(['Failed', 'InputInvalid']);
    },
  );

  test('progress and a snapshot that no runner writes do not keep an execution that runs', async () => {
    await world.create('one');
    const begun = await world.reconcile('one');
    await world.begin(begun);
    await world.database.pool.query(sql`
      UPDATE smartconnector.execution SET progress = '{"stage": {}, "rowsDone": "many", "rowsTotal": -1}',
        snapshot = '{"connector": {"externalSources": "all"}}' WHERE id = ${begun?.metadata.uid ?? ''}`);
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['Running', 'Running']);
  });

  test('no more ended executions are kept than the connector asks for', async () => {
    await world.server.api.patch(
      CONNECTORS,
      { namespace: world.namespace, name: 'vendors' },
      { spec: { history: { successful: 2, failed: 1 } } },
    );
    for (const name of ['one', 'two', 'three', 'four']) {
      await world.create(name);
      await world.storeResult(await world.reconcile(name));
      await world.reconcile(name);
      world.now = new Date(world.now.getTime() + 1000);
    }
    const left = await world.server.api.list(EXECUTIONS, { namespace: world.namespace });
    expect(left.map(({ metadata }) => metadata.name).sort()).toEqual(['four', 'three']);
  });

  test('room in the cluster goes to the namespace that has less of it', async () => {
    world.maxRunning = 1;
    await world.createConnector('others', { concurrency: { maxExecutions: 5 } });
    await world.create('one', { connector: 'others' });
    await world.create('two', { connector: 'others' });
    await world.reconcile('one');
    expect(world.readyOf(await world.reconcile('two'))).toEqual(['Queued', 'QuotaExceeded']);
    await world.database.pool.query(sql`
      INSERT INTO smartconnector.execution_request (uid, namespace, connector, name, mode, trigger, state, phase, reason, message)
      VALUES ('of-another', 'another-namespace', 'c', 'e', 'Live', 'Manual', 'Queued', 'Queued', 'QuotaExceeded', '')`);
    world.maxRunning = 2;
    expect(world.readyOf(await world.reconcile('two'))).toEqual(['Queued', 'QuotaExceeded']);
    world.maxRunning = 3;
    expect(world.readyOf(await world.reconcile('two'))).toEqual(['Pending', 'Starting']);
  });

  test('an execution of mode Validate runs the SQL on the sample, and ends as that does', async () => {
    await world.create('check', { mode: 'Validate', input: null });
    const pending = await world.reconcile('check');
    expect(world.readyOf(pending)).toEqual(['Pending', 'Starting']);
    const [job] = await world.server.api.list(JOBS, { namespace: world.namespace });
    expect(JSON.stringify(job)).toContain('"validate","--validation"');
    await world.database.pool.query(sql`
      UPDATE smartconnector.validation SET state = 'Failed', ended_at = now(),
        faults = '[{"path": "spec.sql", "message": "no such column"}]' WHERE id = ${pending?.metadata.uid ?? ''}`);
    const ended = await world.reconcile('check');
    expect(world.readyOf(ended)).toEqual(['Failed', 'ValidationFailed']);
    expect(ended?.status?.conditions?.[0]?.message).toBe('spec.sql: no such column');
  });
});
