import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCondition } from '../../../core/control/conditions.ts';
import { OBJECTS } from '../../../operator/api/kinds.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import { awaitObject } from '../../support/await-object.ts';
import { openDatabaseProxy, type DatabaseProxy } from '../../support/database-proxy.ts';
import type { OperatorProcess } from '../../support/operator-process.ts';
import {
  PLAIN_CONNECTOR,
  awaitConnector,
  awaitExecution,
  createConnector,
  createExecution,
  effortOf,
  openFaultWorld,
  vendorsOf,
  type FaultWorld,
} from './fault-world.ts';

/** As the kubelet does with a container that ends. */
const RESTART_MS = 100;

describeWithApiServer('what an operator needs goes away, and comes back', () => {
  let world: FaultWorld;
  let proxy: DatabaseProxy;
  let namespace: string;
  let operator: OperatorProcess;
  let isOver = false;

  beforeAll(async () => {
    world = await openFaultWorld();
    proxy = await openDatabaseProxy(world.databaseUrl);
    namespace = await world.freshNamespace();
    await createConnector(world, namespace, 'file', PLAIN_CONNECTOR);
    void keepRunning();
    await awaitConnector(world, namespace, 'file');
  });
  afterAll(async () => {
    isOver = true;
    await world.close();
    await proxy.close();
  });

  async function keepRunning(): Promise<void> {
    while (!isOver) {
      operator = await world.operator({ databaseUrl: proxy.url, args: ['--max-attempts', '1'] });
      await operator.ended;
      await delay(RESTART_MS);
    }
  }

  /** Does something as soon as a container of an execution begins. */
  const atContainer = (name: string, container: string, act: () => Promise<void>): Promise<void> =>
    new Promise((resolve, reject) => {
      world.kubelet.onContainer = (job, begun) => {
        if (!job.startsWith(`${name}-`) || begun !== container) return;
        world.kubelet.onContainer = () => undefined;
        act().then(resolve, reject);
      };
    });

  test.each([
    ['the API server is killed and started again', 'killed'],
    ['the API server ends and starts again', 'ended'],
    ['etcd is killed and started again', 'etcd'],
  ])('%s under a run: it goes on, and its end is written', async (_sentence, name) => {
    const { server } = world;
    const acted = atContainer(name, 'load', async () => {
      if (name === 'etcd') return server.restartStore();
      await server.stopServer(name === 'killed' ? 'SIGKILL' : 'SIGTERM');
      await server.startServer();
    });
    await createExecution(world, namespace, name, 'file');
    await acted;
    const { status } = await awaitExecution(world, namespace, name);
    expect(status?.phase).toBe('Succeeded');
    expect(await effortOf(world, namespace, name)).toBe('1 Jobs, 1 planned, 1 begun');
  });

  test('PostgreSQL goes away under a run: everything says so, and what it costs is no attempt', async () => {
    const acted = atContainer('outage', 'load', async () => {
      await proxy.accepts(false);
      proxy.cut();
    });
    await createExecution(world, namespace, 'outage', 'file');
    await acted;
    const away = await awaitExecution(
      world,
      namespace,
      'outage',
      ({ status }) => findCondition(status?.conditions, 'Ready')?.reason === 'DatabaseUnavailable',
    );
    expect(away.status?.phase).toMatch(/Pending|Running/);
    expect(findCondition(away.status?.conditions, 'Ready')?.message).toMatch(/does not answer.*check that it runs/);
    expect(findCondition(away.status?.conditions, 'Stalled')).toBeNull();
    const { api } = world.server;
    await api.patch(OBJECTS, { namespace, name: 'vendor' }, { metadata: { annotations: { touched: 'yes' } } });
    const isAway = ({ status }: { status?: { conditions?: Parameters<typeof findCondition>[0] } }): boolean =>
      findCondition(status?.conditions, 'Reconciling')?.message.includes('does not answer') === true;
    await awaitObject(api, OBJECTS, { namespace, name: 'vendor' }, isAway);
    const connector = await awaitConnector(world, namespace, 'file');
    expect(connector.status?.activation?.state).toBe('Active');
    const ready = await fetch(`${operator.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('does not answer')]);
    expect((await fetch(`${operator.url}/healthz`)).status).toBe(200);
    await proxy.accepts(true);
    const ended = await awaitExecution(world, namespace, 'outage');
    expect(ended.status?.phase).toBe('Succeeded');
    const [request] = await world.rows(
      sql`SELECT attempts, outages FROM smartconnector.execution_request WHERE name = 'outage'`,
    );
    expect(request).toEqual({ attempts: 2, outages: 1 });
    expect(await vendorsOf(world, namespace)).toEqual(['Acme', 'Bolt']);
    await awaitObject(api, OBJECTS, { namespace, name: 'vendor' }, (object) => !isAway(object));
  });

  test('no status broke a rule or went back', async () => {
    expect(await world.statuses.faults()).toEqual([]);
  });
});
