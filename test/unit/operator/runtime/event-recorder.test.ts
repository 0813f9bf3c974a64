import { pino } from 'pino';
import { expect, test } from 'vitest';
import { AppError } from '../../../../core/errors/app-error.ts';
import { ApiEventRecorder } from '../../../../operator/runtime/api-event-recorder.ts';
import type { KubernetesApi, NewResource } from '../../../../operator/runtime/kubernetes-api.ts';
import type { EventNote } from '../../../../operator/runtime/reconciler.ts';
import type { Resource } from '../../../../operator/runtime/resource.ts';

const MINUTE = 60_000;
const REFUSED = new AppError({ code: 'Forbidden', class: 'waiting', message: 'the namespace is being terminated' });

const connector = (name = 'prices', uid = 'u1'): Resource => ({
  apiVersion: 'smartconnectors.dev/v1alpha1',
  kind: 'SmartConnector',
  metadata: { name, namespace: 'sales', uid, resourceVersion: '5', generation: 1, creationTimestamp: '' },
});
const note = (reason = 'Activated', message = 'executions may start'): EventNote => ({
  type: 'Normal',
  reason,
  message,
});

interface Written {
  readonly reason: string;
  readonly message: string;
  count: number;
  lastTimestamp: string;
  readonly body: NewResource;
}

/** The API server as the recorder sees it, and the clock. */
function world() {
  const events = new Map<string, Written>();
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  let suffixes = 0;
  const state = { calls: 0, refusal: null as AppError | null, until: Promise.resolve() };
  const api = {
    create: async (_kind: unknown, body: NewResource) => {
      state.calls += 1;
      await state.until;
      if (state.refusal !== null) throw state.refusal;
      events.set(body.metadata.name, { ...(body as unknown as Written), body });
      return body;
    },
    patch: async (_kind: unknown, { name }: { name: string }, patch: Partial<Written>) => {
      state.calls += 1;
      await state.until;
      if (state.refusal !== null) throw state.refusal;
      const known = events.get(name);
      if (known === undefined) return null;
      Object.assign(known, patch);
      return known;
    },
  } as unknown as KubernetesApi;
  const recorder = new ApiEventRecorder({
    api,
    component: 'smartconnector',
    identity: 'operator-0',
    now: () => new Date(nowMs),
    suffix: () => `s${(suffixes += 1)}`,
    log: pino({ enabled: false }),
  });
  return { events, state, recorder, list: () => [...events.values()], pass: (ms: number) => void (nowMs += ms) };
}

/** Records one at a time: each has been written or left out before the next. */
async function recordEach(
  { recorder }: ReturnType<typeof world>,
  notes: readonly EventNote[],
  about = connector(),
): Promise<void> {
  for (const one of notes) {
    recorder.record(about, one);
    await recorder.flush();
  }
}

test('an event says whom it is about, so that kubectl describe finds it, and who says it', async () => {
  const it = world();
  await recordEach(it, [note()]);
  expect(it.list()[0]?.body).toMatchObject({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'sales', name: 'prices.s1' },
    involvedObject: {
      apiVersion: 'smartconnectors.dev/v1alpha1',
      kind: 'SmartConnector',
      namespace: 'sales',
      name: 'prices',
      uid: 'u1',
      resourceVersion: '5',
    },
    type: 'Normal',
    reason: 'Activated',
    message: 'executions may start',
    count: 1,
    source: { component: 'smartconnector' },
    reportingComponent: 'smartconnector',
    reportingInstance: 'operator-0',
  });
});

test('what is said again is counted', async () => {
  const it = world();
  await recordEach(it, [note(), note()]);
  it.pass(MINUTE);
  await recordEach(it, [note()]);
  expect(it.list()).toMatchObject([{ count: 3, lastTimestamp: '2026-01-01T00:01:00.000Z' }]);
});

test.each<[string, Resource, EventNote]>([
  ['another reason', connector(), note('Deactivated')],
  ['another message', connector(), note('Activated', 'again')],
  ['another type', connector(), { ...note(), type: 'Warning' }],
  ['another object', connector('orders', 'u2'), note()],
  ['an object of the same name that was created anew', connector('prices', 'u2'), note()],
])('%s is another event', async (_case, about, other) => {
  const it = world();
  await recordEach(it, [note()]);
  await recordEach(it, [other], about);
  expect(it.list().map(({ count }) => count)).toEqual([1, 1]);
});

test('after ten minutes, and where the server has dropped it, a new event begins', async () => {
  const it = world();
  await recordEach(it, [note()]);
  it.pass(10 * MINUTE);
  await recordEach(it, [note()]);
  it.events.clear();
  await recordEach(it, [note()]);
  expect(it.list()).toMatchObject([{ count: 1, body: { metadata: { name: 'prices.s3' } } }]);
});

test('a reason that always says something new is cut short, and hides no other reason', async () => {
  const it = world();
  await recordEach(
    it,
    Array.from({ length: 100 }, (_, index) => note('AttemptFailed', `attempt ${index}`)),
  );
  expect(it.list()).toHaveLength(25);
  await recordEach(it, [note('Cancelled')]);
  expect(it.list()).toHaveLength(26);
  it.pass(10 * MINUTE);
  await recordEach(it, [note('AttemptFailed', 'attempt 101')]);
  expect(it.list().at(-1)?.message).toBe('attempt 101');
});

test('what repeats itself all the time costs a few requests, and its count goes on', async () => {
  const it = world();
  for (let second = 0; second < 60; second++) {
    await recordEach(
      it,
      Array.from({ length: 20 }, () => note()),
    );
    it.pass(1000);
  }
  expect(it.state.calls).toBeLessThan(20);
  expect(it.list()).toHaveLength(1);
  expect(it.list()[0]?.count).toBeGreaterThan(900);
});

test('a server that refuses neither stops the work nor later events', async () => {
  const it = world();
  it.state.refusal = REFUSED;
  await recordEach(it, [note(), note()]);
  expect(it.list()).toEqual([]);
  it.state.refusal = null;
  await recordEach(it, [note('Deactivated')]);
  expect(it.list()).toMatchObject([{ reason: 'Deactivated' }]);
});

test('a server that does not answer holds up nobody, and what waits for it is bounded', async () => {
  const it = world();
  const answer = Promise.withResolvers<undefined>();
  it.state.until = answer.promise;
  for (let index = 0; index < 3000; index++) it.recorder.record(connector('prices', `u${index}`), note());
  expect(it.list()).toEqual([]);
  answer.resolve(undefined);
  await it.recorder.flush();
  expect(it.list().length).toBeLessThanOrEqual(1000);
  await recordEach(it, [note('Deactivated')]);
  expect(it.list().at(-1)?.reason).toBe('Deactivated');
});

test('a long message is cut to what an event takes, and a long name to what a name takes', async () => {
  const it = world();
  await recordEach(it, [note('Invalid', 'x'.repeat(5000))], connector(`${'a'.repeat(199)}.${'b'.repeat(50)}`));
  const [event] = it.list();
  expect(event?.message).toHaveLength(1024);
  expect(event?.body.metadata.name).toBe(`${'a'.repeat(199)}.s1`);
});
