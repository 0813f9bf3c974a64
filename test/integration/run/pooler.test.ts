import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { openTransactionPooler, type TransactionPooler } from '../../support/transaction-pooler.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

/** What a session would hold if anybody had left anything in it. */
const LEFT_IN_SESSION = `SELECT
  (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
  (SELECT count(*)::int FROM pg_prepared_statements WHERE name <> '') AS statements,
  (SELECT count(*)::int FROM pg_cursors WHERE name <> '') AS cursors,
  (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS temporary,
  (SELECT count(*)::int FROM pg_listening_channels()) AS channels,
  (SELECT array_agg(name ORDER BY name) FROM pg_settings WHERE source = 'session'
    AND lower(name) NOT IN ('application_name', 'client_encoding', 'datestyle', 'timezone')) AS settings`;

const NOTHING = { locks: 0, statements: 0, cursors: 0, temporary: 0, channels: 0, settings: null };

/** Each run works on three connections at most, each of which may be in a transaction. */
const SESSIONS = 6;

describe('through a pooler in transaction mode', () => {
  let database: TestDatabase;
  let pooler: TransactionPooler;
  let pool: SqlPool;
  let world: CliWorld;

  beforeAll(async () => {
    database = await freshDatabase();
    pooler = await openTransactionPooler(database.url, SESSIONS);
    pool = openPool(database.url);
    world = await openCliWorld(pooler.url);
  });
  afterAll(async () => {
    await pool.close();
    await world.close();
    await pooler.close();
    await database.drop();
  });

  type Run = (id: string, rows: string, ...more: string[]) => Promise<RunResult>;
  const prepare = async (namespace: string, diffCheck: boolean): Promise<Run> => {
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      `${namespace}.yaml`,
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector({ diffCheck }))}`,
    );
    return async (id, rows, ...more) => {
      const input = await world.file(`${namespace}-${id}.csv`, stockFile(rows));
      const common = ['--connector', 'stock', '--output', 'json', '--chunk-rows', '2'];
      const ended = await world.run([
        'run',
        manifests,
        '-i',
        input,
        '--execution',
        `${namespace}-${id}`,
        ...common,
        ...more,
      ]);
      expect([ended.status, ended.stderr]).toEqual([0, '']);
      return ended.json() as RunResult;
    };
  };
  const stockOf = async (namespace: string): Promise<string[]> => {
    const text = `SELECT sku, amount FROM "kz_${namespace}".stock WHERE archived_at IS NULL ORDER BY sku, id`;
    const { rows } = await pool.query({ text, values: [] });
    return rows.map((row) => `${String(row['sku'])}=${String(row['amount'])}`);
  };
  const expectCleanSessions = async (): Promise<void> => {
    const sessions = await pooler.inEachSession(LEFT_IN_SESSION);
    expect(sessions).toEqual(Array.from({ length: SESSIONS }, () => [NOTHING]));
  };

  test('a dry run predicts, a run writes, the next one leaves out what is as before, and a revert takes it back', async () => {
    const run = await prepare('plain', true);
    await run('first', 'a=1 b=2 c=3 d=4 e=5');
    const file = 'a=1 b=20 c=3 d=40 e=5 f=6 g=7';
    const dry = await run('dry', file, '--dry-run');
    const handedBefore = pooler.handed;
    const live = await run('second', file);
    // A session for the whole run would be one that was handed out a few times only.
    expect(pooler.handed - handedBefore).toBeGreaterThan(SESSIONS * 2);
    const counts = { created: 2, updated: 2, failed: 0 };
    expect([dry.steps[0], live.steps[0]]).toMatchObject([counts, counts]);
    expect(live.scopes[0]).toMatchObject({ rows: 7, unchangedByDiff: 3 });
    expect(await stockOf('plain')).toEqual(['a=1', 'b=20', 'c=3', 'd=40', 'e=5', 'f=6', 'g=7']);
    const reverted = await world.run(['revert', 'plain-second', '--output', 'json']);
    expect([reverted.status, reverted.stderr]).toEqual([0, '']);
    expect(await stockOf('plain')).toEqual(['a=1', 'b=2', 'c=3', 'd=4', 'e=5']);
    await expectCleanSessions();
  });

  test.each([true, false])('two runs on one object at once, with a diff check: %s', async (diffCheck) => {
    const namespace = diffCheck ? 'in-turn' : 'at-once';
    const run = await prepare(namespace, diffCheck);
    await run('first', 'a=1 b=1 c=1');
    const results = await Promise.all([run('one', 'a=2 b=2 d=2 e=2 f=2'), run('other', 'f=2 e=2 d=2 b=2 a=2')]);
    const written = results.map(({ steps: [step] }) => (step?.created ?? 0) + (step?.updated ?? 0));
    expect(results.map(({ phase }) => phase)).toEqual(['Succeeded', 'Succeeded']);
    // Whoever comes to a row first writes it; the other one finds it as it wants it.
    expect(written[0] ?? 0).toBe(5 - (written[1] ?? 0));
    expect(await stockOf(namespace)).toEqual(['a=2', 'b=2', 'c=1', 'd=2', 'e=2', 'f=2']);
    await expectCleanSessions();
  });
});
