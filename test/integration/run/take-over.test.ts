import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunError, RunResult } from '../../../core/model/run-result.ts';
import { type SqlPool } from '../../../runner/postgres/pool.ts';
import { useCliDatabase } from '../../support/cli-database.ts';
import { type CliResult, type CliWorld } from '../../support/cli.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

describe('an attempt that is stopped, taken over, and wakes up', () => {
  let pool: SqlPool;
  let world: CliWorld;
  useCliDatabase((opened) => ({ pool, world } = opened));

  /** Everything that the execution left: its files, and what the database holds of it. */
  const traceOf = async (namespace: string): Promise<unknown> => {
    const queries = [
      `SELECT id, sku, amount, execution_id, updated_at FROM "kz_${namespace}".stock ORDER BY id`,
      `SELECT id, attempt, phase, result, scopes FROM smartconnector.execution WHERE namespace = '${namespace}'`,
      `SELECT step, chunk, attempt, counts, outcomes::text FROM smartconnector.chunk WHERE execution_id = '${namespace}' ORDER BY 1, 2`,
      `SELECT scope, artifact, folded_sequence FROM smartconnector.diff_baseline WHERE namespace = '${namespace}'`,
    ];
    const rows = [];
    for (const text of queries) rows.push((await pool.query({ text, values: [] })).rows);
    const folder = join(world.directory, 'state/executions', namespace);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    files.push(join(world.directory, namespace, 'report.xlsx'));
    return [rows, files.sort().map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')])];
  };

  /** Starts a command that stops itself, and waits until it has. */
  const stopAt = async (
    point: string,
    args: readonly string[],
  ): Promise<{ pid: number; ended: Promise<CliResult> }> => {
    const stopped = Promise.withResolvers<number>();
    let pid = 0;
    const ended = world.run(args, {
      environment: { SMARTCONNECTOR_FAULT: `${point}:stop` },
      onStart: (id) => (pid = id),
      onError: (text) => {
        if (text.includes('SIGSTOP')) stopped.resolve(pid);
      },
    });
    void ended.then(({ stdout, stderr }) => {
      stopped.reject(new Error(`the run ended before ${point}: ${stdout}${stderr}`));
    });
    return { pid: await stopped.promise, ended };
  };

  test.each([
    ['before its input is read', 'execution:after:1'],
    ['with the input read', 'intake:before:1'],
    ['while it names the scopes, with the execution locked', 'scope:before:1'],
    ['with the scopes stored', 'scopes:after:1'],
    ['within a chunk, with the object locked', 'chunk:before:2'],
    ['between two chunks', 'chunk:after:2'],
    ['while it names the outcomes, with the execution locked', 'outcomes:before:1'],
    ['while it names the report, with the execution locked', 'report:before:1'],
    ['before it stores the result', 'result:before:1'],
  ])('%s: it writes nothing more and says so; the newer attempt goes on to the end', async (_name, point) => {
    const namespace = `at-${point.replaceAll(':', '-')}`;
    const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
    const manifests = await world.file(
      `${namespace}/m.yaml`,
      `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector())}`,
    );
    const argsOf = (input: string, id: string): string[] => {
      const report = ['--report', join(world.directory, namespace, 'report.xlsx')];
      const common = ['-c', 'stock', '-o', 'json', '--chunk-rows', '2', '--execution', id];
      return ['run', manifests, '-i', input, ...common, ...report];
    };
    // The diff check, so that the turn of the connector is held too, and the baseline of a run before.
    await world.run(
      argsOf(await world.file(`${namespace}/before.csv`, stockFile('a=1 b=1 z=1')), `${namespace}-before`),
    );
    const args = argsOf(await world.file(`${namespace}/in.csv`, stockFile('a=1 b=2 c=3 d=4 e=5')), namespace);

    const old = await stopAt(point, args);
    try {
      const newer = await world.run(args);
      const result = newer.json() as RunResult;
      expect([newer.stderr.replaceAll(/^note: .*\n/gm, ''), newer.status]).toEqual(['', 0]);
      expect(result.steps[0]).toMatchObject({ created: 3, updated: 1, notProcessed: 0 });
      expect(result.scopes[0]).toMatchObject({ rows: 5, unchangedByDiff: 1 });
      const trace = await traceOf(namespace);

      process.kill(old.pid, 'SIGCONT');
      const woken = await old.ended;
      expect(woken.json()).toMatchObject({ error: { code: 'Superseded' } });
      expect((woken.json() as { error: RunError }).error.message).toContain('taken over by a newer attempt');
      expect(woken.status).toBe(4);
      expect(await traceOf(namespace)).toEqual(trace);
      expect(readdirSync(join(world.directory, 'state/work'))).toEqual([]);
    } finally {
      try {
        process.kill(old.pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  });

  test('one whose chunk waits for something is cancelled at once, and stops when the chunk is done', async () => {
    const manifests = await world.file('held/m.yaml', `${STOCK_OBJECT}---${stockConnector()}`);
    const input = await world.file('held/in.csv', stockFile('a=1 b=2 c=3 d=4 e=5'));
    const options = ['-c', 'stock', '-i', input, '-o', 'json', '--chunk-rows', '2', '--execution', 'held'];
    const held = await stopAt('chunk:before:2', ['run', manifests, ...options]);
    try {
      expect((await world.run(['cancel', 'held'])).status).toBe(0);
    } finally {
      process.kill(held.pid, 'SIGCONT');
    }
    const result = (await held.ended).json() as RunResult;
    expect(result.phase).toBe('Cancelled');
    expect(result.steps[0]).toMatchObject({ created: 4, notProcessed: 1 });
  });
});
