import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../core/model/outcome.ts';
import type { RunError, RunResult } from '../../../core/model/run-result.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliOptions, type CliResult, type CliWorld } from '../../support/cli.ts';
import { openDatabaseProxy, type CutSide, type DatabaseProxy } from '../../support/database-proxy.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

describe('a database that goes away', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let pool: SqlPool;
  let world: CliWorld;

  beforeAll(async () => {
    database = await freshDatabase();
    proxy = await openDatabaseProxy(database.url);
    pool = openPool(database.url);
    world = await openCliWorld();
  });
  afterEach(() => proxy.reset());
  afterAll(async () => {
    await pool.close();
    await proxy.close();
    await world.close();
    await database.drop();
  });

  /** Runs a file after a first one, in a namespace of its own. */
  const prepare = async (namespace: string): Promise<(more: string[], options?: CliOptions) => Promise<CliResult>> => {
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      `${namespace}/m.yaml`,
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector())}`,
    );
    const run = async (name: string, content: string, more: string[], options?: CliOptions): Promise<CliResult> => {
      const input = await world.file(`${namespace}/${name}.csv`, content);
      const common = ['-c', 'stock', '-o', 'json', '--chunk-rows', '2', '--execution', `${namespace}-${name}`];
      return world.run(['--database', proxy.url, 'run', manifests, '-i', input, ...common, ...more], options);
    };
    await run('before', stockFile('a=1 b=1 z=1'), []);
    return (more, options) => run('in', stockFile('a=1 b=2 c=3 d=4 e=5 e=6'), more, options);
  };

  /** Each record once, each row counted once. */
  const expectWhole = async (namespace: string, ended: CliResult): Promise<void> => {
    expect([ended.status === 0 ? '' : ended.stdout, ended.status]).toEqual(['', 0]);
    const result = ended.json() as RunResult;
    expect(result.phase).toBe('Succeeded');
    expect(result.scopes[0]).toMatchObject({ rows: 6, unchangedByDiff: 1 });
    expect(result.steps[0]).toMatchObject({ created: 3, updated: 2, failed: 0, notProcessed: 0 });
    const { rows } = await pool.query({
      text: `SELECT sku, amount FROM "kz_${namespace}".stock ORDER BY sku, id`,
      values: [],
    });
    const records = rows.map((row) => `${String(row['sku'])}=${String(row['amount'])}`);
    expect(records).toEqual(['a=1', 'b=2', 'c=3', 'd=4', 'e=6', 'z=1']);
    const outcomes = await world.run(['--database', database.url, 'outcomes', `${namespace}-in`]);
    const listed = outcomes.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Outcome).row);
    expect(listed).toEqual([2, 3, 4, 5, 6]);
  };

  test.each<[string, string, CutSide, number]>([
    ['while it takes its turn', 'pg_try_advisory_xact_lock', 'before', 1],
    ['as it stores the scopes', 'SET scopes', 'before', 1],
    ['in the middle of a COPY', 'PGCOPY', 'before', 2],
    ['as a chunk commits, the answer lost', 'COMMIT', 'after', 3],
    ['as the result is stored', 'SET result', 'before', 1],
  ])('%s, and is back: the run goes on and is whole', async (name, text, side, count) => {
    const namespace = name.toLowerCase().replaceAll(/\W+/g, '-');
    const run = await prepare(namespace);
    const before = proxy.cuts;
    proxy.cutAt(text, side, { count });
    const ended = await run([]);
    expect(proxy.cuts).toBe(before + 1);
    expect(ended.stderr).toMatch(/^note: PostgreSQL \(postgres:.*waiting for it, for 120 s at most\n$/);
    await expectWhole(namespace, ended);
  });

  test('for a while: the run waits for it', async () => {
    const run = await prepare('while');
    proxy.cutAt('PGCOPY', 'before', { count: 2, then: 'Refuse' });
    let back = Promise.resolve();
    const ended = await run([], {
      onError: (text) => {
        if (text.includes('waiting for it')) back = proxy.accepts(true);
      },
    });
    await back;
    await expectWhole('while', ended);
  });

  test('and stays away: the run ends with 75 and says how to go on, and that goes on', async () => {
    const run = await prepare('stays');
    proxy.cutAt('PGCOPY', 'before', { count: 2, then: 'Refuse' });
    const ended = await run(['--wait', '1']);
    await proxy.accepts(true);
    const { error } = ended.json() as { error: RunError };
    expect([ended.status, error.code]).toEqual([75, 'DatabaseUnavailable']);
    expect(error.message).toContain(
      'what was committed is kept; go on with "smartconnector run … --connector stock --execution stays-in"',
    );
    await expectWhole('stays', await run([]));
  });

  test('and is not there to begin with: 75 at once, and nothing was done', async () => {
    const run = await prepare('never');
    await proxy.accepts(false);
    const ended = await run([]);
    await proxy.accepts(true);
    const { error } = ended.json() as { error: RunError };
    expect([ended.status, error.code]).toEqual([75, 'DatabaseUnavailable']);
    expect(error.message).toContain('nothing was done; give the command again later');
    await expectWhole('never', await run([]));
  });

  test.each([
    ['starts up', '57P03'],
    ['has no connection free', '53300'],
  ])('and %s: the run waits for it', async (name, state) => {
    const namespace = name.replaceAll(' ', '-');
    const run = await prepare(namespace);
    proxy.answer(state, 2);
    const ended = await run([]);
    expect(ended.stderr).toContain(`[${state}]; waiting for it`);
    await expectWhole(namespace, ended);
  });
});
