import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utils, write } from '@e965/xlsx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { buildWorkbook, buildZip } from '../../support/zip-writer.ts';
import { STOCK_OBJECT } from './manifests.ts';

interface Shape {
  readonly formats?: string;
  readonly delimiter?: string;
  readonly script?: string;
  readonly scopes?: readonly string[];
}

function connector({ formats = '', delimiter = '', script, scopes = [''] }: Shape): string {
  const scoped = (scope: string): string => (scope === '' ? '' : `, scope: ${scope}`);
  const each = (lines: (scope: string) => string[]): string => scopes.flatMap(lines).join('\n');
  return `${STOCK_OBJECT}---
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: {name: stock}
spec:
  type: Spreadsheet
  spreadsheet: {${[formats && `formats: [${formats}]`, delimiter && `delimiter: '${delimiter}'`].filter(Boolean).join(', ')}}
${script === undefined ? '' : `  sql: {script: "${script}"}`}
  executionVariables:
${each((scope) => [
  `    - {name: sku${scoped(scope)}, type: String, required: true}`,
  `    - {name: note${scoped(scope)}, type: String}`,
])}
  loadSteps:
${each((scope) => [
  `    - name: load${scope}`,
  `      object: stock${scope === '' ? '' : `\n      scope: ${scope}`}`,
  '      matching: [{field: sku, variable: sku}]',
  '      mapping: [{field: sku, variables: [sku]}, {field: note, variables: [note]}]',
])}
`;
}

const cell = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
const rowsXml = (...rows: readonly (readonly string[])[]): string =>
  rows.map((row, index) => `<row r="${index + 1}">${row.map(cell).join('')}</row>`).join('');
const BOOK = buildWorkbook([{ name: 'Stock', rows: rowsXml(['SKU', 'Note'], ['a', '=1'], ['', '007'], ['b', '']) }]);
const TWO_SHEETS = buildWorkbook([
  { name: 'One', rows: rowsXml(['SKU', 'Note'], ['a', 'x'], ['', 'y']) },
  { name: 'Two', rows: rowsXml(['SKU', 'Note'], ['', 'z'], ['b', 'u'], ['', 'v']) },
]);
const TWO_SCOPES =
  'CREATE TABLE output.p AS SELECT _row, sku, note FROM input.one ORDER BY _row;' +
  ' CREATE TABLE output.q AS SELECT t._row, t.sku, t.note FROM input.page_idx_1 AS t ORDER BY t._row;';
const ONE_CARRIES =
  'CREATE TABLE output.p AS SELECT _row, sku, note FROM input.f ORDER BY _row;' +
  " CREATE TABLE output.q AS SELECT DISTINCT sku, 'n' AS note FROM input.f;";

