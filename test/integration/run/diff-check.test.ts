import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { type SqlPool } from '../../../runner/postgres/pool.ts';
import { useCliDatabase } from '../../support/cli-database.ts';
import { type CliWorld } from '../../support/cli.ts';
import { STOCK_OBJECT, stockConnector, stockFile, twoScopes, twoSteps } from './manifests.ts';

/** One run of a sequence: a file, how it is run, and what it comes to. */
interface Run {
  readonly rows: string;
  readonly args?: readonly string[];
  /** Cancelled by a trigger once this key was written. */
  readonly cancelAt?: string;
  /** `created/updated/unchanged/unchangedByDiff/notProcessed`, and other counts where they are not zero. */
  readonly counts: string;
}

const SEQUENCES: Readonly<Record<string, readonly Run[]>> = {
  'the same file again is left out whole': [
    { rows: 'a=1 b=2 c=3', counts: '3/0/0/0/0' },
    { rows: 'a=1 b=2 c=3', counts: '0/0/0/3/0' },
  ],
  'only the changed row is written': [
    { rows: 'a=1 b=2 c=3', counts: '3/0/0/0/0' },
    { rows: 'a=1 b=9 c=3', counts: '0/1/0/2/0' },
    { rows: 'a=1 b=2 c=3', counts: '0/1/0/2/0' },
  ],
  'A, then B cancelled, then A: nothing that B wrote stays hidden': [
    { rows: 'a=1 b=2 c=3', counts: '3/0/0/0/0' },
    { rows: 'a=7 b=8 c=9', cancelAt: 'b', counts: '0/2/0/0/1' },
    { rows: 'a=1 b=2 c=3', counts: '0/2/0/1/0' },
  ],
  'a dry run enters nothing and hides nothing': [
    { rows: 'a=1 b=2', counts: '2/0/0/0/0' },
    { rows: 'a=5 b=2', args: ['--dry-run'], counts: '0/1/0/1/0' },
    { rows: 'a=5 b=2', counts: '0/1/0/1/0' },
  ],
  'a run around the check writes the baseline and takes rows out of it': [
    { rows: 'a=1 b=2', args: ['--no-diff-check'], counts: '2/0/0/0/0' },
    { rows: 'a=1 b=2', counts: '0/0/0/2/0' },
    { rows: 'a=5 b=2', args: ['--no-diff-check'], counts: '0/1/1/0/0' },
    { rows: 'a=1 b=2', counts: '0/1/0/1/0' },
  ],
  'a row that the last successful run did not see comes again': [
    { rows: 'a=1 b=2', counts: '2/0/0/0/0' },
    { rows: 'a=1', counts: '0/0/0/1/0' },
    { rows: 'a=1 b=2', counts: '0/0/1/1/0' },
  ],
  'rows of one file that reach the same record always come again': [
    { rows: 'a=1 a=2 b=3', counts: '2/1/0/0/0' },
    { rows: 'a=1 a=2 b=3', counts: '0/2/0/1/0' },
  ],
  'a failed row does not enter the baseline': [
    { rows: 'a=1 b=1.5', counts: '1/0/0/0/0 failed=1' },
    { rows: 'a=1 b=1.5', counts: '0/0/0/1/0 failed=1' },
  ],
  'a rejected row does not enter the baseline': [
    { rows: 'a=1 =2', counts: '1/0/0/0/0 rejected=1' },
    { rows: 'a=1 =2', counts: '0/0/0/1/0 rejected=1' },
  ],
};

function countsOf(result: RunResult): string {
  const [step] = result.steps;
  const [scope] = result.scopes;
  const main = [step?.created, step?.updated, step?.unchanged, scope?.unchangedByDiff, step?.notProcessed].join('/');
  const others = { failed: step?.failed, rejected: scope?.rejected, skippedByRule: step?.skippedByRule };
  return [main, ...Object.entries(others).flatMap(([name, count]) => (count ? [`${name}=${count}`] : []))].join(' ');
}

