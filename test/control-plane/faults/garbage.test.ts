import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findCondition } from '../../../core/control/conditions.ts';
import { statusFaults } from '../../../core/control/status-invariants.ts';
import { API_VERSION, CONNECTORS, EXECUTIONS, JOBS, OBJECTS, PODS } from '../../../operator/api/kinds.ts';
import type { ExecutionResource } from '../../../operator/api/kinds.ts';
import { FINALIZER } from '../../../operator/controllers/execution/decide.ts';
import { RUNNER_SECRET } from '../../../operator/database/runner-secret.ts';
import { OWNER_UID_LABEL } from '../../../operator/jobs/pod-parts.ts';
import type { Resource, ResourceKind } from '../../../operator/runtime/resource.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import { awaitObject } from '../../support/await-object.ts';
import { follow } from '../../support/follow.ts';
import {
  FILE_CONNECTOR,
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

const SECRETS: ResourceKind = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };
/** Of one object while all of these tests run; a loop without a pause writes thousands. */
const MAX_WRITES = 300;
const FUTURE = '9999-12-31T23:59:59Z';

type WithStatus = Resource & { readonly status?: object };

const condition = (type: string, status: string): object => ({
  type,
  status,
  reason: 'Garbage',
  message: 'written by hand',
  observedGeneration: 1,
  lastTransitionTime: FUTURE,
});
const CONDITIONS = [condition('Ready', 'True'), condition('Stalled', 'True'), condition('Foreign', 'Unknown')];

const CONNECTOR_GARBAGE: readonly (readonly [string, object | null])[] = [
  ['erased', null],
  ['said to be Active', { activation: { state: 'Active', reason: 'Garbage', scriptHash: 'no', validatedHash: 'no' } }],
  ['given foreign conditions', { conditions: CONDITIONS, observedGeneration: 999 }],
  [
    'given times and counts that cannot be',
    {
      observedGeneration: 0,
      queueLength: 2_000_000_000,
      nextSchedule: FUTURE,
      conditions: [condition('LastRunSucceeded', 'True')],
      executions: [{ name: 'nobody', phase: 'Running', startedAt: FUTURE }],
    },
  ],
];
const OBJECT_GARBAGE: readonly (readonly [string, object | null])[] = [
  ['erased', null],
  ['overwritten', { conditions: CONDITIONS, observedGeneration: 999, fieldCount: 99, table: 'kz_x.y', recordCount: 9 }],
];
const EXECUTION_GARBAGE: readonly (readonly [string, object | null])[] = [
  ['erased', null],
  ['said to have Succeeded', { phase: 'Succeeded', endedAt: FUTURE, totals: { written: 9, problems: 9 } }],
  ['said to be Missed', { phase: 'Missed', endedAt: '1970-01-01T00:00:00Z', conditions: CONDITIONS }],
  ['said to be Queued', { phase: 'Queued', conditions: [], attempt: 0, observedGeneration: 999 }],
  ['said to run', { phase: 'Running', stage: 'Load', attempt: 99, job: 'nobody', startedAt: FUTURE }],
];

/** As it says itself, but for when. */
const withoutTimes = (status: object | undefined): object =>
  JSON.parse(
    JSON.stringify(status, (key, value: unknown) => (key === 'lastTransitionTime' ? undefined : value)),
  ) as object;

