import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowStatus } from '../../../core/model/outcome.ts';
import type { ReportSource } from '../../../core/report/source.ts';
import { EXCEL_LIMITS, writeReport } from '../../../runner/report/write-report.ts';
import { aScope, aScopeRow, aSource, anOutcome, streamOutcomes } from '../../unit/report/report-source.ts';
import { readParts, readWorkbook, type ReadSheet } from './read-workbook.ts';

let directory: string;
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const nextPath = () => join(directory, `report-${files++}.xlsx`);

async function write(source: ReportSource, limits = EXCEL_LIMITS) {
  const path = nextPath();
  const written = await writeReport(source, path, limits);
  return { written, sheets: await readWorkbook(path), path };
}

const texts = (sheet: ReadSheet | undefined) => sheet!.rows.map((row) => Array.from(row, (cell) => cell?.value ?? ''));
const named = (sheets: ReadSheet[], name: string) => sheets.find((sheet) => sheet.name === name);

const SKU = [{ name: 'sku', type: 'String' as const }];
const MIXED: [RowStatus, warned: boolean][] = [
  ['Created', false],
  ['Created', true],
  ['SkippedAmbiguous', false],
  ['Updated', false],
  ['Failed', true],
  ['Rejected', false],
  ['Unchanged', true],
  ['Failed', false],
  ['Rejected', false],
  ['NotProcessed', false],
];

function mixedSource(overrides: Partial<ReportSource> = {}): ReportSource {
  const warnings = [{ code: 'NotADate', message: 'odd' }];
  const outcomes = MIXED.map(([status, warned], index) =>
    anOutcome({ row: index + 1, status, warnings: warned ? warnings : [] }),
  );
  const rows = MIXED.map(([status], index) =>
    aScopeRow({ row: index + 1, rejected: status === 'Rejected', values: [`SKU-${index + 1}`] }),
  );
  return aSource({ scopes: [aScope({ name: 'products', variables: SKU, rows })], outcomes, overrides });
}

