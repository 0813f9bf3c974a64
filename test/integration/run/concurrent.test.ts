import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { type SqlPool } from '../../../runner/postgres/pool.ts';
import { useCliDatabase } from '../../support/cli-database.ts';
import { type CliWorld } from '../../support/cli.ts';
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
  let pool: SqlPool;
  let world: CliWorld;
  useCliDatabase((opened) => ({ pool, world } = opened));

  test.each([
    ['records', 'a=1', ['a=3', 'b=10', 'c=20', 'd=1', 'e=1'], { created: 3, updated: 2 }],
    ['no record yet', '', ['a=3', 'b=10', 'c=20', 'd=1', 'e=1'], { created: 4, updated: 1 }],
  ])(
    'a chunk that was planned before the other run wrote is planned again: an object with %s',
    async (name, rows, expected, counts) => {
      const namespace = name.replaceAll(' ', '-');
      const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
      const manifests = await world.file(
        `${namespace}.yaml`,
        `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector({ diffCheck: false }))}`,
      );
      const run = async (id: string, content: string): Promise<RunResult> => {
        const input = await world.file(`${namespace}-${id}.csv`, content);
        const common = ['--connector', 'stock', '--output', 'json', '--no-report', '--chunk-rows', '2'];
        const args = ['run', manifests, '--input', input, '--execution', `${namespace}-${id}`, ...common];
        return (await world.run(args)).json() as RunResult;
      };
      const schema = `"kz_${namespace}"`;
      await run('before', rows === '' ? 'sku,amount,note\n' : stockFile(rows));
      await pool.query(
        statement(`CREATE FUNCTION ${schema}.gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NEW; END $$`),
      );
      await pool.query(
        statement(`CREATE TRIGGER gate BEFORE INSERT OR UPDATE ON ${schema}.stock FOR EACH ROW
        WHEN (NEW.note = 'gate') EXECUTE FUNCTION ${schema}.gate()`),
      );
      const [slow, late] = await pool.withConnection(async (gate) => {
        await gate.query(statement(`SELECT pg_advisory_lock(${GATE})`));
        // Stops within its second chunk, which creates b and c.
        const first = run('slow', stockFile('a=2 a=3 b=1 c=1,gate d=1'));
        await gate.query(statement(untilWaiting(`= ${GATE}`)));
        // Looks while neither is there, and waits for the object.
        const second = run('late', stockFile('b=10 c=20 e=1'));
        await gate.query(statement(untilWaiting(`<> ${GATE}`)));
        await gate.query(statement(`SELECT pg_advisory_unlock(${GATE})`));
        return [await first, await second];
      });
      expect(slow.steps[0]).toMatchObject({ ...counts, failed: 0 });
      expect(late.steps[0]).toMatchObject({ created: 1, updated: 2, failed: 0 });
      const records = await pool.query(statement(`SELECT sku, amount FROM ${schema}.stock ORDER BY sku`));
      expect(records.rows.map((row) => `${String(row['sku'])}=${String(row['amount'])}`)).toEqual(expected);
    },
  );
});