describeWithApiServer('what people write by hand where they should not', () => {
  let world: FaultWorld;
  let namespace: string;
  const writes = new Map<string, number>();
  const watching = new AbortController();

  beforeAll(async () => {
    world = await openFaultWorld();
    await world.inProcess();
    for (const kind of [CONNECTORS, EXECUTIONS, OBJECTS] as ResourceKind[]) {
      follow(world.server.api, { kind, namespace: null }, watching.signal, ({ metadata: { uid } }) => {
        writes.set(uid, (writes.get(uid) ?? 0) + 1);
      });
    }
    namespace = await world.freshNamespace();
    await createConnector(world, namespace, 'file', FILE_CONNECTOR);
    await createConnector(world, namespace, 'held', { ...PLAIN_CONNECTOR, concurrency: { maxExecutions: 0 } });
    await createConnector(world, namespace, 'plain', { ...PLAIN_CONNECTOR, concurrency: { maxExecutions: 100 } });
    await createConnector(world, namespace, 'broken', {
      ...PLAIN_CONNECTOR,
      loadSteps: [{ ...PLAIN_CONNECTOR.loadSteps[0], object: 'nobody' }],
    });
    for (const name of ['file', 'held', 'plain']) await awaitConnector(world, namespace, name);
  });
  afterAll(async () => {
    watching.abort();
    await world.close();
  });
  beforeEach(() => {
    world.kubelet.onContainer = () => undefined;
  });

  /** Overwrites a status and waits until it says again what it said. */
  async function expectMended(kind: ResourceKind<WithStatus>, name: string, garbage: object | null): Promise<void> {
    const { api } = world.server;
    const key = { namespace, name };
    const before = withoutTimes((await api.get(kind, key))?.status);
    const spoilt = await api.patch(kind, key, { status: garbage }, 'status');
    expect(withoutTimes(spoilt?.status)).not.toEqual(before);
    const isMended = ({ status }: WithStatus): boolean => isDeepStrictEqual(withoutTimes(status), before);
    const mended = await awaitObject(api, kind, key, isMended);
    expect(JSON.stringify(mended)).not.toContain('9999');
    expect(statusFaults(mended)).toEqual([]);
  }

  test.each(CONNECTOR_GARBAGE)('a connector that is active, %s', (_, garbage) =>
    expectMended(CONNECTORS, 'file', garbage),
  );

  test.each(CONNECTOR_GARBAGE)('a connector with faults, %s', async (_, garbage) => {
    await awaitConnector(world, namespace, 'broken', ({ status }) => status?.activation?.state === 'Invalid');
    await expectMended(CONNECTORS, 'broken', garbage);
  });

  test.each(OBJECT_GARBAGE)('an object, %s', (_, garbage) => expectMended(OBJECTS, 'vendor', garbage));

  test.each(EXECUTION_GARBAGE)('an execution that waits, %s', async (_, garbage) => {
    if ((await world.server.api.get(EXECUTIONS, { namespace, name: 'waits' })) === null) {
      await createExecution(world, namespace, 'waits', 'held');
    }
    await awaitExecution(world, namespace, 'waits', ({ status }) => reasonOf(status) === 'QueueHeld');
    await expectMended(EXECUTIONS, 'waits', garbage);
    expect(await effortOf(world, namespace, 'waits')).toBe('0 Jobs, 0 planned, 0 begun');
  });

  const reasonOf = (status: ExecutionResource['status']): string =>
    findCondition(status?.conditions, 'Ready')?.reason ?? '';

  test.each(EXECUTION_GARBAGE)('an execution that runs, %s: it runs once', async (what, garbage) => {
    const name = `runs-${EXECUTION_GARBAGE.findIndex(([one]) => one === what)}`;
    const goOn = await createHeld(world, namespace, name, 'plain');
    await world.server.api.patch(EXECUTIONS, { namespace, name }, { status: garbage }, 'status');
    await awaitExecution(
      world,
      namespace,
      name,
      ({ status }) => status?.phase === 'Running' && status.attempt === 1 && reasonOf(status) === 'Running',
    );
    goOn();
    const { status } = await awaitExecution(world, namespace, name);
    expect(status).toMatchObject({ phase: 'Succeeded', attempt: 1 });
    expect(await effortOf(world, namespace, name)).toBe('1 Jobs, 1 planned, 1 begun');
    // What has ended is mended as well.
    await expectMended(EXECUTIONS, name, garbage);
    expect(await effortOf(world, namespace, name)).toBe('1 Jobs, 1 planned, 1 begun');
  });

  interface Meddling {
    readonly what: string;
    readonly meddle: (job: Resource, name: string) => Promise<unknown>;
    /** What the execution says of it, where it does. */
    readonly reason: string | null;
    readonly effort: string;
  }

  const ONCE = '1 Jobs, 1 planned, 1 begun';
  const patchJob = (change: object) => (job: Resource) => world.server.api.patch(JOBS, job.metadata, change);

  const MEDDLING: readonly Meddling[] = [
    {
      what: 'its Job is suspended',
      meddle: patchJob({ spec: { suspend: true } }),
      reason: 'JobSuspended',
      effort: ONCE,
    },
    {
      what: 'its Job loses its labels, annotations and owner',
      meddle: patchJob({ metadata: { labels: null, annotations: null, ownerReferences: null } }),
      reason: null,
      effort: ONCE,
    },
    {
      what: 'its Job is deleted',
      meddle: (job) => world.server.api.delete(JOBS, job.metadata, { propagationPolicy: 'Foreground' }),
      reason: null,
      effort: '2 Jobs, 2 planned, 2 begun',
    },
    {
      what: 'its finalizer is taken away: it gets it back',
      meddle: async (_job, name) => {
        await world.server.api.patch(EXECUTIONS, { namespace, name }, { metadata: { finalizers: null } });
        const isBack = ({ metadata }: Resource): boolean => metadata.finalizers?.includes(FINALIZER) === true;
        await awaitExecution(world, namespace, name, isBack);
      },
      reason: null,
      effort: ONCE,
    },
    {
      what: 'a pod of its Job gives a reason that is no word',
      meddle: async (job) => {
        const { name, labels } = job.metadata;
        const key = { namespace, name: `${name}-garbage` };
        await world.server.api.create(PODS, {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            ...key,
            labels: { ...labels, 'batch.kubernetes.io/job-name': name },
            annotations: { 'smartconnectors.dev/owner': 'meddled' },
          },
          spec: { containers: [{ name: 'load', image: 'test' }], restartPolicy: 'Never' },
        });
        expect(labels?.[OWNER_UID_LABEL]).toBeDefined();
        const waiting = { reason: '1: not a word!', message: 'a\u0000b' };
        const status = { name: 'load', image: 'test', imageID: '', ready: false, restartCount: 0, state: { waiting } };
        await world.server.api.patch(PODS, key, { status: { containerStatuses: [status] } }, 'status');
      },
      reason: 'Notaword',
      effort: ONCE,
    },
  ];

  test.each(MEDDLING)('an execution that runs: $what', async (meddling) => {
    const name = `meddled-${MEDDLING.indexOf(meddling)}`;
    const goOn = await createHeld(world, namespace, name, 'plain');
    const { status } = await awaitExecution(world, namespace, name, (one) => one.status?.job !== undefined);
    const job = await world.server.api.get(JOBS, { namespace, name: status?.job ?? '' });
    if (job === null) throw new Error('its Job is gone');
    await meddling.meddle(job, name);
    const { reason } = meddling;
    if (reason !== null) {
      await awaitExecution(world, namespace, name, (one) => reasonOf(one.status) === reason);
    }
    goOn();
    expect((await awaitExecution(world, namespace, name)).status?.phase).toBe('Succeeded');
    expect(await effortOf(world, namespace, name)).toBe(meddling.effort);
  });

  test.each([
    ['a time beyond all times', { 'smartconnectors.dev/scheduled-time': '+010000-01-01T00:00:00Z' }],
    ['a text that PostgreSQL does not store', { 'smartconnectors.dev/triggered-by': 'a\u0000b' }],
    ['a slot in no state', { 'smartconnectors.dev/slot-state': 'Garbage', 'smartconnectors.dev/slot-reason': '!' }],
    ['a hash that is none', { 'smartconnectors.dev/input-sha256': '\u{1F4A9}'.repeat(1000) }],
  ])('an execution with %s in its annotations runs, and holds up no other', async (what, annotations) => {
    const name = `annotated-${what.length}`;
    await world.server.api.create(EXECUTIONS, {
      apiVersion: API_VERSION,
      kind: EXECUTIONS.kind,
      metadata: { name, namespace, annotations },
      spec: { connector: 'plain', input: { configMapKeyRef: { name: 'input', key: 'a.csv' } } },
    });
    await createExecution(world, namespace, `${name}-next`, 'plain');
    for (const one of [name, `${name}-next`]) {
      expect((await awaitExecution(world, namespace, one)).status?.phase).toBe('Succeeded');
    }
  });

  test('names as long as they may be, and a Secret of garbage', async () => {
    const connector = `c${'-x'.repeat(31)}`;
    const execution = `${'e.'.repeat(126)}e`;
    const { api } = world.server;
    await createConnector(world, namespace, connector, FILE_CONNECTOR);
    await awaitConnector(world, namespace, connector);
    const url = Buffer.from('\u0000postgres://garbage').toString('base64');
    await api.patch(SECRETS, { namespace, name: RUNNER_SECRET }, { data: { url, more: url } });
    await createExecution(world, namespace, execution, connector);
    expect((await awaitExecution(world, namespace, execution)).status?.phase).toBe('Succeeded');
    expect(await vendorsOf(world, namespace)).toEqual(['Acme', 'Bolt']);
  });

  test('nothing was written again and again', async () => {
    for (const kind of [CONNECTORS, EXECUTIONS, OBJECTS] as ResourceKind<WithStatus>[]) {
      for (const object of await world.server.api.list(kind, { namespace })) {
        const { name, uid } = object.metadata;
        expect([name, (writes.get(uid) ?? 0) < MAX_WRITES]).toEqual([name, true]);
      }
    }
  });
});