describe('the file of rejected rows', () => {
  let database: TestDatabase;
  let world: CliWorld;
  let runs = 0;

  beforeAll(async () => {
    database = await freshDatabase();
    world = await openCliWorld(database.url);
  });
  afterAll(async () => {
    await world.close();
    await database.drop();
  });

  /** The name of the execution. */
  const run = async (shape: Shape, fileName: string, content: string | Uint8Array): Promise<string> => {
    const execution = `r${(runs += 1)}`;
    await world.file('m.yaml', connector(shape));
    await world.file(fileName, content);
    const args = ['run', 'm.yaml', '--connector', 'stock', '--input', fileName, '--execution', execution];
    const ended = await world.run([...args, '--no-report', '--output', 'json']);
    expect((ended.json() as RunResult).error ?? null).toBeNull();
    return execution;
  };

  test.each<[sentence: string, shape: Shape, file: string, content: string, rejected: string]>([
    ['commas', {}, 'f.csv', 'SKU,Note\na,x\n,"1;2"\n', 'SKU,Note\r\n,"1;2"\r\n'],
    ['semicolons', {}, 'f.csv', 'SKU;Note\na;x\n;1,5\n', 'SKU;Note\r\n;"1,5"\r\n'],
    ['tabs, where nothing else is accepted', { formats: 'TSV' }, 'f.tsv', 'SKU\tNote\n\tx\n', 'SKU\tNote\r\n\tx\r\n'],
    ['a separator line', {}, 'f.csv', 'sep=^\nSKU^Note\n^x\n', 'sep=^\r\nSKU^Note\r\n^x\r\n'],
    ['a byte order mark', {}, 'f.csv', '\ufeffSKU,Note\n,é\n', '\ufeffSKU,Note\r\n,é\r\n'],
    ['a declared delimiter', { delimiter: '^' }, 'f.csv', 'SKU^Note\n^a,b\n', 'SKU^Note\r\n^"a,b"\r\n'],
  ])('keeps %s, and runs again', async (_, shape, file, content, rejected) => {
    const { stdout } = await world.run(['rejected', await run(shape, file, content)]);
    expect(stdout).toBe(rejected);
    const again = await world.run(['rejected', await run(shape, file, stdout)]);
    expect(again.stdout).toBe(rejected);
  });

  test('of a workbook is a workbook, and CSV where a person asks for that', async () => {
    const execution = await run({ formats: 'XLSX, CSV' }, 'book.xlsx', BOOK);
    expect((await world.run(['rejected', execution])).stdout).toBe('SKU,Note\r\n,007\r\n');
    await world.run(['rejected', execution, '--file', 'bad.csv']);
    expect(await readFile(join(world.directory, 'bad.csv'), 'utf8')).toBe('SKU,Note\r\n,007\r\n');
    await world.run(['rejected', execution, '--file', 'bad.xlsx']);
    const bytes = await readFile(join(world.directory, 'bad.xlsx'));
    const again = await run({ formats: 'XLSX' }, 'again.xlsx', bytes);
    const described = (await world.run(['rejected', again, '--output', 'json'])).json();
    expect(described).toMatchObject({ rows: 1, note: null, file: expect.stringMatching(/again\.rejected\.xlsx$/) });
  });

  test.each([
    ['CSV, where the connector takes that', 'XLS, CSV', 'csv', null],
    [
      'a workbook with a note, where the connector takes none of what is written',
      'XLS',
      'xlsx',
      /save the file as XLS/,
    ],
  ])('of a legacy workbook is %s', async (_, formats, extension, note) => {
    const sheet = utils.aoa_to_sheet([
      ['SKU', 'Note'],
      ['a', 'x'],
      [null, '007'],
    ]);
    const bytes = write(utils.book_new(sheet, 'Stock'), { type: 'buffer', bookType: 'biff8' }) as Buffer;
    const execution = await run({ formats }, 'book.xls', bytes);
    const described = (await world.run(['rejected', execution, '--output', 'json'])).json();
    expect(described).toMatchObject({
      rows: 1,
      file: expect.stringMatching(new RegExp(`\\.rejected\\.${extension}$`)) as string,
      note: note === null ? null : (expect.stringMatching(note) as string),
    });
  });

  test('of several sheets has them all, at their positions', async () => {
    const shape = { script: TWO_SCOPES, scopes: ['p', 'q'] };
    const execution = await run(shape, 'book.xlsx', TWO_SHEETS);
    const described = await world.run(['rejected', execution, '--file', 'bad.xlsx', '--output', 'json']);
    expect(described.json()).toMatchObject({ rows: 3, note: null });
    const again = await run(shape, 'bad.xlsx', await readFile(join(world.directory, 'bad.xlsx')));
    const outcomes = (await world.run(['outcomes', again, '--output', 'json'])).json() as {
      scope: string;
      status: string;
    }[];
    expect(outcomes.map(({ scope, status }) => `${scope} ${status}`)).toEqual([
      'p Rejected',
      'q Rejected',
      'q Rejected',
    ]);
  });

  test('of a ZIP file is a ZIP file where text is not accepted', async () => {
    const archive = buildZip([{ name: 'f.csv', content: 'SKU,Note\n,x\n' }]);
    const execution = await run({ formats: 'ZIP' }, 'f.zip', archive);
    await world.run(['rejected', execution, '--file', 'bad.zip']);
    const again = await run({ formats: 'ZIP' }, 'again.zip', await readFile(join(world.directory, 'bad.zip')));
    expect((await world.run(['rejected', again, '--output', 'json'])).json()).toMatchObject({ rows: 1 });
  });

  test('has the rows that can be traced, and says which cannot', async () => {
    const shape = { script: ONE_CARRIES, scopes: ['p', 'q'] };
    const ended = await world.run(['rejected', await run(shape, 'f.csv', 'SKU,Note\na,x\n,y\n')]);
    expect(ended.stdout).toBe('SKU,Note\r\n,y\r\n');
    expect(ended.stderr).toContain('1 row of q');
  });

  test('of scopes that cannot be traced is one table with their names', async () => {
    const script =
      'CREATE TABLE output.p AS SELECT sku, note FROM input.f ORDER BY _row;' +
      " CREATE TABLE output.q AS SELECT sku, note FROM input.f WHERE note = 'y';";
    const ended = await world.run([
      'rejected',
      await run({ script, scopes: ['p', 'q'] }, 'f.csv', 'SKU,Note\n,y\nz,\n'),
    ]);
    expect(ended.stdout).toBe('scope,sku,note\r\np,,y\r\nq,,y\r\n');
    expect(ended.stderr).toContain('cannot be traced');
  });
});
