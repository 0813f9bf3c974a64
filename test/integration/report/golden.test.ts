import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Outcome, RowProblem } from '../../../core/model/outcome.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { writeReport } from '../../../runner/report/write-report.ts';
import { aScope, aScopeRow, aSource, anOutcome } from '../../unit/report/report-source.ts';
import { readWorkbook, type ReadSheet } from './read-workbook.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** The workbook as a person reads it: one line a row, cells apart by bars. */
function renderSheet(sheet: ReadSheet): string {
  const lines = sheet.rows.map((row) =>
    Array.from(row, (cell) => (cell?.value ?? '').replace(/\n/g, '⏎'))
      .join(' | ')
      .replace(/(?: \| )+/g, ' | '),
  );
  return [`=== ${sheet.name}`, ...lines].join('\n');
}

// Run with `--update` after a wanted change.
it('the report of a partial success reads as before', async () => {
  const vendors = ['Acme Corp.', 'Grün & Söhne'].map((name, index) => aScopeRow({ row: index + 1, values: [name] }));
  const ofVendor = { scope: 'vendors', step: 'vendors', object: 'vendor' };
  const notNumber: RowProblem = { code: 'NotANumber', message: '"12,x" is not a number', variable: 'price' };
  const blankSku: RowProblem = { code: 'RequiredBlank', message: 'sku is required and blank', variable: 'sku' };
  const products: ScopeRow[] = [
    aScopeRow({ row: 1, values: ['0012', '9.90', 'Acme Corp.', '2026-01-31', 'true', ['red', 'large, blue']] }),
    aScopeRow({ row: 2, values: ['A-2', '10.50', 'Grün & Söhne', null, 'false', null] }),
    aScopeRow({
      row: 3,
      rejected: true,
      problems: [blankSku, notNumber],
      values: [null, null, '=A', null, null, null],
    }),
    aScopeRow({ row: 4, problems: [notNumber], values: ['A-4', null, 'Acme Corp.', '1890-05-01', null, null] }),
    aScopeRow({ row: 6, values: ['A-6', '12345678901234567890', 'Nobody', null, null, null] }),
  ];
  const outcomes: Outcome[] = [
    anOutcome({ ...ofVendor, row: 1 }),
    anOutcome({ ...ofVendor, row: 2, status: 'Unchanged' }),
    anOutcome({ row: 1 }),
    anOutcome({
      row: 2,
      status: 'Updated',
      before: { price: '9.90', tags: null },
      after: { price: '10.50', tags: ['a'] },
    }),
    anOutcome({ row: 3, status: 'Rejected', reason: 'RequiredBlank', record: null, errors: [blankSku, notNumber] }),
    anOutcome({ row: 4, warnings: [notNumber] }),
    anOutcome({
      row: 6,
      status: 'Failed',
      reason: 'LookupUnresolved',
      record: null,
      errors: [{ code: 'LookupUnresolved', message: 'no vendor has the name "Nobody"', field: 'vendor' }],
    }),
  ];
  const variables = [
    { name: 'sku', type: 'String' },
    { name: 'price', type: 'Number' },
    { name: 'vendor_name', type: 'String' },
    { name: 'valid_from', type: 'Date' },
    { name: 'in_stock', type: 'Boolean' },
    { name: 'tags', type: 'String', isArray: true },
  ] as const;
  const source = aSource({
    execution: { phase: 'PartialSuccess', triggeredBy: 'maria@example.com' },
    scopes: [
      aScope({
        name: 'vendors',
        variables: [{ name: 'vendor', type: 'String' }],
        rows: vendors,
        sample: [['Acme Corp.']],
      }),
      aScope({
        name: 'products',
        variables,
        rows: products,
        unchangedByDiff: 1,
        formats: { price: 'DecimalPoint', valid_from: 'MM/DD/YYYY' },
        sample: [['0012', '9.90', 'Acme Corp.', '01/31/2026', 'yes', 'red;large, blue']],
      }),
    ],
    outcomes,
    overrides: {
      maxRows: 4,
      inputs: [{ table: 'price_list', rows: 6 }],
      warnings: [{ code: 'AmbiguousDate', message: 'valid_from was read as MM/DD/YYYY', count: 2 }],
    },
  });
  const path = join(directory, 'report.xlsx');
  await writeReport(source, path);
  const text = (await readWorkbook(path)).map(renderSheet).join('\n\n');
  await expect(`${text}\n`).toMatchFileSnapshot('../../golden/report/partial-success.txt');
});
