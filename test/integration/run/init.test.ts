import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import ExcelJS from 'exceljs';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import type { CliWorld } from '../../support/cli.ts';
import { useCliDatabase } from '../../support/cli-database.ts';
import { encodeAs } from '../../support/encode-as.ts';
import { buildZip } from '../../support/zip-writer.ts';

let world: CliWorld;
useCliDatabase((opened) => ({ world } = opened));

async function workbook(): Promise<Uint8Array> {
  const book = new ExcelJS.Workbook();
  const people = book.addWorksheet('People & Pets');
  people.addRow(['Name', 'Born', 'Paid', 'Score']);
  people.addRow(['Ada', new Date(Date.UTC(1815, 11, 10)), true, 1.5]);
  people.addRow(['Grace', new Date(Date.UTC(1906, 11, 9)), false, 2]);
  book.addWorksheet('Empty');
  const visits = book.addWorksheet('2026');
  visits.addRow(['ID', 'At']);
  visits.addRow([1, new Date(Date.UTC(2026, 0, 31, 12, 30))]);
  return new Uint8Array(await book.xlsx.writeBuffer());
}

const wide = (columns: number): string =>
  [0, 1, 2]
    .map((row) => Array.from({ length: columns }, (_, column) => (row === 0 ? `c${column}` : `${row}x${column}`)))
    .join('\n');

describe('what init writes runs as it is', () => {
  const cases: [
    sentence: string,
    file: string,
    bytes: string | Uint8Array | (() => Promise<Uint8Array>),
    created: number,
    phase?: RunResult['phase'],
    options?: readonly string[],
  ][] = [
    [
      'an ordinary CSV',
      'people.csv',
      'ID,Name,E-Mail,Joined\n1,Ada,ada@example.com,2026-01-31\n2,Bo,bo@example.com,2026-02-28\n',
      2,
    ],
    [
      'semicolons, decimal commas, dates of Germany',
      'lager 2026-11.csv',
      'Artikel;Preis;Datum\nA1;1,50;31.01.2026\nA2;1.234,75;01.02.2026\n',
      2,
    ],
    [
      'headers that are words of SQL or names that are taken',
      'select.csv',
      'id,created_at,select,from,order,null,2020,,A,a,constructor\n1,2,3,4,5,6,7,8,9,10,11\n2,2,3,4,5,6,7,8,9,10,11\n',
      2,
    ],
    [
      'a Cyrillic file under a Cyrillic name',
      'отчёт.csv',
      encodeAs('Windows-1251', 'номер,имя,город\n1,Иван Петрович,Москва\n2,Пётр,Казань\n'),
      2,
    ],
    [
      'the same with its encoding said',
      'отчёт 2.csv',
      encodeAs('Windows-1251', 'номер,имя\n1,Иван\n'),
      1,
      'Succeeded',
      ['--encoding', 'Windows-1251'],
    ],
    ['a header only', 'header.csv', 'sku,name\n', 0],
    ['one column', 'one.txt', 'name\nx\ny\n', 2],
    ['a workbook of several sheets', 'book.xlsx', workbook, 3],
    [
      'a ZIP file of two tables',
      'both.zip',
      buildZip([
        { name: 'a.csv', content: 'k,v\n1,2\n' },
        { name: 'b.csv', content: 'k;v\n3;4\n5;6\n' },
      ]),
      3,
    ],
    ['a gzip file', 'packed.tsv.gz', gzipSync('k\tv\n1\t2\n'), 1],
    ['more columns than an object has fields', 'wide.csv', wide(300), 2],
    [
      'values that YAML and SQL could trip over',
      'odd.csv',
      'k,"a: b",\'c\',#d,"e\nf",\u{1f600}\n1,"- x: [y]","it\'s","#","line\nbreak\r\n\tend",\u{1f600}\n2,"yes","null","~","{{ }}","\u2028\u0085"\n',
      2,
    ],
    ['two columns that tell rows apart together', 'lines.csv', 'order_no,line,sku\n7,1,a\n7,2,b\n8,1,a\n8,2,a\n', 4],
    ['no column that tells rows apart', 'same.csv', 'a,b\nx,1\nx,1\ny,1\n', 2],
    [
      'rows without a key',
      'gaps.csv',
      `sku,price\n${Array.from({ length: 40 }, (_, row) => `s${row},${row}`).join('\n')}\n,5\n`,
      40,
      'PartialSuccess',
    ],
    ['a header that no manifest can name', 'long.csv', `k,${'x'.repeat(200)}\n1,2\n`, 1],
    ['a delimiter that is said', 'caret.txt', 'k^v\n1^2\n', 1, 'Succeeded', ['--delimiter', '^']],
    [
      'NUL characters and damaged bytes',
      'nul.csv',
      Buffer.concat([Buffer.from('k,v\n1,a\0b\n2,é'), Buffer.from([0xff]), Buffer.from('\n')]),
      2,
    ],
  ];
  it.each(cases)('%s', async (_, name, content, created, phase = 'Succeeded', options = []) => {
    const file = await world.file(name, typeof content === 'function' ? await content() : content);
    const directory = join(world.directory, `m-${name}`);
    const init = await world.run(['init', file, '--directory', directory, ...options, '-o', 'json']);
    expect([init.status, init.stderr]).toEqual([0, '']);
    const { connector } = init.json() as { connector: string };
    const validated = await world.run(['validate', directory]);
    expect(validated.status, validated.stderr).toBe(0);
    const run = ['run', directory, '--connector', connector, '--input', file, '--no-report', '-o', 'json'];
    const dry = (await world.run([...run, '--dry-run'])).json() as RunResult;
    const live = (await world.run(run)).json() as RunResult;
    const outcome = ({ phase: ended, steps }: RunResult): unknown => [ended, steps.map((step) => ({ ...step }))];
    expect(live.phase, JSON.stringify(live)).toBe(phase);
    expect(live.steps.reduce((sum, step) => sum + step.created, 0)).toBe(created);
    expect(outcome(dry)).toEqual(outcome(live));
  });
});

