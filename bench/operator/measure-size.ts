import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { openPool, type SqlPool } from '../../runner/postgres/pool.ts';
import { migrateControlSchema } from '../../runner/executions/control-schema.ts';
import { CONNECTORS } from '../../operator/api/kinds.ts';
import { startApiServer, type TestApiServer } from '../../test/support/start-api-server.ts';
import { startOperator, type OperatorProcess } from '../../test/support/operator-process.ts';
import { readProcess } from '../measure/processes.ts';
import { watchMemory } from '../measure/sampler.ts';
import type { Server } from '../server.ts';
import { AuditLog, countAll, countWrites, type RequestCounts } from './audit.ts';
import { measureFloor, type Floor } from './floor.ts';
import { measureLaunches, measureReaction, type Latencies } from './launches.ts';
import { awaitReconciled } from './operator-metrics.ts';
import { createResources } from './resources.ts';
import { standInForNodes } from './stand-in-nodes.ts';
import { awaitCount } from './watch.ts';

/** What the operator took for something. */
export interface Cost {
  readonly seconds: number;
  /** Processor time of the operator. */
  readonly cpuSeconds: number;
  readonly requests: number;
  /** Of these, those that write; leases and events aside. */
  readonly writes: number;
  readonly byRequest: RequestCounts;
  /** Transactions in its database, whoever's: the answers of the stand-in for nodes are among them. */
  readonly transactions: number;
  readonly loadBefore: number;
}

export interface SizeResult {
  readonly connectors: number;
  readonly floor: Floor;
  /** From an operator that starts with connectors that nobody has validated to all of them active. */
  readonly validation: Cost & { readonly pssBytes: number; readonly rssBytes: number };
  /** From the start of the process, with all of them active already, to all looked at and nothing waiting. */
  readonly restart: Cost & { readonly pssBytes: number; readonly rssBytes: number };
  readonly idle: Cost;
  /** From the creation of an execution to its Job, one after another. */
  readonly reaction: Latencies;
  /** Of all connectors' slots in one minute, from the slot to the Job. */
  readonly launch: Cost & { readonly delays: Latencies; readonly pssBytes: number; readonly rssBytes: number };
}

interface World {
  readonly api: TestApiServer;
  readonly pool: SqlPool;
  readonly databaseUrl: string;
  readonly audit: AuditLog;
  readonly say: (text: string) => void;
}

/** Measures everything with so many connectors, on an API server and a database of their own. */
export async function measureSize(
  connectors: number,
  options: {
    readonly server: Server;
    readonly directory: string;
    readonly idleSeconds: number;
    readonly say: (text: string) => void;
  },
): Promise<SizeResult> {
  const auditFile = join(options.directory, 'audit.log');
  await mkdir(options.directory, { recursive: true });
  await rm(auditFile, { force: true });
  const databaseUrl = await options.server.freshDatabase('bench_operator');
  const pool = openPool(databaseUrl, { maxConnections: 8, applicationName: 'bench' });
  const api = await startApiServer({ auditFile });
  const stopping = new AbortController();
  const faults: unknown[] = [];
  try {
    await pool.withConnection(({ pg }) => migrateControlSchema(pg));
    standInForNodes(api.api, pool, stopping.signal, (error) => faults.push(error));
    const world: World = { api, pool, databaseUrl, audit: new AuditLog(auditFile), say: options.say };
    const result = await measureAll(world, connectors, options.idleSeconds);
    if (faults.length > 0)
      throw new Error(`the stand-in for nodes failed ${faults.length} times`, { cause: faults[0] });
    return result;
  } finally {
    stopping.abort();
    await pool.close();
    await api.stop();
    await options.server.dropDatabase('bench_operator');
  }
}

