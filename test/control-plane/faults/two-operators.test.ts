import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXECUTIONS } from '../../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../../operator/api/kinds.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import { awaitAbsence } from '../../support/await-object.ts';
import {
  PLAIN_CONNECTOR,
  MONTHLY_CONNECTOR,
  awaitConnector,
  awaitExecution,
  createConnector,
  createExecution,
  effortOf,
  isDone,
  namesOf,
  openFaultWorld,
  vendorsOf,
  type FaultWorld,
} from './fault-world.ts';

const LEASE = { leaseMs: 1500, renewDeadlineMs: 1000, retryMs: 200 };

/** Where a leader is stopped while it launches a slot, and what becomes of an execution that it creates after that. */
const LAUNCHING = [
  { fault: 'schedule-slots:before', connector: 'monthly-1', late: null },
  { fault: 'slot-execution:before', connector: 'monthly-2', late: 'SlotTaken' },
  { fault: 'slot-launched:before', connector: 'monthly-3', late: null },
] as const;

describeWithApiServer('a leader that was stopped, and goes on when another one has taken over', () => {
  let world: FaultWorld;
  let namespace: string;

  beforeAll(async () => {
    world = await openFaultWorld();
    namespace = await world.freshNamespace();
    await createConnector(world, namespace, 'file', PLAIN_CONNECTOR);
    const schedulers = LAUNCHING.map(({ connector }) => connector);
    for (const name of schedulers) await createConnector(world, namespace, name, MONTHLY_CONNECTOR);
    const operator = await world.inProcess();
    for (const name of ['file', ...schedulers]) await awaitConnector(world, namespace, name);
    await operator.stop();
  });
  afterAll(() => world.close());

  test.each([
    'finalizer:before',
    'request:before',
    'start:before',
    'run-job:before',
    'job-noted:before',
    'execution-status:before',
    'request-end:before',
    'job-expiry:before',
    'finalizer-removal:before',
  ])('does no harm at %s: the execution runs once, and no status goes back', async (fault) => {
    const name = `at-${fault.replace(':before', '')}`;
    const stale = await world.inProcess({ identity: 'stale', lease: LEASE, fault: `${fault}:1:stop` });
    await createExecution(world, namespace, name, 'file');
    await stale.struck;
    const next = await world.inProcess({ identity: 'next', lease: LEASE });
    const ended = await awaitExecution(world, namespace, name);
    stale.thaw();
    expect(await stale.ended).toBe('Lost');
    stale.crash();
    expect(ended.status?.phase).toBe('Succeeded');
    const now = await world.server.api.get(EXECUTIONS, { namespace, name });
    expect(now?.status).toEqual(ended.status);
    expect(await effortOf(world, namespace, name)).toBe('1 Jobs, 1 planned, 1 begun');
    await next.stop();
  });

  test.each(LAUNCHING)(
    'does no harm at $fault: the slot runs once, also where its execution was removed in between',
    async ({ fault, connector, late }) => {
      await world.rows(sql`
        UPDATE smartconnector.schedule SET handled_until = date_trunc('month', now()) - interval '1 day'
        WHERE connector = ${connector}`);
      const before = world.kubelet.jobs.length;
      const stale = await world.inProcess({ identity: 'stale', lease: LEASE, fault: `${fault}:1:stop` });
      await stale.struck;
      const next = await world.inProcess({ identity: 'next', lease: LEASE });
      const { status } = await awaitConnector(
        world,
        namespace,
        connector,
        (one) => one.status?.lastExecution?.phase === 'Succeeded',
      );
      const name = status?.lastExecution?.name ?? '';
      const first = await awaitExecution(world, namespace, name);
      await world.server.api.delete(EXECUTIONS, { namespace, name });
      await awaitAbsence(world.server.api, EXECUTIONS, { namespace, name });
      stale.thaw();
      if (late !== null) {
        const isLate = (one: ExecutionResource): boolean => one.metadata.uid !== first.metadata.uid && isDone(one);
        const again = await awaitExecution(world, namespace, name, isLate);
        expect([again.status?.phase, again.status?.conditions?.[0]?.reason]).toEqual(['Skipped', late]);
      }
      expect(await stale.ended).toBe('Lost');
      stale.crash();
      await next.stop();
      const launched = (await namesOf(world, EXECUTIONS, namespace)).filter((one) => one.startsWith(connector));
      expect(launched).toEqual(late === null ? [] : [name]);
      expect(world.kubelet.jobs.length - before).toBe(1);
      const slots = await world.rows(
        sql`SELECT state FROM smartconnector.schedule_slot WHERE connector = ${connector}`,
      );
      expect(slots).toEqual([{ state: 'Launched' }]);
    },
  );

  test('a credential that two of them made at once is one that works', async () => {
    const fresh = await world.freshNamespace();
    await createConnector(world, fresh, 'file', PLAIN_CONNECTOR);
    const stale = await world.inProcess({ identity: 'stale', lease: LEASE, fault: 'runner-secret:before:1:stop' });
    await createExecution(world, fresh, 'one', 'file');
    await stale.struck;
    const next = await world.inProcess({ identity: 'next', lease: LEASE });
    await awaitExecution(world, fresh, 'one');
    stale.thaw();
    expect(await stale.ended).toBe('Lost');
    stale.crash();
    await createExecution(world, fresh, 'two', 'file');
    await awaitExecution(world, fresh, 'two');
    expect(await effortOf(world, fresh, 'two')).toBe('1 Jobs, 1 planned, 1 begun');
    expect(await vendorsOf(world, fresh)).toEqual(['Acme', 'Bolt']);
    await next.stop();
  });

  test('no status broke a rule or went back', async () => {
    expect(await world.statuses.faults()).toEqual([]);
  });
});