describe('init', () => {
  it('matches by two columns where only both tell rows apart, and says so', async () => {
    const file = await world.file('lines.csv', 'order_no,line,sku,qty\n7,1,a,1\n7,2,b,2\n8,1,a,3\n8,2,a,4\n');
    const directory = join(world.directory, 'by-two');
    const { status, stdout } = await world.run(['init', file, '--directory', directory]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('known by order_no and line')]);
    const text = await readFile(join(directory, 'connector.yaml'), 'utf8');
    expect(text).toContain(
      '        - { field: order_no, variable: order_no, onSingleMatch: NextRule, onMultipleMatches: NextRule }\n' +
        '        - { field: line, variable: line }\n',
    );
    expect(text).toMatch(/# A row updates the record of the same order_no and line, or creates one\./);
    expect((await world.run(['inspect', file])).stdout).toContain('key: order_no and line together');
    const run = ['run', directory, '--connector', 'lines', '--no-report', '-o', 'json', '--input'];
    await world.run([...run, file]);
    const next = await world.file('lines-2.csv', 'order_no,line,sku,qty\n7,2,b,9\n8,1,a,3\n8,3,c,1\n');
    expect(((await world.run([...run, next])).json() as RunResult).steps).toMatchObject([
      { created: 1, updated: 1, unchanged: 1 },
    ]);
  });

  it('says what to do where not even two columns tell rows apart', async () => {
    const file = await world.file('alike.csv', 'a,b\nx,1\nx,1\ny,1\n');
    const directory = join(world.directory, 'alike');
    await world.run(['init', file, '--directory', directory]);
    expect(await readFile(join(directory, 'connector.yaml'), 'utf8')).toMatch(
      /# Mind: no column and no two of them tell the rows apart: .*; add rules .*, or a column to the file\./,
    );
  });

  it('writes nothing over files that are there, unless told', async () => {
    const file = await world.file('twice.csv', 'k,v\n1,2\n');
    const directory = join(world.directory, 'twice');
    expect((await world.run(['init', file, '--directory', directory])).status).toBe(0);
    await world.file('twice/connector.yaml', '# mine\n');
    const again = await world.run(['init', file, '--directory', directory, '-o', 'json']);
    expect(again.status).toBe(2);
    expect(again.json()).toMatchObject({ error: { code: 'FileExists', details: { length: 3 } } });
    expect(await readFile(join(directory, 'connector.yaml'), 'utf8')).toBe('# mine\n');
    expect((await world.run(['init', file, '--directory', directory, '--force'])).status).toBe(0);
    expect(await readFile(join(directory, 'connector.yaml'), 'utf8')).toContain('kind: SmartConnector');
  });

  it('says what comes next, in commands that a shell takes', async () => {
    const file = await world.file("bob's list.csv", 'k,v\n1,2\n');
    const { stdout } = await world.run(['init', file, '--name', 'bobs', '--namespace', 'sales']);
    expect(stdout).toContain('smartconnector run bobs --connector bobs --input ');
    expect(stdout).toContain("bob'\\''s list.csv'");
    expect((await readdir(join(world.directory, 'bobs'))).toSorted()).toEqual([
      'connector.yaml',
      'objects.yaml',
      'sample.yaml',
    ]);
    expect(await readFile(join(world.directory, 'bobs/objects.yaml'), 'utf8')).toContain('namespace: sales');
  });

  it.each([
    ['a file that is not there', ['init', 'nowhere.csv'], 'nowhere.csv: there is no such file'],
    ['a name that no resource can have', ['init', 'k.csv', '--name', 'No Name'], 'metadata.name'],
  ])('%s is a fault, and nothing is written', async (_, args, message) => {
    await world.file('k.csv', 'k\n1\n');
    const { status, stderr } = await world.run(args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('inspect', () => {
  it('shows tables, columns, types and what is odd by row', async () => {
    const rows = Array.from(
      { length: 30 },
      (_, row) => `${row + 1},${row === 11 ? 'on request' : `${row}.50`},0${1 + (row % 9)}/02/2026,a${row}@example.com`,
    );
    const file = await world.file('prices.csv', `Item No,Price,Since,Contact\n${rows.join('\n')}\n\n`);
    const { status, stdout } = await world.run(['inspect', file]);
    expect(status).toBe(0);
    expect(stdout).toContain('prices: 30 rows, comma-separated');
    expect(stdout).toMatch(/price +Price +Number +30 +0 +30 /);
    expect(stdout).toContain('price: 1 value is no Number: row 12 "on request"');
    expect(stdout).toContain('since: every date can be read as DD/MM/YYYY too');
    expect(stdout).toContain('key: item_no');
    expect(stdout).toContain('warning: blank rows dropped: 1, first in prices.csv:32:1');
    const json = (await world.run(['inspect', file, '-o', 'json'])).json();
    expect(json).toMatchObject({
      file: 'prices.csv',
      tables: [
        {
          name: 'prices',
          rows: 30,
          delimiter: ',',
          key: { column: 'item_no', isUnique: true },
          columns: [
            { name: 'item_no', header: 'Item No', type: 'Number', isWhole: true },
            { name: 'price', type: 'Number', misfits: 1, firstMisfits: [{ row: 12, value: 'on request' }] },
            { name: 'since', type: 'Date', otherFormat: 'DD/MM/YYYY', inputFormat: null },
            { name: 'contact', type: 'Email', values: 30, blanks: 0, distinct: 30 },
          ],
        },
      ],
      warnings: [{ code: 'BlankRowsDropped' }],
    });
  });

  it('names the place of a fault in the file', async () => {
    const file = await world.file('open.csv', 'a,b\n1,"x\n');
    const { status, stdout } = await world.run(['inspect', file, '-o', 'json']);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'UnclosedQuote', details: [{ line: 2, column: 3 }] } });
  });

  it('takes other limits, and refuses those that there are not', async () => {
    const file = await world.file('three.csv', 'a,b,c\n');
    const refused = await world.run(['inspect', file, '--limit', 'columns=2', '-o', 'json']);
    expect(refused.json()).toMatchObject({ error: { code: 'TooManyColumns' } });
    expect((await world.run(['inspect', file, '--limit', 'colums=2'])).stderr).toContain('one of the names columns');
  });
});
