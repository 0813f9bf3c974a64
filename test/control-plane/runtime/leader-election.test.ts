import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAsLeader, type LeaderElectionOptions } from '../../../operator/runtime/leader-election.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';

describeWithApiServer('an election on a Lease', () => {
  let server: TestApiServer;
  beforeAll(async () => {
    server = await startApiServer();
  });
  afterAll(() => server.stop());

  const options = (name: string, identity: string, leaseMs: number): LeaderElectionOptions => ({
    api: server.api,
    lease: { namespace: 'default', name },
    identity,
    leaseMs,
    renewDeadlineMs: leaseMs * 0.66,
    retryMs: 100,
    monotonicNow: () => performance.now(),
    now: () => new Date(),
    sleep: async (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    random: () => 0.5,
    log: pino({ enabled: false }),
  });
  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });

  /** A candidate, when it leads, and what it does then. */
  const stand = (name: string, identity: string, leaseMs: number, work = untilAborted) => {
    const stopping = new AbortController();
    const leads = Promise.withResolvers<undefined>();
    const end = runAsLeader(options(name, identity, leaseMs), stopping.signal, async (leading) => {
      leads.resolve(undefined);
      await work(leading);
    });
    return { leads: leads.promise, end, stop: () => stopping.abort() };
  };

  test('has one leader, and the next one as soon as that has let go', async () => {
    const first = stand('handover', 'a', 60_000);
    await first.leads;
    const second = stand('handover', 'b', 60_000);
    const waited = await Promise.race([second.leads.then(() => 'leads'), delay(500).then(() => 'waits')]);
    expect(waited).toBe('waits');
    first.stop();
    expect(await first.end).toBe('Released');
    await second.leads;
    second.stop();
    expect(await second.end).toBe('Released');
  });

  test('is not let go before what the leader does has ended', async () => {
    const done: string[] = [];
    const first = stand('slow', 'a', 60_000, async (leading) => {
      await untilAborted(leading);
      await delay(300);
      done.push('first ended');
    });
    await first.leads;
    const second = stand('slow', 'b', 60_000);
    void second.leads.then(() => done.push('second leads'));
    first.stop();
    await second.leads;
    expect(done).toEqual(['first ended', 'second leads']);
    second.stop();
    await Promise.all([first.end, second.end]);
  });

  test('goes to another when the leader is gone without a word, after the time of the Lease', async () => {
    await server.api.create(
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' },
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'gone', namespace: 'default' },
        spec: { holderIdentity: 'nobody', leaseDurationSeconds: 1, leaseTransitions: 3 },
      },
    );
    const second = stand('gone', 'b', 1500);
    await second.leads;
    second.stop();
    await second.end;
  });

  test('is lost, before another may take over, where the API server is away', async () => {
    const leader = stand('lost', 'a', 1500);
    await leader.leads;
    await server.stopServer('SIGKILL');
    expect(await leader.end).toBe('Lost');
    await server.startServer();
  });
});
