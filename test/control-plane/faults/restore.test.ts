import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCondition } from '../../../core/control/conditions.ts';
import { CONNECTORS, EXECUTIONS } from '../../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../../operator/api/kinds.ts';
import { FINALIZER } from '../../../operator/controllers/execution/decide.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { findExecution } from '../../../runner/executions/executions.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import {
  FILE_CONNECTOR,
  PLAIN_CONNECTOR,
  MONTHLY_CONNECTOR,
  awaitConnector,
  awaitExecution,
  createConnector,
  createExecution,
  createManyNames,
  namesOf,
  openFaultWorld,
  stopAfterChunks,
  type FaultWorld,
} from './fault-world.ts';

describeWithApiServer('a database that is restored from an older backup', () => {
  let world: FaultWorld;
  let namespace: string;
  let restored: SqlPool;
  let jobsBefore: number;

  beforeAll(async () => {
    world = await openFaultWorld();
    namespace = await world.freshNamespace();
    await createConnector(world, namespace, 'file', PLAIN_CONNECTOR);
    await createConnector(world, namespace, 'held', { ...PLAIN_CONNECTOR, concurrency: { maxExecutions: 0 } });
    await createConnector(world, namespace, 'monthly', MONTHLY_CONNECTOR);
    const first = await world.inProcess();
    for (const name of ['file', 'held', 'monthly']) await awaitConnector(world, namespace, name);
    await createExecution(world, namespace, 'known', 'file');
    await awaitExecution(world, namespace, 'known');
    await createExecution(world, namespace, 'queued', 'held');
    await awaitExecution(world, namespace, 'queued', ({ status }) => status?.phase === 'Queued');
    const stopped = stopAfterChunks(world.kubelet, 'midway', 1);
    const many = await createManyNames(world, namespace, 25_000);
    await createConnector(world, namespace, 'other', PLAIN_CONNECTOR);
    await createExecution(world, namespace, 'midway', 'other', many);
    const goOn = await stopped;
    await first.stop();
    await world.rows(sql`
      UPDATE smartconnector.schedule SET handled_until = date_trunc('month', now()) - interval '1 day'`);
    const backup = await world.copyDatabase();

    goOn();
    const second = await world.inProcess();
    await awaitExecution(world, namespace, 'midway');
    await createConnector(world, namespace, 'late', FILE_CONNECTOR);
    await awaitConnector(world, namespace, 'late');
    await createExecution(world, namespace, 'unknown', 'file');
    await awaitExecution(world, namespace, 'unknown');
    await world.server.api.patch(
      CONNECTORS,
      { namespace, name: 'held' },
      { spec: { concurrency: { maxExecutions: 1 } } },
    );
    await awaitExecution(world, namespace, 'queued');
    await awaitConnector(world, namespace, 'monthly', ({ status }) => status?.lastExecution?.phase === 'Succeeded');
    await second.stop();
    // What an operator leaves that dies before it takes its finalizer away, which is the last that it does.
    const { metadata } = await awaitExecution(world, namespace, 'queued');
    await world.server.api.patch(EXECUTIONS, metadata, { metadata: { finalizers: [FINALIZER] } });
    jobsBefore = world.kubelet.jobs.length;

    restored = openPool(backup.url);
    await world.inProcess({ databaseUrl: backup.url });
  });
  afterAll(async () => {
    await restored.close();
    await world.close();
  });

  const recorded = ({ status }: ExecutionResource) => findCondition(status?.conditions, 'Recorded');
  const isRecorded = (execution: ExecutionResource): boolean => recorded(execution) !== null;

  test.each([
    ['unknown', 'RowMissing'],
    ['queued', 'RowOutdated'],
    ['midway', 'RowOutdated'],
  ])('execution %s, which ended after the backup, says so and keeps what was said of it', async (name, reason) => {
    const { status } = await awaitExecution(world, namespace, name, isRecorded);
    expect(findCondition(status?.conditions, 'Recorded')).toMatchObject({ status: 'False', reason });
    expect(findCondition(status?.conditions, 'Recorded')?.message).toMatch(/restored.*not run again/);
    expect([status?.phase, findCondition(status?.conditions, 'Ready')?.status]).toEqual(['Succeeded', 'True']);
    expect(status?.totals?.written).toBeDefined();
  });

  test('the row of one that the backup has in its middle is closed with what the backup has of it', async () => {
    const { metadata, status } = await awaitExecution(world, namespace, 'midway', isRecorded);
    expect(status?.steps?.[0]).toMatchObject({ created: 25_000, notProcessed: 0 });
    const row = await restored.withConnection(({ pg }) => findExecution(pg, metadata.uid));
    expect(row).toMatchObject({ phase: 'Failed', result: { error: { code: 'RowOutdated' } } });
    expect(row?.result?.steps[0]).toMatchObject({ created: 10_000, notProcessed: 15_000 });
  });

  test('a connector that was validated after the backup stays active, and is validated again', async () => {
    const message = ({ status }: { status?: { conditions?: Parameters<typeof findCondition>[0] } }): string =>
      findCondition(status?.conditions, 'Validated')?.message ?? '';
    const during = await awaitConnector(world, namespace, 'late', (connector) =>
      message(connector).includes('validated again'),
    );
    expect(during.status?.activation?.state).toBe('Active');
    await awaitConnector(world, namespace, 'late', (connector) => !message(connector).includes('validated again'));
    const { rows } = await restored.query(sql`SELECT state FROM smartconnector.validation WHERE connector = 'late'`);
    expect(rows).toEqual([{ state: 'Passed' }]);
  });

  test('nothing is run again, no slot is had twice, and what comes next runs', async () => {
    await createExecution(world, namespace, 'next', 'file');
    const next = await awaitExecution(world, namespace, 'next');
    expect(next.status?.phase).toBe('Succeeded');
    const jobs = world.kubelet.jobs.slice(jobsBefore).map((job) => job.split('-')[0]);
    expect(jobs.sort()).toEqual(['late', 'next']);
    const slots = (await namesOf(world, EXECUTIONS, namespace)).filter((name) => name.startsWith('monthly'));
    expect(slots).toHaveLength(1);
    const { rows } = await restored.query(sql`SELECT state FROM smartconnector.schedule_slot`);
    expect(rows).toEqual([]);
  });

  test('no status broke a rule or went back', async () => {
    expect(await world.statuses.faults()).toEqual([]);
  });
});
