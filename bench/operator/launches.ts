import { setTimeout as delay } from 'node:timers/promises';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import { sql } from '../../runner/postgres/sql.ts';
import { API_VERSION, CONNECTORS, EXECUTIONS, JOBS, type JobResource } from '../../operator/api/kinds.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { spreadOf } from '../measure/statistics.ts';
import { inParallel } from './in-parallel.ts';
import { connectorKey, mustCreate } from './resources.ts';
import { follow } from '../../test/support/follow.ts';

/** Milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly least: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

const REACTIONS = 20;

/** How soon an execution that somebody creates has its Job, one after another. A dry run waits for nobody. */
export async function measureReaction(api: RestApi): Promise<Latencies> {
  const stopping = new AbortController();
  const waiting = new Map<string, () => void>();
  const jobs = follow(api, { kind: JOBS, namespace: null }, stopping.signal, (job) =>
    waiting.get(ownerOf(job) ?? '')?.(),
  );
  await jobs.synced;
  const taken: number[] = [];
  try {
    for (let index = 0; index < REACTIONS; index++) {
      const { namespace, name } = connectorKey(index);
      const execution = `reaction-${index}`;
      const created = new Promise<void>((resolve) => waiting.set(execution, resolve));
      const startedAt = performance.now();
      await mustCreate(api, EXECUTIONS, {
        apiVersion: API_VERSION,
        kind: EXECUTIONS.kind,
        metadata: { name: execution, namespace },
        spec: { connector: name, mode: 'DryRun' },
      });
      await created;
      taken.push(performance.now() - startedAt);
    }
  } finally {
    stopping.abort();
  }
  return latenciesOf(taken);
}

/** Room to edit all schedules, and for the operator to see that, before they come due. */
const EDIT_MS_EACH = 40;
const MINUTE_MS = 60_000;

/** Lets the schedules of all connectors come due in the same minute, and waits for all of their Jobs. */
export async function measureLaunches<C>(
  api: RestApi,
  pool: SqlPool,
  connectors: number,
  measure: (work: () => Promise<void>) => Promise<C>,
): Promise<{ readonly cost: C; readonly delays: Latencies }> {
  const slot = new Date(Math.ceil((Date.now() + 20_000 + EDIT_MS_EACH * connectors) / MINUTE_MS) * MINUTE_MS);
  const schedule = `${slot.getUTCMinutes()} ${slot.getUTCHours()} ${slot.getUTCDate()} ${slot.getUTCMonth() + 1} *`;
  await inParallel(connectors, 8, (index) =>
    api.patch(CONNECTORS, connectorKey(index), { spec: { scheduler: { schedule } } }),
  );
  const countNoted = sql`SELECT count(*)::int AS n FROM smartconnector.schedule WHERE schedule = ${schedule}`;
  while (Number((await pool.query(countNoted)).rows[0]?.['n']) < connectors) await delay(200);
  if (Date.now() > slot.getTime()) throw new Error('the schedules came due before all of them were edited');
  const stopping = new AbortController();
  const delays = new Map<string, number>();
  const cost = await measure(
    () =>
      new Promise<void>((resolve) => {
        follow(api, { kind: JOBS, namespace: null }, stopping.signal, (job) => {
          if (ownerOf(job)?.startsWith('connector-') !== true || delays.has(job.metadata.uid)) return;
          delays.set(job.metadata.uid, Date.now() - slot.getTime());
          if (delays.size >= connectors) resolve();
        });
      }),
  );
  stopping.abort();
  return { cost, delays: latenciesOf([...delays.values()]) };
}

/** The execution that a Job is of. */
const ownerOf = ({ metadata }: JobResource): string | undefined =>
  metadata.ownerReferences?.find(({ kind }) => kind === EXECUTIONS.kind)?.name;

function latenciesOf(values: readonly number[]): Latencies {
  const sorted = [...values].sort((a, b) => a - b);
  const p95 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? 0;
  return { count: values.length, ...spreadOf(values), p95 };
}