describe('the upload sheet', () => {
  it('lists rows with problems first, each kind in row order, with the variables of the row', async () => {
    const { sheets, written } = await write(mixedSource());
    const listed = texts(named(sheets, 'product Upload (products)')).slice(1);
    expect(listed.map((row) => [row[0], row[1], row[5]])).toEqual([
      ['6', 'Rejected', 'SKU-6'],
      ['9', 'Rejected', 'SKU-9'],
      ['5', 'Failed', 'SKU-5'],
      ['8', 'Failed', 'SKU-8'],
      ['3', 'SkippedAmbiguous', 'SKU-3'],
      ['2', 'Created', 'SKU-2'],
      ['7', 'Unchanged', 'SKU-7'],
      ['1', 'Created', 'SKU-1'],
      ['4', 'Updated', 'SKU-4'],
      ['10', 'NotProcessed', 'SKU-10'],
    ]);
    expect(written.rows).toBe(10);
  });

  it.each([
    [0, []],
    [1, ['6']],
    [3, ['6', '9', '5']],
    [6, ['6', '9', '5', '8', '3', '2']],
    [9, ['6', '9', '5', '8', '3', '2', '7', '1', '4']],
  ])('lists at most %d rows and says how many it left out', async (maxRows, expected) => {
    const { sheets, written } = await write(mixedSource({ maxRows }));
    const listed = texts(named(sheets, 'product Upload (products)')).slice(1);
    expect(listed.slice(0, -1).map((row) => row[0])).toEqual(expected);
    expect(listed.at(-1)![0]).toBe(
      `Not listed: ${10 - maxRows} ${maxRows === 9 ? 'row' : 'rows'} more than report.maxRows; ` +
        'the outcomes of the run have every row.',
    );
    expect(written.rows).toBe(maxRows);
    expect(texts(sheets[0]).flat().join()).toContain('not listed (report.maxRows is');
  });

  it('passes over the outcomes once where only good rows are expected', async () => {
    let passes = 0;
    const rows = [1, 2, 3].map((row) => aScopeRow({ row, values: [`SKU-${row}`] }));
    const outcomes = rows.map(({ row }) => anOutcome({ row }));
    const source = aSource({ scopes: [aScope({ name: 'products', variables: SKU, rows })], outcomes });
    await write({
      ...source,
      steps: source.steps.map((step) => ({ ...step, warnedRows: 0 })),
      outcomes: () => {
        passes++;
        return streamOutcomes(outcomes);
      },
    });
    expect(passes).toBe(1);
  });

  it('passes over the outcomes twice where some rows have problems of several kinds', async () => {
    let passes = 0;
    const source = mixedSource();
    await write({
      ...source,
      outcomes: (step) => {
        passes++;
        return source.outcomes(step);
      },
    });
    expect(passes).toBe(2);
  });

  it('goes on in further sheets where one is full, each with its header', async () => {
    const rows = Array.from({ length: 10 }, (_, index) => aScopeRow({ row: index + 1, values: [`SKU-${index + 1}`] }));
    const outcomes = rows.map(({ row }) => anOutcome({ row }));
    const source = aSource({ scopes: [aScope({ name: 'products', variables: SKU, rows })], outcomes });
    const { sheets } = await write(source, { ...EXCEL_LIMITS, rows: 5 });
    const uploads = sheets.filter((sheet) => sheet.name.startsWith('product Upload'));
    expect(uploads.map((sheet) => [sheet.name, sheet.rows.length])).toEqual([
      ['product Upload (products)', 5],
      ['product Upload (products) 2', 5],
      ['product Upload (products) 3', 3],
    ]);
    expect(
      uploads.flatMap((sheet) =>
        texts(sheet)
          .slice(1)
          .map((row) => row[0]),
      ),
    ).toEqual(rows.map(({ row }) => String(row)));
    expect(uploads.map((sheet) => texts(sheet)[0]![1])).toEqual(['Status', 'Status', 'Status']);
  });

  it('keeps the note on rows left out within the limit of a sheet', async () => {
    const { sheets } = await write(mixedSource({ maxRows: 4 }), { ...EXCEL_LIMITS, rows: 5 });
    const uploads = sheets.filter((sheet) => sheet.name.startsWith('product Upload'));
    expect(uploads.map((sheet) => sheet.rows.length)).toEqual([5, 2]);
  });

  it('starts a new sheet before the bytes of one outgrow a ZIP entry', async () => {
    const rows = Array.from({ length: 3000 }, (_, index) => aScopeRow({ row: index + 1, values: ['A'] }));
    const outcomes = rows.map(({ row }) => anOutcome({ row }));
    const source = aSource({ scopes: [aScope({ name: 'products', variables: SKU, rows })], outcomes });
    const { sheets } = await write(source, { ...EXCEL_LIMITS, bytes: 200_000 });
    const uploads = sheets.filter((sheet) => sheet.name.startsWith('product Upload'));
    expect(uploads.length).toBeGreaterThan(1);
    expect(uploads.reduce((sum, sheet) => sum + sheet.rows.length - 1, 0)).toBe(3000);
  });

  it('shows what an update changed', async () => {
    const outcome = anOutcome({ status: 'Updated', before: { price: '9.90' }, after: { price: '10.50' } });
    const scopes = [aScope({ name: 'products', variables: SKU, rows: [aScopeRow({ values: ['A'] })] })];
    const { sheets } = await write(aSource({ scopes, outcomes: [outcome] }));
    const [header, row] = texts(named(sheets, 'product Upload (products)'));
    expect(row![header!.indexOf('Changes')]).toBe('price: 9.90 → 10.50');
    expect(row![header!.indexOf('Record id')]).toBe(outcome.record);
  });

  it('counts rows unchanged by the diff check without listing them', async () => {
    const rows = [1, 3].map((row) => aScopeRow({ row, values: [`SKU-${row}`] }));
    const outcomes = [1, 3].map((row) => anOutcome({ row }));
    const scopes = [aScope({ name: 'products', variables: SKU, rows, unchangedByDiff: 2 })];
    const { sheets } = await write(aSource({ scopes, outcomes }));
    const listed = texts(named(sheets, 'product Upload (products)')).slice(1);
    expect(listed.map((row) => row[5] ?? '')).toEqual(['SKU-1', 'SKU-3', '']);
    expect(listed.at(-1)![0]).toBe('Counted, not listed: 2 rows unchanged by the diff check.');
  });

  it('gives two steps on the same object and scope a sheet each', async () => {
    const rows = [aScopeRow({ values: ['A'] })];
    const outcomes = [anOutcome({ step: 'first' }), anOutcome({ step: 'second', status: 'Unchanged' })];
    const { sheets } = await write(aSource({ scopes: [aScope({ name: 'products', variables: SKU, rows })], outcomes }));
    expect(texts(named(sheets, 'product Upload (products)'))[1]![1]).toBe('Created');
    expect(texts(named(sheets, 'product Upload (products) 2'))[1]![1]).toBe('Unchanged');
  });
});

