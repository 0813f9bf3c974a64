import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { openPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliResult, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { buildWorkbook, buildZip } from '../../support/zip-writer.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

/** In a file that SQL of ours could read, were a name taken for SQL. */
const CANARY = 'canary-77c0e1';

/** Names that are SQL, shell, paths, formulas or prototypes to whoever does not quote them. */
const names = (canary: string): readonly string[] => [
  `'; DROP SCHEMA kz_default CASCADE; --`,
  '`; DROP TABLE input.stock; --',
  `' || (SELECT * FROM file('${canary}', 'LineAsString', 'l String')) || '`,
  `pg_read_file('${canary}')`,
  `\\'; SELECT 1; --`,
  `"; DELETE FROM smartconnector.execution; --`,
  '{canary:String}',
  '$1',
  '$(touch pwned)',
  '__proto__',
  `=cmd|' /C calc'!A0`,
  'a\u00a0b\u202ec',
];

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll("'", '&apos;');
const quoteCell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const cell = (text: string): string => `<c t="inlineStr"><is><t>${escapeXml(text)}</t></is></c>`;

describe('names and values that are SQL, paths or commands stay what they are', () => {
  let database: TestDatabase;
  let world: CliWorld;
  let hostile: readonly string[];

  beforeAll(async () => {
    database = await freshDatabase();
    world = await openCliWorld(database.url);
    hostile = names(await world.file('canary.txt', `${CANARY}\n`));
    const stock = `${STOCK_OBJECT}---${stockConnector({ diffCheck: false })}`;
    await world.file('m.yaml', stock.replace('{tables:', '{formats: [CSV, TSV, XLSX, ZIP], tables:'));
    const script = 'CREATE TABLE output.stock AS SELECT _row, sku, amount, note FROM input.page_idx_0';
    const several = stock.replace('{tables: [{name: stock}]}', `{formats: [XLSX, ZIP]}\n  sql: {script: '${script}'}`);
    await world.file('several.yaml', several);
    await world.file('first.csv', stockFile('a=1 b=2'));
    await run('first.csv');
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  const run = (input: string, manifests = 'm.yaml', connector = 'stock'): Promise<CliResult> =>
    world.run(['run', manifests, '-c', connector, '-i', input, '-o', 'json', '--no-report']);

  /** Nothing was read, made or dropped that no one asked for. */
  const expectUnharmed = async (...ended: readonly CliResult[]): Promise<void> => {
    for (const { stdout, stderr } of ended) expect(stdout + stderr).not.toMatch(new RegExp(`${CANARY}|InternalError`));
    expect(readdirSync(world.directory)).not.toContain('pwned');
    expect(readFileSync(join(world.directory, 'canary.txt'), 'utf8')).toBe(`${CANARY}\n`);
    const pool = openPool(database.url, { maxConnections: 1 });
    const { rows } = await pool.query({ text: 'SELECT sku, amount FROM kz_default.stock ORDER BY sku', values: [] });
    await pool.close();
    expect(rows.map((row) => `${String(row['sku'])}=${String(row['amount'])}`)).toEqual(['a=1', 'b=2']);
  };

  test('headers of a file', async () => {
    const file = `sku,amount,note,${hostile.map(quoteCell).join(',')}\na,1,,${hostile.map(quoteCell).join(',')}\n`;
    const ended = await run(await world.file('headers.csv', file));
    expect(ended.json()).toMatchObject({ phase: 'Succeeded', steps: [{ unchanged: 1 }] });
    await expectUnharmed(ended);
  });

  test('names of files', async () => {
    for (const name of hostile.filter((one) => !one.includes('/'))) {
      const ended = await run(await world.file(`${name}.csv`, stockFile('a=1')));
      const { execution } = ended.json() as RunResult;
      const input = await world.run(['input', execution]);
      expect([name, ended.status, input.stdout]).toEqual([name, 0, stockFile('a=1')]);
      await expectUnharmed(ended, input);
    }
  });

  test('names of sheets, whose bad rows come back as the same sheets', async () => {
    const rows = `<row>${cell('sku')}${cell('amount')}${cell('note')}</row><row>${cell('')}${cell('1')}${cell('')}</row>`;
    const sheets = hostile.map((name) => ({ name: escapeXml(name.slice(0, 31)), rows }));
    const ended = await run(await world.file('sheets.xlsx', buildWorkbook(sheets)), 'several.yaml');
    const { execution, inputs } = ended.json() as RunResult;
    expect([ended.status, inputs.length]).toEqual([4, hostile.length]);
    const rejected = await world.run(['rejected', execution, '--file', join(world.directory, 'rejected.xlsx')]);
    expect([rejected.status, rejected.stdout]).toEqual([0, expect.stringContaining('1 row in')]);
    await expectUnharmed(ended, rejected);
  });

  test.each([
    ['leads out', '../../out.csv'],
    ['leads out with backslashes', '..\\..\\out.csv'],
    ['is absolute', '/out.csv'],
  ])('the name of a ZIP entry that %s', async (_name, name) => {
    const ended = await run(await world.file('out.zip', buildZip([{ name, content: stockFile('a=1') }])));
    expect(ended.json()).toMatchObject({ phase: 'Failed', error: { code: 'UnsafeArchive' } });
    await expectUnharmed(ended);
  });

  test('names of ZIP entries', async () => {
    const entries = hostile
      .filter((one) => !/[/\\]/.test(one))
      .map((one) => ({ name: `${one}.csv`, content: stockFile('=1') }));
    const ended = await run(await world.file('names.zip', buildZip(entries)), 'several.yaml');
    const { execution, inputs } = ended.json() as RunResult;
    expect([ended.status, inputs.length]).toEqual([4, entries.length]);
    const rejected = await world.run(['rejected', execution, '--file', join(world.directory, 'again.zip')]);
    expect([rejected.status, rejected.stdout]).toEqual([0, expect.stringContaining('1 row in')]);
    await expectUnharmed(ended, rejected);
  });

  test('keys of a JSON body', async () => {
    const script = `CREATE TABLE output.stock AS SELECT body.sku::String AS sku, body.amount::String AS amount FROM input.webhooks`;
    await world.file(
      'webhook.yaml',
      `${STOCK_OBJECT}---${stockConnector({ diffCheck: false })}`
        .replace('type: Spreadsheet', `type: Webhook\n  sql: {script: '${script}'}`)
        .replace(/^ {2}spreadsheet: .*$/m, '  webhook: {authentication: {type: Bearer, secretRef: {name: key}}}')
        .replace(/^.*note.*variable: note.*$|^.*name: note, scope.*$|^.*field: note.*variables.*$/gm, ''),
    );
    const body = Object.fromEntries(hostile.map((name) => [name, { [name]: [name] }]));
    const events = `${JSON.stringify({ sku: 'a', amount: '1', ...body })}\n{"sku":"b","amount":"2","__proto__":{"sku":"x"}}\n`;
    const ended = await run(await world.file('events.ndjson', events), 'webhook.yaml');
    expect(ended.json()).toMatchObject({ phase: 'Succeeded', steps: [{ unchanged: 2 }] });
    await expectUnharmed(ended);
  });

  test.each<[string, (text: string) => string]>([
    ['a time zone', (text) => `spec.timeZone=${text}`],
    ['an array delimiter', (text) => `spec.executionVariables[0].array.delimiter=${text}`],
    ['an input format', (text) => `spec.executionVariables[1].inputFormat=${text}`],
  ])('%s of a manifest is one that is known', async (_name, place) => {
    const texts = [...hostile, '../../etc/passwd', "'", '\\'];
    const connectors = texts.map((text, index) => {
      const [path = ''] = place(text).split('=');
      const quoted = JSON.stringify(text);
      return stockConnector()
        .replace('metadata: {name: stock}', `metadata: {name: stock-${index}}`)
        .replace('type: Spreadsheet', path.endsWith('timeZone') ? `timeZone: ${quoted}\n  type: Spreadsheet` : '$&')
        .replace('required: true', path.endsWith('delimiter') ? `array: {delimiter: ${quoted}}` : '$&')
        .replace('type: Number', path.endsWith('inputFormat') ? `type: Date, inputFormat: ${quoted}` : '$&');
    });
    const manifests = await world.file('places.yaml', [STOCK_OBJECT, ...connectors].join('---'));
    const ended = await world.run(['validate', manifests, '-o', 'json']);
    const [path = ''] = place('').split('=');
    expect([ended.status, ended.stdout.split(`"path":"${path}"`).length - 1]).toEqual([2, texts.length]);
  });

  test('values and fields of --where', async () => {
    const conditions = hostile.flatMap((text) => ['--where', `note!=${text}`]);
    const values = await world.run(['records', 'stock', ...conditions, '--where', 'sku=a', '-o', 'json']);
    expect([values.status, values.json()]).toEqual([0, [expect.objectContaining({ sku: 'a' })]]);
    await expectUnharmed(values);
    for (const text of hostile) {
      const field = await world.run(['records', 'stock', '--where', `${text}=x`, '-o', 'json']);
      expect([text, field.status]).toEqual([text, 2]);
      await expectUnharmed(field);
    }
  });

  test('ids of executions', async () => {
    for (const text of [...hostile, '..', '../x', '/etc/passwd']) {
      const made = await world.run([
        'run',
        'm.yaml',
        '-c',
        'stock',
        '-i',
        'first.csv',
        '-o',
        'json',
        `--execution=${text}`,
      ]);
      const asked = await world.run(['input', '-o', 'json', '--', text]);
      expect([text, made.status, asked.status]).toEqual([text, 2, 2]);
      await expectUnharmed(made, asked);
    }
  });
});
