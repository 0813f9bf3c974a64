import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION, CONNECTORS, EXECUTIONS, JOBS, OBJECTS, PODS } from '../../../operator/api/kinds.ts';
import type { Resource, ResourceKind } from '../../../operator/runtime/resource.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import { awaitAbsence } from '../../support/await-object.ts';
import {
  PLAIN_CONNECTOR,
  awaitConnector,
  awaitExecution,
  createConnector,
  createExecution,
  createHeld,
  effortOf,
  openFaultWorld,
  vendorsOf,
  type FaultWorld,
} from './fault-world.ts';

const NAMESPACES: ResourceKind = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces' };
const SECRETS: ResourceKind = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };

describeWithApiServer('things that are deleted while they are at work', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await openFaultWorld();
    await world.inProcess();
  });
  afterAll(() => world.close());

  async function withConnector(): Promise<string> {
    const namespace = await world.freshNamespace();
    await createConnector(world, namespace, 'file', PLAIN_CONNECTOR);
    await awaitConnector(world, namespace, 'file');
    return namespace;
  }

  const requestOf = async (namespace: string): Promise<unknown> =>
    world.rows(sql`
      SELECT name, state, phase, reason FROM smartconnector.execution_request WHERE namespace = ${namespace} ORDER BY sequence`);

  test('an execution: its run stops at the next chunk, and nothing is left of it', async () => {
    const namespace = await withConnector();
    const goOn = await createHeld(world, namespace, 'one', 'file');
    await world.server.api.delete(EXECUTIONS, { namespace, name: 'one' });
    await awaitExecution(world, namespace, 'one', ({ status }) => status?.conditions?.[0]?.reason === 'Cancelling');
    goOn();
    await awaitAbsence(world.server.api, EXECUTIONS, { namespace, name: 'one' });
    expect(await requestOf(namespace)).toEqual([
      { name: 'one', state: 'Ended', phase: 'Cancelled', reason: 'Cancelled' },
    ]);
    expect(await vendorsOf(world, namespace)).toEqual([]);
    await awaitNone(namespace, JOBS);
  });

  test('an execution that is created again under its name: it is another one', async () => {
    const namespace = await withConnector();
    const goOn = await createHeld(world, namespace, 'one', 'file');
    await world.server.api.delete(EXECUTIONS, { namespace, name: 'one' });
    goOn();
    await awaitAbsence(world.server.api, EXECUTIONS, { namespace, name: 'one' });
    await createExecution(world, namespace, 'one', 'file');
    const { status } = await awaitExecution(world, namespace, 'one');
    expect(status?.phase).toBe('Succeeded');
    expect(await requestOf(namespace)).toMatchObject([{ phase: 'Cancelled' }, { phase: 'Succeeded' }]);
  });

  test('an execution that is torn away without its finalizer: its run is fenced off, and the next one starts', async () => {
    const namespace = await withConnector();
    const goOn = await createHeld(world, namespace, 'one', 'file');
    await createExecution(world, namespace, 'two', 'file');
    // In this order: the operator gives a finalizer back to what is not being deleted.
    await world.server.api.delete(EXECUTIONS, { namespace, name: 'one' });
    await world.server.api.patch(EXECUTIONS, { namespace, name: 'one' }, { metadata: { finalizers: null } });
    const { status } = await awaitExecution(world, namespace, 'two');
    goOn();
    expect(status?.phase).toBe('Succeeded');
    expect(await requestOf(namespace)).toMatchObject([
      { name: 'one', phase: 'Cancelled', reason: 'Removed' },
      { name: 'two', phase: 'Succeeded' },
    ]);
    await awaitAbsentJob(namespace, 'one-');
  });

  test('a connector: its run goes on with what was frozen, and what waits says what it waits for', async () => {
    const namespace = await withConnector();
    const goOn = await createHeld(world, namespace, 'one', 'file');
    await createExecution(world, namespace, 'two', 'file');
    await world.server.api.delete(CONNECTORS, { namespace, name: 'file' });
    await awaitExecution(
      world,
      namespace,
      'two',
      ({ status }) => status?.conditions?.[0]?.reason === 'ConnectorMissing',
    );
    goOn();
    expect((await awaitExecution(world, namespace, 'one')).status?.phase).toBe('Succeeded');
    await createConnector(world, namespace, 'file', PLAIN_CONNECTOR);
    expect((await awaitExecution(world, namespace, 'two')).status?.phase).toBe('Succeeded');
    expect(await effortOf(world, namespace, 'one')).toBe('1 Jobs, 1 planned, 1 begun');
  });

  test('an object: its records stay, its connectors say what is missing, and it takes them up again', async () => {
    const namespace = await withConnector();
    await createExecution(world, namespace, 'one', 'file');
    await awaitExecution(world, namespace, 'one');
    const key = { namespace, name: 'vendor' };
    const object = await world.server.api.get(OBJECTS, key);
    await world.server.api.delete(OBJECTS, key);
    const broken = await awaitConnector(
      world,
      namespace,
      'file',
      ({ status }) => status?.activation?.state === 'Invalid',
    );
    expect(broken.status?.activation?.message).toMatch(/vendor/);
    await world.server.api.create(OBJECTS, {
      apiVersion: API_VERSION,
      kind: OBJECTS.kind,
      metadata: key,
      spec: object?.spec,
    });
    await awaitConnector(world, namespace, 'file');
    await createExecution(world, namespace, 'two', 'file');
    const { status } = await awaitExecution(world, namespace, 'two');
    expect(status?.steps?.[0]).toMatchObject({ created: 0, unchanged: 2 });
    expect(await vendorsOf(world, namespace)).toEqual(['Acme', 'Bolt']);
  });

  test('a namespace: everything in it can go, and its run is ended in PostgreSQL', async () => {
    const namespace = await withConnector();
    const goOn = await createHeld(world, namespace, 'one', 'file');
    await createExecution(world, namespace, 'two', 'file');
    await awaitExecution(world, namespace, 'two', ({ status }) => status?.phase === 'Queued');
    const { api } = world.server;
    await api.delete(NAMESPACES, { namespace: '', name: namespace });
    // What the namespace controller does: all that is in it is deleted, in no order that helps.
    for (const kind of [SECRETS, PODS, JOBS, CONNECTORS, OBJECTS, EXECUTIONS] as ResourceKind[]) {
      for (const { metadata } of await api.list<Resource>(kind, { namespace })) {
        await api.delete(kind, metadata, { propagationPolicy: 'Background' });
      }
    }
    for (const name of ['one', 'two']) await awaitAbsence(api, EXECUTIONS, { namespace, name });
    goOn();
    expect(await requestOf(namespace)).toMatchObject([
      { name: 'one', state: 'Ended', phase: 'Cancelled' },
      { name: 'two', state: 'Ended', phase: 'Cancelled' },
    ]);
    const runs = await world.rows(sql`
      SELECT phase, ended_at IS NOT NULL AS ended FROM smartconnector.execution WHERE namespace = ${namespace}`);
    expect(runs).toEqual([{ phase: 'Cancelled', ended: true }]);
    await awaitNone(namespace, JOBS);
  });

  async function awaitNone(namespace: string, kind: ResourceKind): Promise<void> {
    for (const { metadata } of await world.server.api.list<Resource>(kind, { namespace })) {
      await awaitAbsence(world.server.api, kind, metadata);
    }
  }

  async function awaitAbsentJob(namespace: string, prefix: string): Promise<void> {
    const jobs = await world.server.api.list(JOBS, { namespace });
    for (const { metadata } of jobs.filter((job) => job.metadata.name.startsWith(prefix))) {
      await awaitAbsence(world.server.api, JOBS, metadata);
    }
  }

  test('no status broke a rule or went back', async () => {
    expect(await world.statuses.faults()).toEqual([]);
  });
});