async function measureAll(world: World, connectors: number, idleSeconds: number): Promise<SizeResult> {
  const { api, pool, say } = world;
  say(`${connectors} connectors: creating them`);
  await createResources(api.api, connectors);
  const floor = await measureFloor(api.api, connectors);
  say(`${connectors} connectors: the first validation`);
  const first = await start(world, connectors);
  const validation = await first.measure(() =>
    awaitCount(api.api, CONNECTORS, connectors, ({ status }) => status?.activation?.state === 'Active'),
  );
  say(renderCost(validation));
  await first.stop();
  say(`${connectors} connectors: a restart`);
  const second = await start(world, connectors);
  const namespaces = Math.ceil(connectors / 100);
  const expected = { object: namespaces * 5, connector: connectors, schedule: connectors };
  const restart = await second.measure(() => awaitReconciled(second.operator.url, expected));
  say(renderCost(restart));
  // What a start leaves behind, such as compiled code that is optimised, is not what an idle operator does.
  await delay(15_000);
  say(`${connectors} connectors: ${idleSeconds} s of nothing`);
  const idle = await second.measure(() => delay(idleSeconds * 1000));
  say(renderCost(idle));
  const reaction = await second.whileItRuns(() => measureReaction(api.api));
  say(`${connectors} connectors: all of them due in one minute`);
  const launched = await second.whileItRuns(() =>
    measureLaunches(api.api, pool, connectors, (work) => second.measure(work)),
  );
  await second.stop();
  return {
    connectors,
    floor,
    validation,
    restart,
    idle,
    reaction,
    launch: { ...launched.cost, delays: launched.delays },
  };
}

const renderCost = ({ seconds, cpuSeconds, requests, pssBytes }: MeasuredCost): string =>
  `  ${seconds.toFixed(1)} s, cpu ${cpuSeconds.toFixed(1)} s, ${requests} requests, PSS ${(pssBytes / 2 ** 20).toFixed(0)} MiB`;

type MeasuredCost = Cost & { readonly pssBytes: number; readonly rssBytes: number };

interface RunningOperator {
  readonly operator: OperatorProcess;
  /** @throws Error with what it logged last where it ends before the work: on a busy machine, for it lost its leadership */
  whileItRuns<T>(work: () => Promise<T>): Promise<T>;
  /** What the operator took while the work went on: since it was started, for the first one. */
  measure(work: () => Promise<unknown>): Promise<MeasuredCost>;
  stop(): Promise<void>;
}

/** With its ordinary settings, but that nothing waits for room. */
async function start({ api, pool, databaseUrl, audit }: World, connectors: number): Promise<RunningOperator> {
  const transactions = async (): Promise<number> =>
    Number(
      (
        await pool.query({
          text: 'SELECT xact_commit AS n FROM pg_stat_database WHERE datname = current_database()',
          values: [],
        })
      ).rows[0]?.['n'],
    );
  let loadBefore = loadavg()[0] ?? 0;
  await audit.readNew();
  let startedAt = performance.now();
  let cpuBefore = 0;
  let transactionsBefore = await transactions();
  const operator = await startOperator(api, databaseUrl, {
    kubeconfig: api.operatorKubeconfig,
    args: ['--max-running', String(Math.min(10_000, 2 * connectors)), '--log-level', 'warn'],
  });
  let isFirst = true;
  const died = operator.ended.then(({ status, signal }) => {
    throw new Error(`the operator ended with ${status ?? signal ?? ''}: ${operator.log().slice(-3).join('; ')}`);
  });
  died.catch(() => undefined);
  const whileItRuns = <T>(work: () => Promise<T>): Promise<T> => Promise.race([work(), died]);
  return {
    operator,
    whileItRuns,
    measure: async (work) => {
      if (!isFirst) {
        loadBefore = loadavg()[0] ?? 0;
        startedAt = performance.now();
        cpuBefore = readProcess(operator.pid)?.cpuSeconds ?? 0;
        transactionsBefore = await transactions();
        await audit.readNew();
      }
      isFirst = false;
      const memory = watchMemory(operator.pid, () => true);
      await whileItRuns(work);
      const seconds = (performance.now() - startedAt) / 1000;
      const cpuSeconds = (readProcess(operator.pid)?.cpuSeconds ?? 0) - cpuBefore;
      const { pssBytes, rssBytes } = memory.stop();
      const byRequest = await audit.readNew();
      return {
        seconds,
        cpuSeconds,
        requests: countAll(byRequest),
        writes: countWrites(byRequest),
        byRequest,
        transactions: (await transactions()) - transactionsBefore,
        loadBefore,
        pssBytes,
        rssBytes,
      };
    },
    stop: async () => {
      await operator.stop();
      const { status } = await operator.ended;
      if (status !== 0)
        throw new Error(`the operator ended with ${status ?? 'a signal'}: ${operator.log().slice(-5).join('\n')}`);
    },
  };
}
