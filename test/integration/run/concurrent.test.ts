import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

/** Held by the test; a trigger on one row waits for it, in the middle of a chunk. */
const GATE = 4_218;

const statement = (text: string): { text: string; values: [] } => ({ text, values: [] });

/** Waits, in the server, until somebody waits for a lock that is the gate, or that is any other. */
const untilWaiting = (objid: string): string => `DO $$ BEGIN LOOP
  EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid ${objid} AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));
  PERFORM pg_sleep(0.01); END LOOP; END $$`;

describe('two runs on one object at once', () => {
  let database: TestDatabase;
  let pool: SqlPool;
  let world: CliWorld;

  beforeAll(async () => {
    database = await freshDatabase();
    pool = openPool(database.url);
    world = await openCliWorld(database.url);
  });

  afterAll(async () => {
    await world.close();
    await pool.close();
    await database.drop();
  });

  test('a chunk that was planned before the other run wrote is planned again', async () => {
    const manifests = await world.file('manifests.yaml', `${STOCK_OBJECT}---${stockConnector({ diffCheck: false })}`);
    const run = async (name: string, rows: string): Promise<RunResult> => {
      const input = await world.file(`${name}.csv`, stockFile(rows));
      const common = ['--connector', 'stock', '--output', 'json', '--no-report', '--chunk-rows', '2'];
      return (
        await world.run(['run', manifests, '--input', input, '--execution', name, ...common])
      ).json() as RunResult;
    };
    await run('before', 'a=1');
    await pool.query(
      statement(`CREATE FUNCTION kz_default.gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NEW; END $$`),
    );
    await pool.query(
      statement(`CREATE TRIGGER gate BEFORE INSERT OR UPDATE ON kz_default.stock FOR EACH ROW
        WHEN (NEW.note = 'gate') EXECUTE FUNCTION kz_default.gate()`),
    );
    const [slow, late] = await pool.withConnection(async (gate) => {
      await gate.query(statement(`SELECT pg_advisory_lock(${GATE})`));
      // Its second chunk creates b and c, and stops within.
      const first = run('slow', 'a=2 a=3 b=1 c=1,gate d=1');
      await gate.query(statement(untilWaiting(`= ${GATE}`)));
      // Looks while neither is there, and waits for the object.
      const second = run('late', 'b=10 c=20 e=1');
      await gate.query(statement(untilWaiting(`<> ${GATE}`)));
      await gate.query(statement(`SELECT pg_advisory_unlock(${GATE})`));
      return [await first, await second];
    });
    expect(slow.steps[0]).toMatchObject({ created: 3, updated: 2, failed: 0 });
    expect(late.steps[0]).toMatchObject({ created: 1, updated: 2, failed: 0 });
    const { rows } = await pool.query(statement('SELECT sku, amount FROM kz_default.stock ORDER BY sku'));
    expect(rows.map((row) => `${String(row['sku'])}=${String(row['amount'])}`)).toEqual([
      'a=3',
      'b=10',
      'c=20',
      'd=1',
      'e=1',
    ]);
  });
});