describe('the sheet of extracted variables', () => {
  it('lists only rows with conversion problems and says so where there are none', async () => {
    const problems = [{ code: 'NotANumber', message: '"x" is not a number', variable: 'sku' }];
    const rows = [
      aScopeRow({ row: 1, values: ['A'] }),
      aScopeRow({ row: 2, rejected: true, problems, values: [null] }),
      aScopeRow({ row: 3, problems, values: ['C'] }),
    ];
    const outcomes = ['Created', 'Rejected', 'Created'].map((status, index) =>
      anOutcome({ row: index + 1, status: status as RowStatus }),
    );
    const clean = aScope({ name: 'clean', variables: SKU, rows: [aScopeRow({ values: ['A'] })] });
    const scopes = [aScope({ name: 'products', variables: SKU, rows }), clean];
    const { sheets } = await write(aSource({ scopes, outcomes }));
    expect(texts(named(sheets, 'Extracted Variables (products)'))).toEqual([
      ['Row', 'Result', 'Problems', 'sku'],
      ['2', 'Rejected', 'sku: "x" is not a number [NotANumber]'],
      ['3', 'Left blank', 'sku: "x" is not a number [NotANumber]', 'C'],
    ]);
    expect(texts(named(sheets, 'Extracted Variables (clean)')).at(-1)).toEqual(['No conversion problem in 1 row.']);
  });
});

describe('the sheet of the SQL output', () => {
  it('shows the sample as the SQL left it', async () => {
    const columns = [
      { name: 'sku', type: 'Nullable(String)' },
      { name: 'price', type: 'Nullable(Decimal(38, 2))' },
    ];
    const rows = [1, 2, 3].map((row) => aScopeRow({ row, values: ['A'] }));
    const sample = [
      ['0012', '9.90'],
      [null, '12345678901234567890.12'],
    ];
    const scopes = [aScope({ name: 'products', variables: SKU, rows, columns, sample })];
    const { sheets } = await write(aSource({ scopes, outcomes: [] }));
    const [header, first, second, note] = named(sheets, 'SQL Output (products)')!.rows;
    expect(header!.map((cell) => cell?.value)).toEqual(['sku', 'price']);
    expect(first![0]).toMatchObject({ type: 'text', value: '0012', quotePrefix: true });
    expect(first![1]).toMatchObject({ type: 'number', value: '9.90', format: '0.00' });
    expect(second![0]).toBeUndefined();
    expect(second![1]).toMatchObject({ type: 'text', value: '12345678901234567890.12' });
    expect(note![0]!.value).toBe('A sample: the first 2 of 3 rows.');
  });
});

