import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { followExecution, type FollowPorts } from '../../../cli/cluster/follow.ts';
import { retryTransient, type RetryPorts } from '../../../cli/cluster/retry-transient.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import type { ExecutionResource } from '../../../operator/api/kinds.ts';

const KEY = { namespace: 'sales', name: 'one' };
const AWAY = new AppError({ code: 'ApiUnavailable', class: 'transient', message: 'away' });
const FORBIDDEN = new AppError({ code: 'Forbidden', class: 'waiting', message: 'no watch for you' });

const execution = (phase: string, endedAt?: string): ExecutionResource =>
  ({
    apiVersion: 'smartconnectors.dev/v1alpha1',
    kind: 'SmartConnectorExecution',
    metadata: { ...KEY, uid: 'u', resourceVersion: '7' },
    spec: { connector: 'a' },
    status: { phase, ...(endedAt === undefined ? {} : { endedAt }) },
  }) as ExecutionResource;
const RUNNING = execution('Running');
const ENDED = execution('Succeeded', '2026-01-01T00:00:00Z');

const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const stream = (...lines: string[]): Readable => Readable.from(lines);

/** A clock that only pauses move on. */
function retryPorts(waitMs = 60_000): RetryPorts & { readonly outages: string[]; readonly pauses: number[] } {
  let now = 0;
  const outages: string[] = [];
  const pauses: number[] = [];
  return {
    outages,
    pauses,
    waitMs,
    signal: new AbortController().signal,
    monotonicNow: () => now,
    pause: (ms) => {
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    },
    onOutage: (error) => outages.push(error.message),
  };
}

/** Answers in their order; an error is thrown. */
function answers<T>(...given: (T | AppError)[]): () => Promise<T> {
  return () => {
    const next = given.shift();
    if (next === undefined) throw new Error('asked once too often');
    return next instanceof AppError ? Promise.reject(next) : Promise.resolve(next);
  };
}

function follow(
  get: () => Promise<ExecutionResource | null>,
  openWatch: () => Promise<Readable>,
  retry: RetryPorts = retryPorts(),
) {
  const seen: string[] = [];
  const api = { get, openWatch } as unknown as FollowPorts['api'];
  const ports = { ...retry, api, onChange: ({ status }: ExecutionResource) => void seen.push(status?.phase ?? '') };
  return { seen, ended: followExecution(KEY, ports) };
}

test('each change is told as it comes, and the end is returned', async () => {
  const lines = [event('MODIFIED', RUNNING), event('BOOKMARK', {}), event('MODIFIED', ENDED)];
  const { seen, ended } = follow(answers(RUNNING, ENDED), answers(stream(...lines)));
  expect((await ended)?.status?.phase).toBe('Succeeded');
  expect(seen).toEqual(['Running', 'Running', 'Succeeded']);
});

test('an execution that has ended is not watched', async () => {
  const { ended } = follow(answers(ENDED), answers<Readable>());
  expect((await ended)?.status?.phase).toBe('Succeeded');
});

test('whoever may not watch looks again and again', async () => {
  const { ended } = follow(answers(RUNNING, RUNNING, ENDED), answers<Readable>(FORBIDDEN, FORBIDDEN));
  expect((await ended)?.status?.phase).toBe('Succeeded');
});

test('a watch that breaks off, or ends, is begun again', async () => {
  const broken: Readable = new Readable({ read: () => broken.destroy(new Error('reset')) });
  const { ended } = follow(answers(RUNNING, RUNNING, RUNNING, ENDED), answers<Readable>(broken, stream(), AWAY));
  expect((await ended)?.status?.phase).toBe('Succeeded');
});

test('one that is deleted meanwhile, also if another takes its name, is not waited for', async () => {
  const { ended } = follow(
    answers<ExecutionResource | null>(RUNNING, null),
    answers(stream(event('DELETED', RUNNING))),
  );
  await expect(ended).rejects.toMatchObject({ code: 'ExecutionGone' });
});

test('an outage is told once, and outlasted with pauses that grow', async () => {
  const retry = retryPorts();
  const { ended } = follow(answers<ExecutionResource>(AWAY, AWAY, AWAY, ENDED), answers<Readable>(), retry);
  expect((await ended)?.status?.phase).toBe('Succeeded');
  expect(retry.outages).toEqual(['away']);
  expect(retry.pauses).toEqual([500, 1000, 2000]);
});

test('an outage that lasts too long is the end, and what cannot pass is it at once', async () => {
  const retry = retryPorts(10_000);
  await expect(retryTransient(() => Promise.reject(AWAY), retry)).rejects.toBe(AWAY);
  expect(retry.pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(10_000);
  const none = retryPorts();
  await expect(retryTransient(() => Promise.reject(FORBIDDEN), none)).rejects.toBe(FORBIDDEN);
  expect(none.pauses).toEqual([]);
});

test('a token that is not taken is the end at once', async () => {
  const retry = retryPorts();
  const refused = new AppError({ code: 'Unauthorized', class: 'transient', message: 'who are you?' });
  const { ended } = follow(answers<ExecutionResource>(refused), answers<Readable>(), retry);
  await expect(ended).rejects.toBe(refused);
  expect(retry.outages).toEqual([]);
});

test('told to stop in an outage, it ends without a result', async () => {
  const stopping = new AbortController();
  const retry = {
    ...retryPorts(),
    signal: stopping.signal,
    pause: (): Promise<void> => {
      stopping.abort();
      return Promise.resolve();
    },
  };
  const { ended } = follow(answers<ExecutionResource>(AWAY, AWAY), answers<Readable>(), retry);
  expect(await ended).toBeNull();
  await expect(retryTransient(() => Promise.reject(AWAY), retry)).rejects.toMatchObject({ code: 'Interrupted' });
});

test('told to stop, it ends without a result', async () => {
  const stopping = new AbortController();
  const retry = { ...retryPorts(), signal: stopping.signal };
  const { ended } = follow(
    answers(RUNNING),
    () => {
      stopping.abort();
      return Promise.reject(AWAY);
    },
    retry,
  );
  expect(await ended).toBeNull();
});
