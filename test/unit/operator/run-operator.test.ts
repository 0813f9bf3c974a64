import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { ChangeFeed, runOperator } from '../../../operator/run-operator.ts';
import { ControllerMetrics } from '../../../operator/runtime/controller-metrics.ts';
import type { RestApi } from '../../../operator/runtime/rest-api.ts';

/** A replica that leads from the beginning, with timers that go off when they are told to. */
function lead(sweep: () => Promise<void>) {
  const timers: { readonly ms: number; readonly call: () => void }[] = [];
  const stopping = new AbortController();
  const log = pino({ enabled: false });
  const waitForEnd = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const lease = { metadata: { name: 'lease', namespace: 'a' }, spec: { holderIdentity: 'me' } };
  const ended = runOperator(
    {
      election: {
        api: { get: () => Promise.resolve(null), create: () => Promise.resolve(lease) } as unknown as RestApi,
        lease: { namespace: 'a', name: 'lease' },
        identity: 'me',
        leaseMs: 15_000,
        renewDeadlineMs: 10_000,
        retryMs: 2000,
        monotonicNow: () => 0,
        now: () => new Date(0),
        sleep: waitForEnd,
        random: () => 0,
        log,
      },
      reflectors: [],
      feed: new ChangeFeed(),
      controllers: [],
      sweep,
      workers: 1,
      metrics: new ControllerMetrics(new Registry()),
      log,
      monotonicNow: () => 0,
      later: (ms, call) => {
        const timer = { ms, call };
        timers.push(timer);
        return () => timers.splice(0, timers.length, ...timers.filter((one) => one !== timer));
      },
    },
    stopping.signal,
  );
  return {
    timers,
    stop: async () => {
      stopping.abort();
      return ended;
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what could not be put in order while the database was away is, soon after, and then not before the next resync', async () => {
  let isAway = true;
  let sweeps = 0;
  const { timers, stop } = lead(() => {
    sweeps += 1;
    return isAway ? Promise.reject(new Error('away')) : Promise.resolve();
  });
  await settle();
  expect(timers.map(({ ms }) => ms)).toEqual([36_000_000, 60_000]);
  isAway = false;
  timers.pop()?.call();
  await settle();
  expect(sweeps).toBe(2);
  expect(timers.map(({ ms }) => ms)).toEqual([36_000_000]);
  expect(await stop()).toBe('Released');
  expect(timers).toEqual([]);
});

test('a replica that leads no more does not try again', async () => {
  const { timers, stop } = lead(() => Promise.reject(new Error('away')));
  await settle();
  await stop();
  expect(timers).toEqual([]);
});
