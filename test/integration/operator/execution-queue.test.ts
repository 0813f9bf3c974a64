import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { judgeStart } from '../../../operator/controllers/execution/gate.ts';
import { listNext, readQueue, recountRunning } from '../../../operator/database/execution-queue.ts';
import {
  addRequests,
  endRequest,
  holdRequest,
  markStarted,
  openRequests,
  type ExecutionRequest,
  type NewRequest,
} from '../../../operator/database/execution-requests.ts';
import { findRequestAndRun } from '../../../operator/database/stored-run.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { sql } from '../../../runner/postgres/sql.ts';
import { executionRequest, prospects } from '../../support/observed.ts';
import { freshPool } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof freshPool>>;
beforeAll(async () => {
  database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query(sql`TRUNCATE smartconnector.execution_request RESTART IDENTITY`));

const add = (requests: readonly (Partial<ExecutionRequest> & { readonly name: string })[]) =>
  addRequests(
    database.pool,
    requests.map((one): NewRequest => {
      const { sequence: _, ...request } = executionRequest({ uid: `${one.namespace ?? 'sales'}-${one.name}`, ...one });
      return request;
    }),
  );

/** What the controller does with a queued execution: it starts, or notes why it waits. */
async function look(uid: string, maxRunning: number): Promise<string> {
  const { request } = (await findRequestAndRun(database.pool, uid)) ?? {};
  if (request?.state !== 'Queued') return 'gone';
  const queue = await readQueue(database.pool, request, maxRunning);
  const verdict = judgeStart(request, prospects({ queue }), maxRunning);
  if (verdict.kind === 'Start') await markStarted(database.pool, uid, 'hash');
  else await holdRequest(database.pool, uid, verdict.reason, verdict.message);
  return verdict.kind === 'Start' ? 'Start' : verdict.reason;
}

async function listOpen(): Promise<ExecutionRequest[]> {
  const found: ExecutionRequest[] = [];
  for await (const request of openRequests(database.pool)) found.push(request);
  return found;
}

const started = async (): Promise<ExecutionRequest[]> => (await listOpen()).filter(({ state }) => state === 'Started');

/** Ends one, and lets those look that are called. @returns the uids of those that started */
async function endOne(request: ExecutionRequest, maxRunning: number): Promise<string[]> {
  await endRequest(database.pool, request.uid, { phase: 'Succeeded', reason: 'Succeeded', message: '' });
  const begun: string[] = [];
  for (const { namespace, name } of await listNext(database.pool, request, maxRunning)) {
    const uid = `${namespace}-${name}`;
    if ((await look(uid, maxRunning)) === 'Start') begun.push(uid);
  }
  return begun;
}

/** The first namespace comes with most of the executions, and before all others. */
const CROWD = [
  { namespace: 'crowd', count: 150, connectors: 10 },
  { namespace: 'some', count: 40, connectors: 8 },
  { namespace: 'few', count: 10, connectors: 5 },
];
const MAX_RUNNING = 6;

async function fill(): Promise<string[]> {
  const all = CROWD.flatMap(({ namespace, count, connectors }) =>
    Array.from({ length: count }, (_, index) => ({
      namespace,
      name: `e-${String(index).padStart(3, '0')}`,
      connector: `c-${index % connectors}`,
    })),
  );
  await add(all);
  return all.map(({ namespace, name }) => `${namespace}-${name}`);
}

test('200 executions of three namespaces share the room, each connector in its order, and none is left behind', async () => {
  for (const uid of await fill()) await look(uid, MAX_RUNNING);
  const order = new Map<string, string[]>();
  const note = ({ namespace, connector, sequence }: ExecutionRequest): void => {
    const key = `${namespace}/${connector}`;
    order.set(key, [...(order.get(key) ?? []), sequence]);
  };
  let running = await started();
  running.forEach(note);
  const shares: Record<string, number>[] = [];
  for (let [longest] = running; longest !== undefined; [longest] = running) {
    expect(running.length).toBeLessThanOrEqual(MAX_RUNNING);
    await endOne(longest, MAX_RUNNING);
    const now = await started();
    const begun = now.filter(({ uid }) => !running.some((one) => one.uid === uid));
    begun.forEach(note);
    running = [...running.filter(({ uid }) => now.some((one) => one.uid === uid)), ...begun];
    const count = (namespace: string): number => running.filter((one) => one.namespace === namespace).length;
    shares.push({ crowd: count('crowd'), some: count('some'), few: count('few') });
  }
  // Nobody looks by itself in here: whoever is not called when something ends would wait for ever.
  expect(await listOpen()).toEqual([]);
  for (const sequences of order.values()) {
    expect(sequences).toEqual([...sequences].sort((a, b) => Number(a) - Number(b)));
  }
  expect([...order.values()].flat()).toHaveLength(200);
  // The crowd had all the room; as it ends, the others get theirs before it gets more.
  expect(shares[3]).toEqual({ crowd: 2, some: 2, few: 2 });
  const whileAllWait = shares.slice(3, 15);
  for (const share of whileAllWait) expect(share).toEqual({ crowd: 2, some: 2, few: 2 });
  // Where a namespace has no more, its share goes to those that have.
  expect(shares.some(({ few, some, crowd }) => few === 0 && some === 3 && crowd === 3)).toBe(true);
  expect(shares.some(({ few, some, crowd }) => few === 0 && some === 0 && crowd === 6)).toBe(true);
});

test('who looks first gets no room that is for another', async () => {
  await add([
    { namespace: 'a', name: 'a1', connector: 'one' },
    { namespace: 'a', name: 'a2', connector: 'two' },
    { namespace: 'b', name: 'b1', connector: 'one' },
  ]);
  for (const uid of ['a-a1', 'a-a2', 'b-b1']) expect(await look(uid, 0)).toBe('QuotaExceeded');
  expect(await look('a-a2', 2)).toBe('QuotaExceeded');
  expect(await look('b-b1', 2)).toBe('Start');
  expect(await look('a-a1', 2)).toBe('Start');
  expect(await look('a-a2', 2)).toBe('QuotaExceeded');
});

test('dry runs and validations have room of their own: they block no live execution, and none blocks them', async () => {
  await add([
    { name: 'dry-1', mode: 'DryRun' },
    { name: 'dry-2', mode: 'Validate' },
    { name: 'live-1', connector: 'one' },
    { name: 'live-2', connector: 'two' },
  ]);
  expect(await look('sales-dry-1', 1)).toBe('Start');
  expect(await look('sales-live-1', 1)).toBe('Start');
  expect(await look('sales-dry-2', 1)).toBe('QuotaExceeded');
  expect(await look('sales-live-2', 1)).toBe('QuotaExceeded');
  const [dry] = await started();
  expect(dry?.name).toBe('dry-1');
  if (dry !== undefined) expect(await endOne(dry, 1)).toEqual(['sales-dry-2']);
});

test('those that are called are the next ones of the connector, though they wait for their turn only', async () => {
  await add(['e1', 'e2', 'e3'].map((name) => ({ name })));
  expect(await look('sales-e1', 10)).toBe('Start');
  expect(await look('sales-e2', 10)).toBe('WaitingForTurn');
  expect(await look('sales-e3', 10)).toBe('WaitingForTurn');
  const [first] = await started();
  if (first !== undefined) expect(await endOne(first, 10)).toEqual(['sales-e2']);
});

test('all that have not ended are found, page by page, while those of a page end', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `e-${index}`);
  await add(names.map((name) => ({ name })));
  const found: string[] = [];
  for await (const { name, uid } of openRequests(database.pool, 10)) {
    found.push(name);
    await endRequest(database.pool, uid, { phase: 'Cancelled', reason: 'Removed', message: '' });
  }
  expect(found).toEqual(names);
});

