import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VariableValue } from '../../../core/model/connector.ts';
import { ROW_STATUSES, type Outcome } from '../../../core/model/outcome.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { renderChange, renderProblems, renderValue } from '../../../core/report/text.ts';
import { writeReport } from '../../../runner/report/write-report.ts';
import { aScope, aScopeRow, aSource, anOutcome } from '../../unit/report/report-source.ts';
import { readWorkbook, type ReadCell } from './read-workbook.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const awkward = fc.constantFrom(
  '=1+1',
  '+49 30 123',
  '-5',
  '@SUM(A1)',
  "'=x",
  '  both ends  ',
  'a\r\nb\n\nc\t',
  '_x0041_ _x000D_',
  '<b>&amp;"\'</b>',
  ']]>',
  '\u0000\u0001\u001f\u007f',
  '🔩 👩‍👩‍👧 é',
  '\ud83d',
  '\ufffe\uffff',
  '0012',
  '1234567890123456789012345678901234567890',
  'TRUE',
  '2026-01-31',
);
const text = fc.oneof(awkward, fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), fc.string({ minLength: 1 }));
const number = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,20})?$/);
const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const values: Record<'String' | 'Number' | 'Date' | 'DateTime' | 'Boolean', fc.Arbitrary<string>> = {
  String: text,
  Number: number,
  Date: date.map((each) => each.toISOString().slice(0, 10)),
  DateTime: date.map((each) => each.toISOString().replace('.000Z', 'Z')),
  Boolean: fc.constantFrom('true', 'false'),
};
const TYPES = Object.keys(values) as (keyof typeof values)[];
const VARIABLES = [
  ...TYPES.map((type) => ({ name: type.toLowerCase(), type })),
  { name: 'list', type: 'String' as const, isArray: true },
];

const problem = fc.record({ code: fc.constant('Odd'), message: text });
const row = fc.record({
  values: fc
    .tuple(
      fc.tuple(...TYPES.map((type) => fc.option(values[type]))),
      fc.option(
        fc.array(
          text.map((each) => each.toWellFormed()),
          { minLength: 1, maxLength: 3 },
        ),
      ),
    )
    .map(([single, list]): VariableValue[] => [...single, list]),
  status: fc.constantFrom(...ROW_STATUSES.filter((status) => status !== 'UnchangedByDiff')),
  reason: fc.option(text),
  errors: fc.array(problem, { maxLength: 2 }),
  warnings: fc.array(problem, { maxLength: 2 }),
  before: fc.option(fc.dictionary(fc.constantFrom('a', 'b'), fc.option(text))),
  after: fc.option(fc.dictionary(fc.constantFrom('a', 'b'), fc.option(text))),
});

/** What of a text a workbook can hold: the characters of XML 1.0. */
function held(value: string | null): string | null {
  const kept = value?.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '') ?? '';
  return kept === '' ? null : kept;
}

/** The canonical text of a value, whatever kind of cell holds it. */
function readBack(cell: ReadCell | undefined): string | null {
  if (cell === undefined) return null;
  if (cell.type === 'boolean') return cell.value === '1' ? 'true' : 'false';
  if (cell.type === 'text' || !cell.format.startsWith('yyyy')) return cell.value;
  const time = new Date(Math.round((Number(cell.value) - 25_569) * 86_400_000)).toISOString();
  return cell.format === 'yyyy-mm-dd' ? time.slice(0, 10) : time.replace('.000Z', 'Z');
}

describe('a report', () => {
  it('gives back every outcome and value, to a reader of its own and to exceljs', async () => {
    let files = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (drafts) => {
        const rows: ScopeRow[] = [];
        const outcomes: Outcome[] = [];
        for (const [index, { values, ...rest }] of drafts.entries()) {
          rows.push(aScopeRow({ row: index + 1, rejected: rest.status === 'Rejected', values }));
          outcomes.push(anOutcome({ row: index + 1, ...rest }));
        }
        const scope = aScope({ name: 'products', variables: VARIABLES, rows });
        const path = join(directory, `${files++}.xlsx`);
        await writeReport(aSource({ scopes: [scope], outcomes }), path);

        const sheet = (await readWorkbook(path)).find((each) => each.name === 'product Upload (products)');
        const listed = outcomes.length === 0 ? [] : sheet!.rows.slice(1, outcomes.length + 1);
        const found = listed.map((cells) => Array.from({ length: 13 }, (_, column) => readBack(cells[column])));
        const byRow = new Map(found.map((cells) => [Number(cells[0]), cells]));
        expect(byRow.size).toBe(outcomes.length);
        for (const [index, outcome] of outcomes.entries()) {
          expect(byRow.get(outcome.row)).toEqual([
            String(outcome.row),
            outcome.status,
            held(outcome.reason),
            held(renderProblems(outcome.errors)),
            held(renderProblems(outcome.warnings)),
            // A file of UTF-8 has no lone surrogates.
            ...rows[index]!.values.map((value) => held(renderValue(value)?.toWellFormed() ?? null)),
            outcome.record,
            held(renderChange(outcome.before, outcome.after)),
          ]);
        }
        for (const cell of listed.flat()) {
          if (cell?.type === 'text' && /^[=+\-@]/.test(cell.value)) expect(cell.quotePrefix).toBe(true);
        }
        await compareWithExcelJs(path, listed);
      }),
      { numRuns: 60 },
    );
  });
});

async function compareWithExcelJs(path: string, listed: readonly (readonly (ReadCell | undefined)[])[]): Promise<void> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(path);
  const sheet = workbook.getWorksheet('product Upload (products)')!;
  for (const [index, cells] of listed.entries()) {
    for (const [column, cell] of cells.entries()) {
      const { value, type } = sheet.getCell(index + 2, column + 1);
      expect(type).not.toBe(ExcelJS.ValueType.Formula);
      if (cell === undefined) expect(value).toBeNull();
      else if (cell.type === 'boolean') expect(value).toBe(cell.value === '1');
      // exceljs leaves the escapes of a workbook in inline text as they are.
      else if (cell.type === 'text') expect(value).toBe(cell.value.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_'));
      else if (cell.format.startsWith('yyyy')) expect(value).toBeInstanceOf(Date);
      else expect(value).toBe(Number(cell.value));
    }
  }
}
