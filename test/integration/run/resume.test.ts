import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../core/model/outcome.ts';
import type { RunResult } from '../../../core/model/run-result.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { insertExecution, type NewExecution } from '../../../runner/executions/executions.ts';
import { connector } from '../../support/oracle/builders.ts';
import { openCliWorld, type CliResult, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

const FIRST = 'a=1 b=2 c=3';
const SECOND = 'a=1 b=20 c=30 d=4 =5 e=1.5 f=6';
/** Held by the test; a trigger on one row waits for it, in the middle of a chunk. */
const GATE = 4_217;

describe('an execution that is disturbed in the middle', () => {
  let database: TestDatabase;
  let pool: SqlPool;
  let world: CliWorld;
  let undisturbed: readonly string[];

  const command = (text: string): Promise<unknown> => pool.query({ text, values: [] });

  const prepare = async (
    namespace: string,
  ): Promise<(rows: string, ...args: string[]) => Parameters<CliWorld['run']>[0]> => {
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      `${namespace}/manifests.yaml`,
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector({ diffCheck: false }))}`,
    );
    const input = await world.file(`${namespace}/first.csv`, stockFile(FIRST));
    const common = ['--connector', 'stock', '--output', 'json', '--no-report', '--chunk-rows', '2'];
    await world.run(['run', manifests, '--input', input, ...common]);
    return (rows, ...args) => ['run', manifests, '--input', `${namespace}/${rows}.csv`, ...common, ...args];
  };

  const outcomesOf = async (id: string): Promise<string[]> => {
    const { stdout } = await world.run(['outcomes', id]);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome)
      .map(({ row, status, reason, before, after }) => JSON.stringify([row, status, reason, before, after]));
  };

  const recordsOf = async (namespace: string): Promise<unknown> => {
    const { rows } = await pool.query({
      text: `SELECT sku, amount, note, archived_at FROM "kz_${namespace}".stock ORDER BY sku, amount`,
      values: [],
    });
    return rows;
  };

  /** Runs until the row of this key is being written, disturbs it there, and lets go. */
  const disturb = async (
    namespace: string,
    args: Parameters<CliWorld['run']>[0],
    key: string,
    signal: NodeJS.Signals,
  ): Promise<CliResult> => {
    await command(`CREATE OR REPLACE FUNCTION "kz_${namespace}".gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NEW; END $$`);
    await command(`CREATE TRIGGER gate BEFORE INSERT OR UPDATE ON "kz_${namespace}".stock FOR EACH ROW
      WHEN (NEW.sku = '${key}') EXECUTE FUNCTION "kz_${namespace}".gate()`);
    return pool.withConnection(async (gate) => {
      await gate.query({ text: 'SELECT pg_advisory_lock($1)', values: [GATE] });
      let pid = 0;
      const running = world.run(args, { onStart: (id) => (pid = id) });
      await gate.query({
        text: `DO $$ BEGIN LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${GATE} AND NOT granted);
          PERFORM pg_sleep(0.01); END LOOP; END $$`,
        values: [],
      });
      process.kill(pid, signal);
      if (signal === 'SIGKILL') await running;
      await gate.query({ text: 'SELECT pg_advisory_unlock($1)', values: [GATE] });
      const result = await running;
      await command(`DROP TRIGGER gate ON "kz_${namespace}".stock`);
      return result;
    });
  };

  beforeAll(async () => {
    database = await freshDatabase();
    pool = openPool(database.url);
    world = await openCliWorld(database.url);
    const run = await prepare('calm');
    await world.file('calm/second.csv', stockFile(SECOND));
    const result = (await world.run(run('second', '--execution', 'calm'))).json() as RunResult;
    expect(result.phase).toBe('PartialSuccess');
    undisturbed = await outcomesOf('calm');
  });
  afterAll(async () => {
    await pool.close();
    await world.close();
    await database.drop();
  });

  test.each(['b', 'c', 'd', 'f'])(
    'killed while row %s is written, then resumed: records and outcomes as undisturbed',
    async (key) => {
      const namespace = `kill-${key}`;
      const run = await prepare(namespace);
      await world.file(`${namespace}/second.csv`, stockFile(SECOND));
      const args = run('second', '--execution', namespace);
      const killed = await disturb(namespace, args, key, 'SIGKILL');
      expect(killed.status).toBe(null);
      const resumed = await world.run(args);
      expect([resumed.stderr, resumed.status]).toEqual(['', 3]);
      expect(await outcomesOf(namespace)).toEqual(undisturbed);
      expect(await recordsOf(namespace)).toEqual(await recordsOf('calm'));
      const again = await world.run(args);
      expect(again.stdout).toBe(resumed.stdout);
    },
  );

  test('SIGTERM stops at the next chunk: what is committed stays, the rest is NotProcessed, exit status 130', async () => {
    const run = await prepare('term');
    await world.file('term/second.csv', stockFile(SECOND));
    const stopped = await disturb('term', run('second', '--execution', 'term'), 'c', 'SIGTERM');
    expect(stopped.status).toBe(130);
    const result = stopped.json() as RunResult;
    expect(result.phase).toBe('Cancelled');
    expect(result.steps[0]).toMatchObject({ updated: 2, unchanged: 1, created: 1, notProcessed: 2 });
    expect((await outcomesOf('term')).filter((line) => line.includes('NotProcessed'))).toHaveLength(2);
  });

  test('a scope whose file is gone ends a resumed run with its name, and it goes on once the file is back', async () => {
    const run = await prepare('gone');
    await world.file('gone/second.csv', stockFile(SECOND));
    const args = run('second', '--execution', 'gone');
    await world.run(args, { environment: { SMARTCONNECTOR_FAULT: 'scopes:after:1' } });
    const scopes = join(world.directory, 'state', 'executions', 'gone', 'scopes');
    const [file = ''] = (await readdir(scopes)).filter((name) => name.endsWith('.tsv.zst'));
    await rename(join(scopes, file), join(scopes, 'elsewhere'));
    const ended = await world.run(args);
    expect([ended.status, (ended.json() as RunResult).error?.code]).toEqual([4, 'ArtifactGone']);
    expect(ended.stdout).toContain(join('executions', 'gone', 'scopes', file));
    await rename(join(scopes, 'elsewhere'), join(scopes, file));
    expect((await world.run(args)).status).toBe(3);
    expect(await outcomesOf('gone')).toEqual(undisturbed);
  });

  test('an id that another command took in the same moment is refused with what to do', async () => {
    const execution: NewExecution = {
      id: 'taken',
      mode: 'Live',
      diffCheck: false,
      chunkRows: 1,
      snapshot: { connector: connector(), objects: [] },
      inputName: null,
      triggeredBy: null,
      scheduledTime: null,
      startedAt: '2026-01-31T12:00:00Z',
    };
    await pool.withConnection(async ({ pg }) => {
      await insertExecution(pg, execution);
      await expect(insertExecution(pg, execution)).rejects.toMatchObject({ code: 'ExecutionExists' });
    });
  });
});
