import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { API_VERSION, CONNECTORS, EXECUTIONS } from '../../../operator/api/kinds.ts';
import type { Activation } from '../../../operator/controllers/execution/ports.ts';
import { createScheduleReconcile } from '../../../operator/controllers/schedule/reconcile.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { ListedStore } from '../../support/listed-store.ts';
import { freshPool } from '../../support/postgres.ts';
import { ACTIVE } from './execution-fixture.ts';

const MINUTE = 60_000;

describeWithApiServer('the schedule controller on a real API server', () => {
  let server: TestApiServer;
  let database: Awaited<ReturnType<typeof freshPool>>;
  let namespace: string;
  let now: Date;
  let activation: Activation;

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
    activation = ACTIVE;
    await create();
    // The first whole hour after the connector was created.
    now = new Date((Math.floor(Date.now() / (60 * MINUTE)) + 1) * 60 * MINUTE);
  });

  const create = () =>
    server.api.create(CONNECTORS, {
      apiVersion: API_VERSION,
      kind: 'SmartConnector',
      metadata: { name: 'nightly', namespace },
      spec: {
        type: 'Scheduler',
        scheduler: { schedule: '0 * * * *', startingDeadline: '12h' },
        sql: { script: 'CREATE TABLE output.a AS SELECT 1 AS n;' },
        executionVariables: [{ name: 'n', type: 'Number' }],
        loadSteps: [
          {
            name: 'a',
            object: 'a',
            matching: [{ field: 'n', variable: 'n' }],
            mapping: [{ field: 'n', variables: ['n'] }],
          },
        ],
      },
    });

  /** A pool that counts what is asked of it. */
  let asked: number;
  const countingPool = (): SqlPool => ({
    query: (statement) => (asked++, database.pool.query(statement)),
    withConnection: (work) => (asked++, database.pool.withConnection(work)),
    close: () => Promise.resolve(),
  });

  /** An operator: what it remembers, others do not know. */
  function startOperator(): () => Promise<void> {
    const connectors = new ListedStore(server.api, CONNECTORS);
    const executions = new ListedStore(server.api, EXECUTIONS);
    const { reconcile: run, noteSeen } = createScheduleReconcile({
      api: server.api,
      connectors,
      executions,
      pool: countingPool(),
      events: { record: () => undefined },
      now: () => now,
      log: pino({ level: 'silent' }),
      buildInput: () => ({ connector: null, objects: [], faults: [], scriptHash: 'h', environmentHash: 'e' }),
      readActivation: () => activation,
    });
    return async () => {
      await Promise.all([connectors.refresh(), executions.refresh()]);
      for (const connector of connectors.list(namespace)) noteSeen(connector);
      await run({ namespace, name: 'nightly' }, new AbortController().signal);
    };
  }
  const reconcile = (): Promise<void> => startOperator()();

  const listed = async () =>
    (await server.api.list(EXECUTIONS, { namespace })).map(({ metadata }) => [
      metadata.annotations?.['smartconnectors.dev/scheduled-time'],
      metadata.annotations?.['smartconnectors.dev/slot-state'] ?? 'Run',
    ]);
  const states = async () =>
    (
      await database.pool.query(
        sql`SELECT state, reason FROM smartconnector.schedule_slot WHERE namespace = ${namespace} ORDER BY slot`,
      )
    ).rows.map(({ state, reason }) => `${String(state)} ${String(reason)}`);

  test('a slot runs once, however many operators look at it, and however often', async () => {
    await Promise.all([reconcile(), reconcile(), reconcile()]);
    await reconcile();
    expect(await listed()).toEqual([[now.toISOString(), 'Run']]);
    expect(await states()).toEqual(['Launched Due']);
  });

  test('an operator that died before it could create an execution creates it when it is back', async () => {
    await reconcile();
    const [made] = await server.api.list(EXECUTIONS, { namespace });
    await server.api.delete(EXECUTIONS, { namespace, name: made?.metadata.name ?? '' }, {});
    await database.pool.query(sql`UPDATE smartconnector.schedule_slot SET state = 'Claimed'`);
    await reconcile();
    expect(await listed()).toEqual([[now.toISOString(), 'Run']]);
  });

  test('a connector that is deleted and created again does not run a slot twice', async () => {
    await reconcile();
    await server.api.delete(CONNECTORS, { namespace, name: 'nightly' }, {});
    await create();
    await reconcile();
    expect(await listed()).toEqual([[now.toISOString(), 'Run']]);
  });

  test('after downtime the latest slot runs, and the others are recorded', async () => {
    await reconcile();
    now = new Date(now.getTime() + 3 * 60 * MINUTE + 5 * MINUTE);
    await reconcile();
    const slots = [0, 2, 3].map((hours) =>
      new Date(now.getTime() - (3 - hours) * 60 * MINUTE - 5 * MINUTE).toISOString(),
    );
    expect((await listed()).sort()).toEqual([
      [slots[0], 'Run'],
      [slots[1], 'Missed'],
      [slots[2], 'Run'],
    ]);
    expect(await states()).toEqual(['Launched Due', 'Missed LaterSlotRan', 'Missed LaterSlotRan', 'Launched CaughtUp']);
  });

  test('the slots of an inactive connector are skipped, and told of', async () => {
    activation = { state: 'Invalid', reason: 'ValidationFailed', message: 'no such column' };
    await reconcile();
    activation = ACTIVE;
    await reconcile();
    expect(await listed()).toEqual([[now.toISOString(), 'Skipped']]);
    expect(await states()).toEqual(['Skipped ValidationFailed']);
  });

  test('an edited schedule fires for nothing before the edit', async () => {
    await reconcile();
    now = new Date(now.getTime() + 40 * MINUTE);
    await server.api.patch(
      CONNECTORS,
      { namespace, name: 'nightly' },
      { spec: { scheduler: { schedule: '*/5 * * * *', catchUp: 'All' } } },
    );
    await reconcile();
    expect(await listed()).toHaveLength(1);
    now = new Date(now.getTime() + 5 * MINUTE);
    await reconcile();
    expect(await listed()).toHaveLength(2);
  });

  test('a connector that nobody edits and no slot of which is due is not asked about', async () => {
    const look = startOperator();
    await look();
    asked = 0;
    await server.api.patch(CONNECTORS, { namespace, name: 'nightly' }, { status: { queueLength: 1 } }, 'status');
    await look();
    expect(asked).toBe(0);
    now = new Date(now.getTime() + 60 * MINUTE);
    await look();
    expect(await listed()).toHaveLength(2);
    asked = 0;
    await server.api.patch(CONNECTORS, { namespace, name: 'nightly' }, { spec: { active: false } });
    await look();
    expect(asked).toBeGreaterThan(0);
    asked = 0;
    now = new Date(now.getTime() + 10 * MINUTE);
    await look();
    expect(asked).toBeGreaterThan(0);
  });

  test('a clock that was years ahead ran its slots, and those of the right time run after it, each once', async () => {
    await reconcile();
    const right = now;
    now = new Date('2099-01-01T00:00:00Z');
    await reconcile();
    const ahead = (await listed()).filter(([, kind]) => kind === 'Run').length;
    now = right;
    await reconcile();
    now = new Date(right.getTime() + 60 * MINUTE);
    await reconcile();
    await reconcile();
    const ran = (await listed()).filter(([slot, kind]) => kind === 'Run' && slot === now.toISOString());
    expect(ran).toHaveLength(1);
    expect((await listed()).filter(([, kind]) => kind === 'Run')).toHaveLength(ahead + 1);
  });

  test('an execution that claims a slot of years to come does not stop the schedule', async () => {
    await reconcile();
    const [made] = await server.api.list(EXECUTIONS, { namespace });
    const far = '2099-01-01T00:00:00.000Z';
    const name = (made?.metadata.name ?? '').replace(/\d+$/, String(Date.parse(far) / MINUTE));
    await server.api.create(EXECUTIONS, {
      apiVersion: API_VERSION,
      kind: EXECUTIONS.kind,
      metadata: {
        name,
        namespace,
        annotations: { 'smartconnectors.dev/scheduled-time': far },
        ownerReferences: made?.metadata.ownerReferences ?? [],
      },
      spec: { connector: 'nightly', mode: 'Live' },
    });
    await reconcile();
    now = new Date(now.getTime() + 60 * MINUTE);
    await reconcile();
    expect((await listed()).map(([slot]) => slot)).toContain(now.toISOString());
  });

  test('an execution of a slot has its finalizer from the beginning', async () => {
    await reconcile();
    const [execution] = await server.api.list(EXECUTIONS, { namespace });
    expect(execution?.metadata.finalizers).toEqual(['smartconnectors.dev/cancel']);
  });
});
