import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isOutcome, isRunResult } from '../../../core/generated/validators.js';
import type { RunError, RunResult } from '../../../core/model/run-result.ts';
import { executionFiles } from '../../../runner/artifacts/execution-files.ts';
import { type SqlPool } from '../../../runner/postgres/pool.ts';
import { readOutcomes } from '../../../runner/stages/outcome-file.ts';
import { useCliDatabase } from '../../support/cli-database.ts';
import { type CliResult, type CliWorld } from '../../support/cli.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from '../run/manifests.ts';

/** Held by a test; a trigger on one record waits for it, in the middle of a chunk. */
const GATE = 4_218;

describe('smartconnector revert', () => {
  let pool: SqlPool;
  let world: CliWorld;
  useCliDatabase((opened) => ({ pool, world } = opened));

  /** A namespace of its own, with the ways to run files on it and to look at it. */
  const openNamespace = async (namespace: string, connector = stockConnector()) => {
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      `${namespace}/manifests.yaml`,
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(connector)}`,
    );
    const command = (text: string) =>
      pool.query({ text: text.replaceAll('stock', `"kz_${namespace}".stock`), values: [] });
    return {
      command,
      run: async (id: string, rows: string, ...args: string[]): Promise<RunResult> => {
        const input = await world.file(`${namespace}/${id}.csv`, stockFile(rows));
        const common = ['--connector', 'stock', '--output', 'json', '--no-report', '--chunk-rows', '2'];
        const ended = await world.run(['run', manifests, '--input', input, ...common, '--execution', id, ...args]);
        expect(ended.stderr).toBe('');
        return ended.json() as RunResult;
      },
      /** `a=1 b=2`, archived ones in brackets. */
      records: async (): Promise<string> => {
        const { rows } = await command(
          "SELECT CASE WHEN archived_at IS NULL THEN r.t ELSE '(' || r.t || ')' END AS t FROM " +
            "(SELECT sku || '=' || coalesce(amount::text, '') AS t, archived_at FROM stock) r ORDER BY t COLLATE \"C\"",
        );
        return rows.map((row) => String(row['t'])).join(' ');
      },
    };
  };

  const revert = async (reverts: string, id: string, ...args: string[]): Promise<RunResult> => {
    const common = ['--execution', id, '--output', 'json', '--no-report', '--chunk-rows', '2'];
    const ended = await world.run(['revert', reverts, ...common, ...args]);
    expect([ended.stderr, ended.status]).toEqual(['', 0]);
    const result = ended.json() as RunResult;
    expect(isRunResult(result)).toBe(true);
    return result;
  };

  const outcomesOf = async (id: string): Promise<string[]> => {
    const files = executionFiles(join(world.directory, 'state'), id);
    const lines: string[] = [];
    for await (const outcome of readOutcomes(files.outcomes, files.outcomeIndex, null)) {
      expect(isOutcome(outcome)).toBe(true);
      const { row, status, reason, before, after, warnings } = outcome;
      const codes = warnings.map(({ code }) => code);
      lines.push([row, status, reason, JSON.stringify(before), JSON.stringify(after), ...codes].join(' '));
    }
    return lines;
  };

  test('takes back creations, updates and several rows on one record, and the same file loads them again', async () => {
    const { run, records } = await openNamespace('whole');
    await run('whole-1', 'a=1 b=2 c=3');
    await run('whole-2', 'a=1 b=20 c=30 c=31 d=4');
    const dry = await revert('whole-2', 'whole-dry', '--dry-run');
    expect(await records()).toBe('a=1 b=20 c=31 d=4');
    const live = await revert('whole-2', 'whole-revert');
    expect(live).toMatchObject({ reverts: 'whole-2', phase: 'Succeeded', mode: 'Live' });
    expect(live.steps).toEqual(dry.steps);
    expect(await records()).toBe('a=1 b=2 c=3 (d=4)');
    const said = await outcomesOf('whole-revert');
    expect(said).toEqual(await outcomesOf('whole-dry'));
    expect(said).toEqual([
      '1 Updated Restored {"amount":"20"} {"amount":"2"}',
      '2 Updated Restored {"amount":"31"} {"amount":"3"}',
      '3 Updated Archived {} {}',
    ]);
    const again = await run('whole-3', 'a=1 b=20 c=30 c=31 d=4');
    expect(again.scopes[0]).toMatchObject({ unchangedByDiff: 1 });
    expect(again.warnings.map(({ code }) => code)).not.toContain('DiffBaselineReset');
    expect(await records()).toBe('a=1 b=20 c=31 (d=4) d=4');
  });

  test('leaves what was changed since, and says so', async () => {
    const { run, records, command } = await openNamespace('since');
    await run('since-1', 'a=1 b=2 c=3');
    await run('since-2', 'a=10 b=20 c=30 d=40');
    await command("UPDATE stock SET amount = 99 WHERE sku IN ('a', 'd')");
    await command("DELETE FROM stock WHERE sku = 'b'");
    const result = await revert('since-2', 'since-revert');
    expect(result.steps[0]).toMatchObject({ updated: 1, skippedByRule: 3 });
    expect(result.warnings).toEqual([expect.objectContaining({ code: 'ChangedSince', count: 2 })]);
    expect(await outcomesOf('since-revert')).toEqual([
      '1 SkippedByRule ChangedSince null null ChangedSince',
      '2 SkippedByRule RecordGone null null',
      '3 Updated Restored {"amount":"30"} {"amount":"3"}',
      '4 SkippedByRule ChangedSince null null ChangedSince',
    ]);
    expect(await records()).toBe('a=99 c=3 d=99');
  });

  test('unwinds runs one after another, and is itself reverted', async () => {
    const { run, records } = await openNamespace('chain');
    await run('chain-1', 'a=1 b=2');
    await run('chain-2', 'a=5 c=7');
    await run('chain-3', 'a=6 c=8');
    await revert('chain-3', 'chain-r3');
    expect(await records()).toBe('a=5 b=2 c=7');
    await revert('chain-2', 'chain-r2');
    expect(await records()).toBe('a=1 b=2 (c=7)');
    await revert('chain-r2', 'chain-back');
    expect(await records()).toBe('a=5 b=2 c=7');
    await revert('chain-back', 'chain-back-again');
    expect(await records()).toBe('a=1 b=2 (c=7)');
  });

  test('puts unarchived records back into the archive', async () => {
    const { run, records, command } = await openNamespace(
      'archive',
      stockConnector({ matching: ', onArchivedMatch: UnarchiveAndUpdate' }),
    );
    await run('archive-1', 'a=1 b=2');
    await command('UPDATE stock SET archived_at = now()');
    await run('archive-2', 'a=5 b=6');
    expect(await records()).toBe('a=5 b=6');
    await revert('archive-2', 'archive-revert');
    expect(await records()).toBe('(a=1) (b=2)');
    await revert('archive-revert', 'archive-back');
    expect(await records()).toBe('a=5 b=6');
  });

  test('a run that began before a revert ended does not hide what the revert took back', async () => {
    const { run, records, command } = await openNamespace('beside');
    await run('beside-1', 'a=1 b=2');
    await run('beside-2', 'a=1 b=20');
    // As if the revert had begun before the run that follows, and ended after it: its place in the order says so.
    await command(
      `CREATE FUNCTION "kz_beside".early() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         UPDATE smartconnector.diff_baseline SET folded_sequence = 1000000 WHERE namespace = 'beside'; RETURN NULL; END $$`,
    );
    await command('CREATE TRIGGER early AFTER UPDATE ON stock FOR EACH STATEMENT EXECUTE FUNCTION "kz_beside".early()');
    await revert('beside-2', 'beside-live');
    await command('DROP TRIGGER early ON stock');
    expect(await records()).toBe('a=1 b=2');
    expect((await run('beside-3', 'a=1 b=20')).scopes[0]).toMatchObject({ unchangedByDiff: 1 });
    expect(await records()).toBe('a=1 b=20');
  });

  test('a full pass without the check stays the last one when it is reverted', async () => {
    const { run, records } = await openNamespace('full');
    await run('full-1', 'a=1 b=2', '--no-diff-check');
    await run('full-2', 'a=1 b=3', '--no-diff-check');
    await revert('full-2', 'full-revert');
    expect((await run('full-3', 'a=1 b=3')).scopes[0]).toMatchObject({ unchangedByDiff: 1 });
    expect(await records()).toBe('a=1 b=3');
  });

  test('tells workflows only where the step told them', async () => {
    const quiet = await openNamespace('quiet');
    await quiet.run('quiet-1', 'a=1');
    await revert('quiet-1', 'quiet-revert');
    const loudConnector = stockConnector().replace(
      '      scope: stock\n      matching',
      '      scope: stock\n      triggerWorkflows: true\n      matching',
    );
    const loud = await openNamespace('loud', loudConnector);
    await loud.run('loud-1', 'a=1');
    await loud.run('loud-2', 'a=2 b=3');
    await revert('loud-2', 'loud-revert');
    const { rows } = await pool.query({
      text: 'SELECT execution_id AS id, type FROM smartconnector.outbox WHERE execution_id LIKE $1 ORDER BY id',
      values: ['%-revert'],
    });
    expect(rows.map((row) => `${String(row['id'])} ${String(row['type'])}`)).toEqual([
      'loud-revert dev.smartconnectors.record.updated',
      'loud-revert dev.smartconnectors.record.archived',
    ]);
  });

  /** Reverts until this record is being written, disturbs the process there, and lets go. */
  const disturb = async (namespace: string, args: string[], signal: NodeJS.Signals): Promise<CliResult> => {
    const statements = [
      `CREATE OR REPLACE FUNCTION "kz_${namespace}".gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NEW; END $$`,
      `CREATE TRIGGER gate BEFORE UPDATE ON "kz_${namespace}".stock FOR EACH ROW
       WHEN (NEW.sku = 'c') EXECUTE FUNCTION "kz_${namespace}".gate()`,
    ];
    for (const text of statements) await pool.query({ text, values: [] });
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
      await pool.query({ text: `DROP TRIGGER gate ON "kz_${namespace}".stock`, values: [] });
      return result;
    });
  };

  const FIVE = { first: 'a=1 b=2 c=3 d=4 e=5', second: 'a=10 b=20 c=30 d=40 e=50' };

  test.each(['kept', 'deleted'])('killed in the middle, resumed with its files %s: as undisturbed', async (files) => {
    const { run, records } = await openNamespace(`kill-${files}`);
    const [second, id] = [`kill-${files}-2`, `kill-${files}-revert`];
    await run(`kill-${files}-1`, FIVE.first);
    await run(second, FIVE.second);
    const args = ['revert', second, '--execution', id, '--output', 'json', '--no-report', '--chunk-rows', '2'];
    expect((await disturb(`kill-${files}`, args, 'SIGKILL')).status).toBe(null);
    expect(await records()).toBe('a=1 b=2 c=30 d=40 e=50');
    const early = await world.run(['revert', id, '--output', 'json']);
    expect([early.status, (early.json() as { error: RunError }).error.code]).toEqual([2, 'ExecutionNotEnded']);
    if (files === 'deleted') await rm(join(world.directory, 'state'), { recursive: true, force: true });
    const resumed = await world.run(args);
    expect([resumed.stderr, resumed.status]).toEqual(['', 0]);
    expect((resumed.json() as RunResult).steps[0]).toMatchObject({ updated: 5, notProcessed: 0 });
    expect(await outcomesOf(id)).toEqual(
      [1, 2, 3, 4, 5].map((n) => `${n} Updated Restored {"amount":"${n}0"} {"amount":"${n}"}`),
    );
    expect(await records()).toBe(FIVE.first);
    expect((await world.run(args)).stdout).toBe(resumed.stdout);
  });

  test('SIGTERM stops at the next chunk, and what was taken back can be reverted', async () => {
    const { run, records } = await openNamespace('term');
    await run('term-1', FIVE.first);
    await run('term-2', FIVE.second);
    const args = ['revert', 'term-2', '--execution', 'term-revert', '--output', 'json', '--chunk-rows', '2'];
    const stopped = await disturb('term', args, 'SIGTERM');
    expect(stopped.status).toBe(130);
    expect(stopped.json()).toMatchObject({ phase: 'Cancelled', steps: [{ updated: 4, notProcessed: 1 }] });
    expect((await outcomesOf('term-revert'))[4]).toMatch(/^5 NotProcessed Cancelled/);
    await revert('term-revert', 'term-back');
    expect(await records()).toBe(FIVE.second);
  });

  test('an execution that cannot be reverted ends with 2 and one JSON error', async () => {
    const { run } = await openNamespace('refused');
    await run('refused-1', 'a=1');
    await run('refused-same', 'a=1');
    await run('refused-dry', 'a=2', '--dry-run');
    const cases: readonly (readonly [args: readonly string[], code: string])[] = [
      [['nowhere'], 'ExecutionNotFound'],
      [['refused-dry'], 'NothingToRevert'],
      [['refused-same'], 'NothingToRevert'],
      [['refused-1', '--execution', 'refused-same'], 'Invalid'],
      [['refused-1', '--chunk-rows', '0'], 'Invalid'],
      [['refused-1', '--report', '.'], 'Invalid'],
    ];
    for (const [args, code] of cases) {
      const ended = await world.run(['revert', ...args, '--output', 'json']);
      expect([ended.stderr, ended.status, (ended.json() as { error: RunError }).error.code]).toEqual(['', 2, code]);
    }
  });

  test('a record that the database refuses fails by itself, and the others go back', async () => {
    const { run, records, command } = await openNamespace('refusal');
    await run('refusal-1', 'a=1 b=2 c=3');
    await run('refusal-2', 'a=10 b=20 c=30');
    await command("ALTER TABLE stock ADD CONSTRAINT no_b CHECK (sku <> 'b' OR amount = 20)");
    const ended = await world.run(['revert', 'refusal-2', '--execution', 'refusal-revert', '--output', 'json']);
    expect([ended.status, (ended.json() as RunResult).phase]).toEqual([3, 'PartialSuccess']);
    expect((await outcomesOf('refusal-revert'))[1]).toMatch(/^2 Failed DatabaseRefused/);
    expect(await records()).toBe('a=1 b=20 c=3');
    expect((await world.run(['report', 'refusal-revert'])).status).toBe(0);
  });
});
