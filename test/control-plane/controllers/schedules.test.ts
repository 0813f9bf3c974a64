import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { API_VERSION, CONNECTORS, EXECUTIONS, type ConnectorResource } from '../../../operator/api/kinds.ts';
import type { Activation } from '../../../operator/controllers/execution/ports.ts';
import { createScheduleReconcile } from '../../../operator/controllers/schedule/reconcile.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
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

  async function reconcile(): Promise<void> {
    const connectors = await server.api.list<ConnectorResource>(CONNECTORS, { namespace });
    const run = createScheduleReconcile({
      api: server.api,
      connectors: { kind: CONNECTORS, list: () => connectors, get: () => connectors[0] ?? null },
      pool: database.pool,
      events: { record: () => undefined },
      now: () => now,
      log: pino({ level: 'silent' }),
      buildInput: () => ({ connector: null, objects: [], faults: [], scriptHash: 'h', environmentHash: 'e' }),
      readActivation: () => activation,
    });
    await run({ namespace, name: 'nightly' }, new AbortController().signal);
  }

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
});