describe('the diff check over a sequence of runs', () => {
  let pool: SqlPool;
  let world: CliWorld;
  useCliDatabase((opened) => ({ pool, world } = opened));

  const cancelAt = async (namespace: string, key: string): Promise<void> => {
    const statements = [
      `CREATE FUNCTION "kz_${namespace}".stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         UPDATE smartconnector.execution SET cancel_requested = true WHERE ended_at IS NULL; RETURN NULL; END $$`,
      `CREATE TRIGGER stop AFTER UPDATE ON "kz_${namespace}".stock FOR EACH ROW WHEN (NEW.sku = '${key}') EXECUTE FUNCTION "kz_${namespace}".stop()`,
    ];
    for (const text of statements) await pool.query({ text, values: [] });
  };

  test.each(Object.entries(SEQUENCES).map(([name, runs], index) => ({ name, runs, namespace: `diff-${index}` })))(
    '$name',
    async ({ runs, namespace }) => {
      const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
      const manifests = await world.file(
        `${namespace}/manifests.yaml`,
        `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector())}`,
      );
      for (const [index, run] of runs.entries()) {
        if (run.cancelAt !== undefined) await cancelAt(namespace, run.cancelAt);
        const input = await world.file(`${namespace}/${index}.csv`, stockFile(run.rows));
        const args = ['run', manifests, '--connector', 'stock', '--input', input, '--output', 'json', '--no-report'];
        const result = await world.run([...args, '--chunk-rows', '1', ...(run.args ?? [])]);
        expect(result.stderr).toBe('');
        const ran = result.json() as RunResult;
        expect(`run ${index + 1}: ${countsOf(ran)}`).toBe(`run ${index + 1}: ${run.counts}`);
        // A file of no outcomes is a gzip file too.
        const listed = gunzipSync(await readFile(ran.outcomes ?? '')).toString();
        const [scope] = ran.scopes;
        expect(listed.split('\n')).toHaveLength((scope?.rows ?? 0) - (scope?.unchangedByDiff ?? 0) + 1);
        if (run.cancelAt !== undefined) {
          expect(result.status).toBe(130);
          await pool.query({ text: `DROP TRIGGER stop ON "kz_${namespace}".stock`, values: [] });
        }
      }
    },
  );

  test('the baseline is brought up to date at the end of a run, and left as it is where nothing changed', async () => {
    const namespace = 'diff-idle';
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      `${namespace}/m.yaml`,
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector())}`,
    );
    const baselineAfter = async (rows: string): Promise<[upToDate: boolean, artifact: unknown]> => {
      const input = await world.file(`${namespace}/in.csv`, stockFile(rows));
      const args = ['--connector', 'stock', '--input', input, '--output', 'json', '--no-report'];
      const ran = await world.run(['run', manifests, ...args]);
      expect([ran.stderr, ran.status]).toEqual(['', 0]);
      const { rows: stored } = await pool.query({
        text: `SELECT b.artifact, b.folded_sequence = (SELECT max(sequence) FROM smartconnector.execution e
                 WHERE e.namespace = b.namespace AND e.connector = b.connector) AS current
               FROM smartconnector.diff_baseline b WHERE namespace = '${namespace}'`,
        values: [],
      });
      return [stored[0]?.['current'] === true, stored[0]?.['artifact']];
    };
    const first = await baselineAfter('a=1 b=2');
    const same = await baselineAfter('b=2 a=1');
    const fewer = await baselineAfter('b=2');
    expect([first[0], same[0], fewer[0]]).toEqual([true, true, true]);
    expect([same[1] === first[1], fewer[1] === same[1]]).toEqual([true, false]);
  });

  /** Rows of two sheets, `sheet/sku=amount`; the second connector has both in one scope and a step that follows a note. */
  const SEVERAL: readonly {
    readonly name: string;
    readonly manifests: string;
    readonly runs: readonly { readonly rows: string; readonly amounts: string; readonly unchangedByDiff: number }[];
  }[] = [
    {
      name: 'rows of two scopes that reach the same record always come again',
      manifests: twoScopes(),
      runs: [
        { rows: 'x,a,1, y,a,2, y,b,3,', amounts: 'a=2 b=3', unchangedByDiff: 0 },
        { rows: 'x,a,5, y,a,2, y,b,3,', amounts: 'a=2 b=3', unchangedByDiff: 1 },
      ],
    },
    {
      name: 'a row leaves the baseline when a row of another scope reaches its record',
      manifests: twoScopes(),
      runs: [
        { rows: 'x,a,1, x,c,1,', amounts: 'a=1 c=1', unchangedByDiff: 0 },
        { rows: 'x,a,1, x,c,1, y,a,7,', amounts: 'a=7 c=1', unchangedByDiff: 2 },
        { rows: 'x,a,1, x,c,1,', amounts: 'a=1 c=1', unchangedByDiff: 1 },
      ],
    },
    {
      name: 'rows that reach the same record in two steps always come again',
      manifests: twoSteps(),
      runs: [
        { rows: 'x,a,1, x,b,2,a', amounts: 'a=2 b=2', unchangedByDiff: 0 },
        { rows: 'x,a,5, x,b,2,a', amounts: 'a=2 b=2', unchangedByDiff: 0 },
      ],
    },
    {
      name: 'a row that reaches one record in two steps is left out',
      manifests: twoSteps(),
      runs: [
        { rows: 'x,a,1,a x,b,2,b', amounts: 'a=1 b=2', unchangedByDiff: 0 },
        { rows: 'x,a,1,a x,b,3,b', amounts: 'a=1 b=3', unchangedByDiff: 1 },
      ],
    },
  ];

  test.each(SEVERAL.map((one, index) => ({ ...one, namespace: `diff-several-${index}` })))(
    '$name',
    async ({ manifests, runs, namespace }) => {
      const file = await world.file(
        `${namespace}/manifests.yaml`,
        manifests.replaceAll('metadata: {', `metadata: {namespace: ${namespace}, `),
      );
      for (const [index, { rows, amounts, unchangedByDiff }] of runs.entries()) {
        const input = await world.file(
          `${namespace}/${index}.csv`,
          `sheet,sku,amount,note\n${rows.replaceAll(' ', '\n')}\n`,
        );
        const args = ['run', file, '--connector', 'stock', '--input', input, '--output', 'json', '--no-report'];
        const ran = await world.run(args);
        expect([ran.stderr, ran.status]).toEqual(['', 0]);
        const { scopes } = ran.json() as RunResult;
        expect(scopes.reduce((sum, scope) => sum + scope.unchangedByDiff, 0)).toBe(unchangedByDiff);
        const { rows: records } = await pool.query({
          text: `SELECT string_agg(sku || '=' || amount, ' ' ORDER BY sku) AS amounts FROM "kz_${namespace}".stock`,
          values: [],
        });
        expect(records[0]?.['amounts']).toBe(amounts);
      }
    },
  );

  test('a run waits for the run before of the same connector, and can be cancelled while it waits', async () => {
    const namespace = 'diff-turn';
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      'turn/m.yaml',
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector())}`,
    );
    const run = async (id: string, rows: string) => {
      const input = await world.file(`turn/${id}.csv`, stockFile(rows));
      const args = ['--connector', 'stock', '--input', input, '--output', 'json', '--no-report', '--chunk-rows', '1'];
      return world.run(['run', manifests, ...args, '--execution', id]);
    };
    const untilStarted = (id: string): Promise<unknown> =>
      pool.query({
        text: `DO $$ BEGIN LOOP EXIT WHEN EXISTS (SELECT FROM smartconnector.execution WHERE id = '${id}');
          PERFORM pg_sleep(0.01); COMMIT; END LOOP; END $$`,
        values: [],
      });
    await run('first', 'a=1 b=1');
    await pool.withConnection(async (other) => {
      // Stands for a run at work: it holds the turn as one does.
      const turn = `hashtextextended('smartconnector connector ${namespace}/stock', 0)`;
      await other.query({ text: `SELECT pg_advisory_lock(${turn})`, values: [] });
      const cancelled = run('second', 'a=2 b=2');
      const waiting = run('third', 'a=3 b=3');
      await untilStarted('second');
      await untilStarted('third');
      expect((await world.run(['cancel', 'second'])).status).toBe(0);
      const stopped = await cancelled;
      expect([stopped.stderr, stopped.status]).toEqual(['', 130]);
      expect(stopped.json()).toMatchObject({ phase: 'Cancelled', scopes: [] });
      const { rows } = await pool.query({
        text: `SELECT sum(amount)::int AS amounts FROM "kz_${namespace}".stock`,
        values: [],
      });
      expect(rows).toEqual([{ amounts: 2 }]);
      await other.query({ text: `SELECT pg_advisory_unlock(${turn})`, values: [] });
      expect(countsOf((await waiting).json() as RunResult)).toBe('0/2/0/0/0');
    });
    expect(countsOf((await run('fourth', 'a=1 b=3')).json() as RunResult)).toBe('0/1/0/1/0');
  });

  test('a run that was down while others ran does not hide what they wrote in between', async () => {
    const namespace = 'diff-overtaken';
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      'overtaken/m.yaml',
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector())}`,
    );
    const run = async (id: string, rows: string) => {
      const input = await world.file(`overtaken/${id}.csv`, stockFile(rows));
      const args = ['--connector', 'stock', '--input', input, '--output', 'json', '--no-report', '--chunk-rows', '1'];
      return world.run(['run', manifests, ...args, '--wait', '0', '--execution', id]);
    };
    await run('begin', 'a=1 b=1');
    const fault = [
      `CREATE FUNCTION "kz_${namespace}".die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$`,
      `CREATE TRIGGER die BEFORE UPDATE ON "kz_${namespace}".stock FOR EACH ROW
       WHEN (NEW.sku = 'b') EXECUTE FUNCTION "kz_${namespace}".die()`,
    ];
    for (const text of fault) await pool.query({ text, values: [] });
    expect((await run('down', 'a=2 b=2')).status).toBe(75);
    await pool.query({ text: `DROP TRIGGER die ON "kz_${namespace}".stock`, values: [] });
    expect(countsOf((await run('between', 'a=3 b=3')).json() as RunResult)).toBe('0/2/0/0/0');
    expect(countsOf((await run('down', 'a=2 b=2')).json() as RunResult)).toBe('0/2/0/0/0');
    // The record is what the run in between made it, so the row must reach it.
    expect(countsOf((await run('end', 'a=2 b=2')).json() as RunResult)).toBe('0/1/1/0/0');
    expect(countsOf((await run('end-again', 'a=2 b=2')).json() as RunResult)).toBe('0/0/0/2/0');
  });

  test.each([
    ['a run that was killed while it waited and went on after a later one', 'waiting'],
    ['a run that was killed while it wrote and went on after a later one', 'writing'],
  ])('%s hides nothing of what it wrote over', async (_name, how) => {
    const namespace = `diff-overtaken-${how}`;
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      `${namespace}/m.yaml`,
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector())}`,
    );
    const args = ['--connector', 'stock', '--output', 'json', '--no-report', '--chunk-rows', '1'];
    const run = async (id: string, rows: string, onStart: (pid: number) => void = () => undefined) => {
      const input = await world.file(`${namespace}/${id}.csv`, stockFile(rows));
      return world.run(['run', manifests, ...args, '--input', input, '--execution', `${how}-${id}`], { onStart });
    };
    const command = (text: string): Promise<unknown> => pool.query({ text, values: [] });
    const until = (condition: string): Promise<unknown> =>
      command(`DO $$ BEGIN LOOP EXIT WHEN ${condition}; PERFORM pg_sleep(0.01); COMMIT; END LOOP; END $$`);
    const GATE = 4_223;
    let pid = 0;
    await run('first', 'a=1 b=1 c=1');
    if (how === 'waiting') {
      const turn = `hashtextextended('smartconnector connector ${namespace}/stock', 0)`;
      await pool.withConnection(async (other) => {
        await other.query({ text: `SELECT pg_advisory_lock(${turn})`, values: [] });
        const slow = run('slow', 'a=2 b=2 c=2', (id) => (pid = id));
        await until(`EXISTS (SELECT FROM smartconnector.execution WHERE id = '${how}-slow')`);
        process.kill(pid, 'SIGKILL');
        await slow;
        await other.query({ text: `SELECT pg_advisory_unlock(${turn})`, values: [] });
      });
      expect((await run('later', 'a=3 b=3 c=3')).status).toBe(0);
      expect(countsOf((await run('slow', 'a=2 b=2 c=2')).json() as RunResult)).toBe('0/3/0/0/0');
    } else {
      // Stopped while it writes its second chunk, killed there, and killed again at its third.
      for (const key of ['b', 'c']) {
        await command(`CREATE FUNCTION "kz_${namespace}".hold() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN IF NEW.sku = '${key}' THEN PERFORM pg_advisory_xact_lock(${GATE}); END IF; RETURN NEW; END $$`);
        await command(`CREATE TRIGGER hold BEFORE UPDATE ON "kz_${namespace}".stock
          FOR EACH ROW EXECUTE FUNCTION "kz_${namespace}".hold()`);
        await pool.withConnection(async (other) => {
          await other.query({ text: `SELECT pg_advisory_lock(${GATE})`, values: [] });
          const killed = run('slow', 'a=2 b=2 c=2', (id) => (pid = id));
          await until(`EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND wait_event = 'advisory' AND query LIKE 'UPDATE "kz_${namespace}"%')`);
          process.kill(pid, 'SIGKILL');
          await killed;
          await other.query({ text: `SELECT pg_advisory_unlock(${GATE})`, values: [] });
        });
        await command(`DROP FUNCTION "kz_${namespace}".hold() CASCADE`);
        if (key === 'b') expect((await run('later', 'a=3 b=3 c=3')).status).toBe(0);
      }
    }
    const last = (await run('last', 'a=3 b=3 c=3')).json() as RunResult;
    expect(last.phase).toBe('Succeeded');
    const { rows } = await pool.query({
      text: `SELECT string_agg(sku || '=' || amount, ' ' ORDER BY sku) AS amounts FROM "kz_${namespace}".stock`,
      values: [],
    });
    expect(rows[0]?.['amounts']).toBe('a=3 b=3 c=3');
    // And what comes back from before counts as new.
    expect(countsOf((await run('back', 'a=2 b=2 c=2')).json() as RunResult)).toBe('0/3/0/0/0');
  });

  test('a change of the load steps makes the baseline void, and the run says so', async () => {
    const input = await world.file('void/a.csv', stockFile('a=1 b=2'));
    const args = ['--connector', 'stock', '--input', input, '--output', 'json', '--no-report'];
    const before = await world.file('void/m.yaml', `${STOCK_OBJECT}---${stockConnector()}`);
    await world.run(['run', before, ...args]);
    const after = await world.file(
      'void/n.yaml',
      `${STOCK_OBJECT}---${stockConnector({ matching: ', onNoMatch: DoNotUpload' })}`,
    );
    const result = (await world.run(['run', after, ...args])).json() as RunResult;
    expect(countsOf(result)).toBe('0/0/2/0/0');
    expect(result.warnings.map((warning) => warning.code)).toContain('DiffBaselineReset');
  });
});