const NUMBERS = {
  counted: sql`
    SELECT namespace, mode = 'Live' AS "isLive", count(*)::int AS executions
    FROM smartconnector.execution_request WHERE state = 'Started' GROUP BY 1, 2 ORDER BY 1, 2`,
  kept: sql`
    SELECT namespace, is_live AS "isLive", executions FROM smartconnector.running_executions
    WHERE executions <> 0 ORDER BY 1, 2`,
};

/** That the numbers are those of the executions, and that there are any. */
async function expectTrueNumbers(): Promise<void> {
  const { rows: counted } = await database.pool.query(NUMBERS.counted);
  const { rows: kept } = await database.pool.query(NUMBERS.kept);
  expect(kept).toEqual(counted);
  expect(counted.length).toBeGreaterThan(0);
}

/** Executions of three namespaces and all modes that start, end and go, many at once. @param every called now and then */
async function disturb(every: () => Promise<void>): Promise<void> {
  const all = Array.from({ length: 300 }, (_, index) => ({
    namespace: ['crowd', 'some', 'few'][index % 3] ?? '',
    name: `e-${index}`,
    mode: (['Live', 'Live', 'DryRun', 'Validate'] as const)[index % 4] ?? 'Live',
  }));
  await add(all);
  const uids = all.map(({ namespace, name }) => `${namespace}-${name}`);
  const end = (uid: string) => endRequest(database.pool, uid, { phase: 'Succeeded', reason: 'Succeeded', message: '' });
  await Promise.all(
    uids.map(async (uid, index) => {
      if (index % 50 === 0) await every();
      // Some start twice, end twice, or end without a start.
      if (index % 5 !== 0) await markStarted(database.pool, uid, 'hash');
      if (index % 7 === 0) await markStarted(database.pool, uid, 'hash');
      if (index % 3 !== 0) await end(uid);
      if (index % 11 === 0) await end(uid);
      if (index % 13 === 0) {
        await database.pool.query(sql`DELETE FROM smartconnector.execution_request WHERE uid = ${uid}`);
      }
    }),
  );
}

test('how many run is known without counting them, whatever starts, ends and goes at the same time', async () => {
  await disturb(() => Promise.resolve());
  await expectTrueNumbers();
  await database.pool.query(sql`TRUNCATE smartconnector.execution_request`);
  expect((await database.pool.query(NUMBERS.kept)).rows).toEqual([]);
});

test('a number that is wrong is counted anew, while executions start and end', async () => {
  await add([{ name: 'waits' }]);
  await database.pool.query(sql`INSERT INTO smartconnector.running_executions VALUES ('gone', true, 5)`);
  expect(await look('sales-waits', 5)).toBe('QuotaExceeded');
  await disturb(() => recountRunning(database.pool));
  await expectTrueNumbers();
});