describe('the workbook', () => {
  it('is a summary alone where the input could not be read', async () => {
    const error = {
      code: 'InputUnreadable',
      message: 'the file has no header',
      details: [{ message: 'line 1 is empty', line: 1 }],
    };
    const { sheets } = await write(
      aSource({ execution: { phase: 'Failed', error }, scopes: [], outcomes: [], overrides: { inputs: [] } }),
    );
    expect(sheets.map((sheet) => sheet.name)).toEqual(['Summary Stats']);
    const all = texts(sheets[0]).flat();
    expect(all).toEqual(expect.arrayContaining(['Failed', 'InputUnreadable', 'the file has no header', 'line 1']));
  });

  it('has the summary first, frozen headers and filters over the tables alone', async () => {
    const { sheets } = await write(mixedSource({ maxRows: 3 }));
    expect(sheets.map((sheet) => sheet.name)).toEqual([
      'Summary Stats',
      'product Upload (products)',
      'Extracted Variables (products)',
      'SQL Output (products)',
    ]);
    expect(sheets[1]!.xml).toContain(
      '<pane xSplit="2" ySplit="1" topLeftCell="C2" activePane="bottomRight" state="frozen"/>',
    );
    expect(sheets[1]!.xml).toContain('<autoFilter ref="A1:H4"/>');
    expect(sheets[1]!.xml).toContain('orientation="landscape"');
    expect(sheets[0]!.xml).toContain(`location="'product Upload (products)'!A1"`);
  });

  it('puts all cells of a row at the same height, those without a style of their own too', async () => {
    const { path } = await write(mixedSource());
    const styles = (await readParts(path)).get('xl/styles.xml') ?? '';
    const normal = /<cellStyleXfs.*?<\/cellStyleXfs>/.exec(styles)?.[0];
    const first = /<cellXfs[^>]*><xf.*?<\/xf>/.exec(styles)?.[0];
    expect([normal, first]).toEqual([
      expect.stringContaining('<alignment vertical="top"/>'),
      expect.stringContaining('<alignment vertical="top"/>'),
    ]);
  });

  it('is the same file for the same run', async () => {
    const [first, second] = [nextPath(), nextPath()];
    await writeReport(mixedSource(), first);
    await writeReport(mixedSource(), second);
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
  });
});

describe('when it cannot be written', () => {
  const broken = (message: string): AsyncIterable<Uint8Array> => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error(message)) }),
  });

  it('a fault of the source passes through and leaves nothing behind', async () => {
    const path = nextPath();
    const source = mixedSource({ outcomes: () => broken('the outcomes are gone') });
    await expect(writeReport(source, path)).rejects.toThrow('the outcomes are gone');
    expect((await readdir(directory)).filter((name) => name.includes(basename(path)))).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['fewer', []],
    ['more', ['SKU-1', 'red']],
  ])('a row with %s values than the scope has variables is a fault', async (_, values) => {
    const scopes = [aScope({ name: 'products', variables: SKU, rows: [aScopeRow({ values })] })];
    const source = aSource({ scopes, outcomes: [anOutcome()] });
    await expect(writeReport(source, nextPath())).rejects.toMatchObject({ code: 'ScopeFile' });
  });

  it('a directory that is not there is named', async () => {
    const path = join(directory, 'nowhere', 'report.xlsx');
    await expect(writeReport(mixedSource(), path)).rejects.toMatchObject({
      code: 'ReportNotWritten',
      class: 'transient',
      message: expect.stringContaining(path) as string,
    });
  });

  it('a file that cannot grow ends the report instead of hanging, and leaves nothing behind', async () => {
    const path = nextPath();
    const script = join(import.meta.dirname, 'write-large-report.ts');
    const run = promisify(execFile);
    const limited = 'ulimit -f 64; exec "$0" "$1" "$2"';
    const { stdout } = await run('sh', ['-c', limited, process.execPath, script, path], { timeout: 60_000 });
    expect(stdout.trim()).toBe('ReportNotWritten');
    expect((await readdir(directory)).filter((name) => name.includes(basename(path)))).toEqual([]);
  });

  it('what a killed run left behind is replaced', async () => {
    const path = nextPath();
    await writeFile(`${path}.partial`, 'half a report');
    await writeReport(mixedSource(), path);
    expect(await readWorkbook(path)).toHaveLength(4);
    expect(await readdir(directory)).not.toContain(`${basename(path)}.partial`);
  });

  it('counts that do not sum to the rows are a fault, not a report', async () => {
    const source = mixedSource();
    const steps = source.steps.map((step) => ({ ...step, created: step.created + 1 }));
    await expect(writeReport({ ...source, steps }, nextPath())).rejects.toMatchObject({
      code: 'CountsDoNotSum',
      class: 'terminal',
    });
  });
});
