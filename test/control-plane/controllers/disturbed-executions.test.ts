import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { EXECUTIONS, JOBS } from '../../../operator/api/kinds.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { findExecution } from '../../../runner/executions/executions.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { freshPool } from '../../support/postgres.ts';
import { createExecutionWorld, type ExecutionWorld } from './execution-world.ts';

describeWithApiServer('the execution controller where executions fail, are cancelled or go away', () => {
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

  test('a Job that vanished after its result was stored is harvested, and not made again', async () => {
    await world.create('one');
    const pending = await world.reconcile('one');
    await world.begin(pending);
    await world.storeResult(pending, 'PartialSuccess');
    await world.removeJobs();
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['PartialSuccess', 'PartialSuccess']);
    expect(await world.jobNames()).toEqual([]);
  });

  test('attempts that die are made again up to the limit, then the execution is ended from what is stored', async () => {
    await world.create('one');
    const pending = await world.reconcile('one');
    const [first = ''] = await world.jobNames();
    await world.begin(pending);
    await world.failJob(first);
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['Running', 'AttemptFailed']);
    expect(await world.jobNames()).toEqual([first]);
    world.now = new Date(world.now.getTime() + 60_000);
    expect((await world.reconcile('one'))?.status?.attempt).toBe(2);
    const second = (await world.jobNames())[1] ?? '';
    expect(second).toBe(first.replace(/1$/, '2'));
    await world.removeJobs();
    const finishing = await world.reconcile('one');
    expect(world.readyOf(finishing)).toEqual(['Running', 'Finishing']);
    const [finish] = await world.server.api.list(JOBS, { namespace: world.namespace });
    expect(JSON.stringify(finish)).toContain('"finish","--execution"');
    await world.storeResult(finishing, 'Failed');
    expect(world.readyOf(await world.reconcile('one'))[0]).toBe('Failed');
  });

  test('a Job that ends as invalid is not made again', async () => {
    await world.create('one');
    await world.reconcile('one');
    const [first = ''] = await world.jobNames();
    await world.failJob(first, 'PodFailurePolicy');
    expect(world.readyOf(await world.reconcile('one'))[1]).toBe('Finishing');
  });

  test('an operator that dies between creating a Job and noting it adopts that Job', async () => {
    await world.create('one');
    await world.reconcile('one');
    await world.database.pool.query(sql`UPDATE smartconnector.execution_request SET job = NULL`);
    await world.reconcile('one');
    expect(await world.jobNames()).toHaveLength(1);
    const { rows } = await world.database.pool.query(sql`SELECT job FROM smartconnector.execution_request`);
    expect(rows).toEqual([{ job: (await world.jobNames())[0] }]);
  });

  test('cancelling ends a queued execution at once, and one that runs at its next chunk', async () => {
    await world.create('one');
    await world.create('two');
    const first = await world.reconcile('one');
    await world.begin(first);
    await world.reconcile('two');
    const cancel = (name: string) =>
      world.server.api.patch(EXECUTIONS, { namespace: world.namespace, name }, { spec: { cancel: true } });
    await cancel('two');
    expect(world.readyOf(await world.reconcile('two'))).toEqual(['Cancelled', 'Cancelled']);
    await cancel('one');
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['Running', 'Cancelling']);
    const { rows } = await world.database.pool.query(sql`SELECT cancel_requested FROM smartconnector.execution`);
    expect(rows).toEqual([{ cancel_requested: true }]);
    await world.storeResult(first, 'Cancelled');
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['Cancelled', 'Cancelled']);
  });

  test('cancelling before a pod has begun needs no pod', async () => {
    await world.create('one');
    await world.reconcile('one');
    await world.server.api.patch(EXECUTIONS, { namespace: world.namespace, name: 'one' }, { spec: { cancel: true } });
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['Cancelled', 'Cancelled']);
  });

  test('a runner that does not stop is ended from outside, and the rest is reported', async () => {
    await world.create('one');
    const first = await world.reconcile('one');
    await world.begin(first);
    await world.server.api.patch(EXECUTIONS, { namespace: world.namespace, name: 'one' }, { spec: { cancel: true } });
    await world.reconcile('one');
    await world.removeJobs();
    await world.reconcile('one');
    const [finish] = await world.server.api.list(JOBS, { namespace: world.namespace });
    expect(JSON.stringify(finish)).toContain('--cancelled');
  });

  test('deleting a running execution cancels it, and lets it go when that is done', async () => {
    await world.create('one');
    const first = await world.reconcile('one');
    await world.begin(first);
    await world.server.api.delete(EXECUTIONS, { namespace: world.namespace, name: 'one' }, {});
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['Running', 'Cancelling']);
    await world.storeResult(first, 'Cancelled');
    expect(await world.reconcile('one')).toBeNull();
  });

  test('deleting an execution whose pods cannot be had ends after a bounded time', async () => {
    await world.create('one');
    const first = await world.reconcile('one');
    await world.begin(first);
    await world.server.api.delete(EXECUTIONS, { namespace: world.namespace, name: 'one' }, {});
    world.now = new Date(Date.now() + 3_600_000);
    expect(await world.reconcile('one')).toBeNull();
    const row = await world.database.pool.withConnection(({ pg }) => findExecution(pg, first?.metadata.uid ?? ''));
    expect(row?.phase).toBe('Cancelled');
  });

  test('an execution that has ended is not run again where its row is gone', async () => {
    await world.create('one');
    const first = await world.reconcile('one');
    await world.storeResult(first);
    await world.reconcile('one');
    await world.removeJobs();
    await world.database.pool.query(sql`TRUNCATE smartconnector.execution_request, smartconnector.execution CASCADE`);
    expect(world.readyOf(await world.reconcile('one'))).toEqual(['Succeeded', 'Succeeded']);
    expect(await world.jobNames()).toEqual([]);
  });
});
