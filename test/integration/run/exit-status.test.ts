import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isErrorBody, isOutcome, isRunResult } from '../../../core/generated/validators.js';
import type { RunError, RunResult } from '../../../core/model/run-result.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

const NO_SAMPLE = `  sql:
    script: CREATE TABLE output.stock AS SELECT * FROM input.stock`;

describe('exit statuses and JSON of the command-line tool', () => {
  let database: TestDatabase;
  let world: CliWorld;

  beforeAll(async () => {
    database = await freshDatabase();
    world = await openCliWorld(database.url);
    await world.file('m.yaml', `${STOCK_OBJECT}---${stockConnector({ diffCheck: false })}`);
    await world.file('paused.yaml', `${STOCK_OBJECT}---${stockConnector({ extra: '  active: false\n' })}`);
    await world.file('broken.yaml', `${STOCK_OBJECT}---${stockConnector({ matching: ', onSingleMatch: NextRule' })}`);
    await world.file(
      'no-sample.yaml',
      `${STOCK_OBJECT}---${stockConnector()}`.replace(/^ {2}spreadsheet: .*$/m, NO_SAMPLE),
    );
    await world.file('good.csv', stockFile('a=1 b=2'));
    await world.file('mixed.csv', stockFile('a=1 =2'));
    await world.file('bad.csv', stockFile('=1 =2'));
    await world.file('header.csv', 'sku,amount,note\n');
    await world.file('empty.csv', '');
    await world.file('columns.csv', 'sku,note\na,b\n');
    await world.file('unclosed.csv', 'sku,amount,note\na,1,"open\nb,2,\n');
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  const run = (manifest: string, input: string, ...args: string[]) =>
    world.run(['run', manifest, '--connector', 'stock', '--input', input, '--output', 'json', '--no-report', ...args]);

  test.each([
    ['a good file', 'good.csv', 0, 'Succeeded', null],
    ['a header without rows', 'header.csv', 0, 'Succeeded', null],
    ['some rows bad', 'mixed.csv', 3, 'PartialSuccess', null],
    ['every row bad', 'bad.csv', 4, 'Failed', null],
    ['a file without a header', 'empty.csv', 4, 'Failed', 'EmptyInput'],
    ['a quote that is never closed', 'unclosed.csv', 4, 'Failed', 'UnclosedQuote'],
    ['a declared column that is not there', 'columns.csv', 4, 'Failed', 'MissingColumn'],
  ])('%s: %s ends with %i, %s', async (_name, file, status, phase, code) => {
    const ended = await run('m.yaml', file);
    const result = ended.json() as RunResult;
    expect([ended.stderr, ended.status, result.phase, result.error?.code ?? null]).toEqual(['', status, phase, code]);
    expect(isRunResult(result)).toBe(true);
    for (const step of result.steps) {
      const scope = result.scopes.find((one) => one.name === step.scope);
      const { name: _name, object: _object, scope: _scope, ...counts } = step;
      const own = Object.values(counts).reduce((sum, count) => sum + count, 0);
      expect(own + (scope?.rejected ?? 0) + (scope?.unchangedByDiff ?? 0)).toBe(scope?.rows ?? 0);
    }
  });

  test.each<[string, string[], string, Partial<RunError['details'][number]>]>([
    [
      'no such connector',
      ['run', 'm.yaml', '--connector', 'stokc', '--input', 'good.csv'],
      'Invalid',
      { hint: 'did you mean stock?' },
    ],
    [
      'a fault in a manifest',
      ['validate', 'broken.yaml'],
      'Invalid',
      { path: 'spec.loadSteps[0].matching[0].onSingleMatch' },
    ],
    ['SQL without a sample', ['validate', 'no-sample.yaml'], 'Invalid', { path: 'spec.sql.sample' }],
    ['a file that is not there', ['run', 'm.yaml', '--connector', 'stock', '--input', 'gone.csv'], 'Invalid', {}],
    ['a manifest that is not there', ['validate', 'gone.yaml'], 'Invalid', {}],
    ['no input', ['run', 'm.yaml', '--connector', 'stock'], 'Invalid', {}],
    ['an unknown option', ['run', 'm.yaml', '--connector', 'stock', '--inptu', 'good.csv'], 'InvalidArguments', {}],
    [
      'an id that is no id',
      ['run', 'm.yaml', '--connector', 'stock', '--input', 'good.csv', '--execution', '../x'],
      'Invalid',
      {},
    ],
    [
      'a report where a directory is',
      ['run', 'm.yaml', '--connector', 'stock', '--input', 'good.csv', '--report', '.'],
      'Invalid',
      {},
    ],
    [
      'a report in a folder that is not there',
      ['run', 'm.yaml', '--connector', 'stock', '--input', 'good.csv', '--report', 'gone/report.xlsx'],
      'Invalid',
      {},
    ],
    ['rejected rows into a folder that is not there', ['rejected', 'x', '--file', 'gone/x.csv'], 'Invalid', {}],
    ['an input into a folder', ['input', 'x', '--file', '.'], 'Invalid', {}],
    [
      'a slot for a spreadsheet',
      ['run', 'm.yaml', '--connector', 'stock', '--input', 'good.csv', '--scheduled-time', '2026-01-31T06:00:00Z'],
      'Invalid',
      {},
    ],
    [
      'a transaction of more rows than it should hold',
      ['run', 'm.yaml', '--connector', 'stock', '--input', 'good.csv', '--chunk-rows', '9999999999'],
      'Invalid',
      {},
    ],
    ['no command', [], 'InvalidArguments', {}],
    ['an unknown execution', ['outcomes', 'nowhere'], 'ExecutionNotFound', {}],
    ['an unknown object', ['records', 'nothing'], 'ObjectNotFound', {}],
    [
      'a live run of a connector that is not active',
      ['run', 'paused.yaml', '--connector', 'stock', '--input', 'good.csv'],
      'Inactive',
      {},
    ],
  ])('%s ends with 2 and one JSON error', async (_name, args, code, detail) => {
    const ended = await world.run([...args, '--output', 'json']);
    const body = ended.json() as { error: RunError };
    expect([ended.stderr, ended.status, body.error.code]).toEqual(['', 2, code]);
    expect(isErrorBody(body)).toBe(true);
    if (Object.keys(detail).length > 0) expect(body.error.details).toContainEqual(expect.objectContaining(detail));
    for (const place of body.error.details.filter((one) => one.path !== undefined)) {
      expect(place).toMatchObject({ file: expect.any(String), line: expect.any(Number), column: expect.any(Number) });
    }
  });

  test('an id names one run: the same command gives its result, another command is refused', async () => {
    const first = await run('m.yaml', 'good.csv', '--execution', 'once');
    const again = await run('m.yaml', 'good.csv', '--execution', 'once');
    expect(again.json()).toEqual(first.json());
    for (const args of [['good.csv', '--dry-run'], ['mixed.csv']] as const) {
      const other = await run('m.yaml', args[0], '--execution', 'once', ...args.slice(1));
      expect(other).toMatchObject({ status: 2 });
      expect(other.json()).toMatchObject({
        error: { message: expect.stringContaining('choose another id') as string },
      });
    }
    expect((await world.run(['cancel', 'once', '--output', 'json'])).json()).toEqual({
      execution: 'once',
      cancelRequested: false,
      phase: 'Succeeded',
    });
  });

  test('the version, and help for every command, end with 0', async () => {
    const asked = await world.run(['--version']);
    expect(asked).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
    for (const command of (await world.run(['--help'])).stdout.matchAll(/^ {2}(\w+) \[options\]/gm)) {
      const help = await world.run([command[1] ?? '', '--help']);
      expect([help.status, help.stderr]).toEqual([0, '']);
      expect(help.stdout).toMatch(/--output[^]*--state[^]*--database/);
    }
  });

  test.each<[string, string[], number, string]>([
    ['hold for it', ['--output', 'json', 'executions', '-c', 'nothing'], 0, '[]'],
    ['give way to those behind it', ['-o', 'text', 'executions', '-c', 'nothing', '-o', 'json'], 0, '[]'],
    ['must be some that it takes', ['-o', 'csv', 'executions'], 2, 'executions takes text, json'],
  ])('options in front of a command %s', async (_name, args, status, text) => {
    const ended = await world.run(args);
    expect([ended.status, ended.stdout + ended.stderr]).toEqual([status, expect.stringContaining(text)]);
  });

  test('a dry run of a connector that is not active runs', async () => {
    expect((await run('paused.yaml', 'good.csv', '--dry-run')).status).toBe(0);
  });

  test('outcomes fit their schema, a line each, and a filter keeps only what it names', async () => {
    await run('m.yaml', 'mixed.csv', '--execution', 'listed');
    const all = (await world.run(['outcomes', 'listed'])).stdout.trim().split('\n');
    expect(all.map((line) => isOutcome(JSON.parse(line)))).toEqual([true, true]);
    const rejected = await world.run(['outcomes', 'listed', '--status', 'Rejected', '--output', 'json']);
    expect(rejected.json()).toMatchObject([{ row: 2, status: 'Rejected', reason: 'RequiredMissing' }]);
  });

  test('separators of Unicode inside a value end no line of outcomes, report and rejected rows', async () => {
    await world.file('separators.csv', 'sku,amount,note\nsep,1,x\u2028y\u2029z\n,2,x\u2028y\n');
    expect((await run('m.yaml', 'separators.csv', '--execution', 'separators')).status).toBe(3);
    const { stdout } = await world.run(['outcomes', 'separators']);
    const outcomes = stdout.trim().split('\n');
    expect(outcomes.map((line) => isOutcome(JSON.parse(line)))).toEqual([true, true]);
    expect(JSON.parse(outcomes[0] ?? '')).toMatchObject({ after: { note: 'x\u2028y\u2029z' } });
    expect((await world.run(['report', 'separators'])).status).toBe(0);
    expect((await world.run(['rejected', 'separators'])).stdout).toBe('sku,amount,note\r\n,2,x\u2028y\r\n');
  });

  test('the page of an execution is made where it is asked for, and the workbook only with it', async () => {
    await run('m.yaml', 'mixed.csv', '--execution', 'page', '--no-report');
    const html = join(world.directory, 'page.html');
    const only = await world.run(['report', 'page', '--html', html, '--output', 'json']);
    expect(only.json()).toEqual({ execution: 'page', html });
    expect(await readFile(html, 'utf8')).toContain('RequiredMissing');
    const report = join(world.directory, 'page.xlsx');
    const both = await world.run(['report', 'page', '--html', html, '--report', report, '--output', 'json']);
    expect(both.json()).toEqual({ execution: 'page', report, html });
    const refused = await world.run(['report', 'page', '--html', join(world.directory, 'nowhere', 'page.html')]);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--html')]);
  });

  test('the rejected rows come back as a file that runs again once it is corrected', async () => {
    await run('m.yaml', 'mixed.csv', '--execution', 'again');
    const { stdout } = await world.run(['rejected', 'again']);
    expect(stdout).toBe('sku,amount,note\r\n,2,\r\n');
    await world.file('corrected.csv', stdout.replace('\n,2', '\nz,2'));
    expect((await run('m.yaml', 'corrected.csv')).status).toBe(0);
  });
});
