import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { read, SSF, utils, write, type CellObject, type WorkBook } from '@e965/xlsx';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intake, type ReadTable } from './harness.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/intake');
/** What a number of binary digits is told apart by. */
const DIGITS = 15;

/** The parts of it that are used here; its own types have none. */
const formats = SSF as {
  is_date(format: string): boolean;
  parse_date_code(
    value: number,
    options: { readonly date1904: boolean },
  ): Record<'y' | 'm' | 'd' | 'H' | 'M' | 'S' | 'u', number>;
};

type Cell = string | number | boolean | null;

/** What another reader finds in the sheets of a workbook, without rows that hold nothing. */
function readElsewhere(bytes: Uint8Array): Cell[][][] {
  const book = read(bytes, { cellNF: true, cellText: false, cellHTML: false });
  return book.SheetNames.map((name) => {
    const sheet = book.Sheets[name] ?? {};
    const range = utils.decode_range(sheet['!ref'] ?? 'A1');
    const rows: Cell[][] = [];
    for (let r = range.s.r; r <= range.e.r; r += 1) {
      const row: Cell[] = [];
      for (let c = 0; c <= range.e.c; c += 1) {
        row.push(valueOf(sheet[utils.encode_cell({ r, c })] as CellObject | undefined, book));
      }
      if (row.some((value) => value !== null)) rows.push(row);
    }
    return rows;
  });
}

function valueOf(cell: CellObject | undefined, { Workbook }: WorkBook): Cell {
  if (cell?.v === undefined || cell.t === 'e') return null;
  if (typeof cell.v === 'string') return cell.v === '' ? null : cell.v;
  if (typeof cell.v !== 'number') return cell.v === true;
  if (typeof cell.z !== 'string' || !formats.is_date(cell.z)) return Number(cell.v.toPrecision(DIGITS));
  if (/\[[hms]+\]/i.test(cell.z) || (cell.v < 1 && !/[yd]/i.test(cell.z))) return clockOf(cell.v);
  const date1904 = Workbook?.WBProps?.date1904 === true;
  const { y, m, d, H, M, S, u } = formats.parse_date_code(cell.v, { date1904 });
  const fraction = Math.round(u * 1000);
  return `${y}-${two(m)}-${two(d)}T${two(H)}:${two(M)}:${two(S)}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}`;
}

const two = (part: number): string => String(part).padStart(2, '0');

/** A time of day, or a length of time. */
function clockOf(days: number): string {
  const seconds = Math.round(days * 86_400);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** A text of ours in the terms of the other reader's value: texts have no types. */
function inTermsOf(theirs: Cell, ours: string | null): Cell {
  if (ours === null) return null;
  if (typeof theirs === 'number') return Number(Number(ours).toPrecision(DIGITS));
  if (typeof theirs === 'boolean') return ours === 'true';
  const isDate = typeof theirs === 'string' && /^\d{4}-\d\d-\d\dT00:00:00$/.test(theirs);
  return isDate && /^\d{4}-\d\d-\d\d$/.test(ours) ? `${ours}T00:00:00` : ours;
}

function expectSame({ rows, columns }: ReadTable, theirs: readonly Cell[][]): void {
  const [, ...others] = theirs;
  expect(rows.length).toBe(others.length);
  for (const [index, row] of others.entries()) {
    const wanted = columns.map((_, place) => row[place] ?? null);
    expect(rows[index]?.map((cell, place) => inTermsOf(wanted[place] ?? null, cell))).toEqual(wanted);
  }
}

describe('a workbook has the cells that another reader finds in it', () => {
  it.each([
    'workbook-from-libreoffice',
    'workbook-from-openpyxl',
    'workbook-from-openpyxl-of-1904',
    'workbook-from-xlsxwriter',
  ])('%s', async (name) => {
    const bytes = await readFile(join(FIXTURES, name, 'input.xlsx'));
    const { tables } = await intake('input.xlsx', bytes, { spreadsheet: { trim: false } });
    const theirs = readElsewhere(bytes).filter((rows) => rows.length > 0);
    expect(tables.length).toBe(theirs.length);
    for (const [index, table] of tables.entries()) expectSame(table, theirs[index] ?? []);
  });

  const seconds = { min: Date.UTC(1904, 0, 2) / 1000, max: Date.UTC(2199, 11, 31) / 1000 };
  const dates = fc.integer(seconds).map((second) => new Date(second * 1000));
  const days = dates.map((date) => new Date(date.getTime() - (date.getTime() % 86_400_000)));
  const texts = fc.string({ unit: 'grapheme', maxLength: 12 });
  const numbers = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -99_999, max: 99_999 }).map((cents) => cents / 100),
  );

  it('where ExcelJS wrote random cells', async () => {
    const cells: fc.Arbitrary<ExcelJS.CellValue> = fc.oneof(
      texts,
      numbers,
      fc.boolean(),
      dates,
      days,
      fc.constant(null),
      numbers.map((result) => ({ formula: 'A1', result })),
      texts.map((text) => ({ richText: [{ text: 'x' }, { font: { bold: true }, text }] })),
      fc.constant({ error: '#N/A' as const }),
    );
    const grid = fc.array(fc.array(cells, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(grid, fc.boolean(), async (rows, date1904) => {
        const book = new ExcelJS.Workbook();
        book.properties.date1904 = date1904;
        const sheet = book.addWorksheet('S');
        sheet.addRow(['a', 'b', 'c']);
        for (const row of rows) {
          const added = sheet.addRow([...row]);
          for (const [index, value] of row.entries()) {
            if (value instanceof Date) added.getCell(index + 1).numFmt = 'dd.mm.yyyy hh:mm:ss';
          }
        }
        const bytes = Buffer.from(await book.xlsx.writeBuffer());
        const [theirs = []] = readElsewhere(bytes);
        const { tables, failure } = await intake('f.xlsx', bytes, { spreadsheet: { trim: false } });
        if (tables[0] === undefined) throw new Error(failure ?? 'no table');
        expectSame(tables[0], theirs);
      }),
      { numRuns: 150 },
    );
  });

  it.each(['xlsx', 'xlsb', 'biff8'] as const)('where SheetJS wrote random cells as %s', async (bookType) => {
    const plain = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
    const cells = fc.oneof(plain, fc.integer({ min: -1e9, max: 1e9 }), fc.boolean(), fc.constant(null));
    const grid = fc.array(fc.array(cells, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(grid, async (rows) => {
        const book = utils.book_new(utils.aoa_to_sheet([['a', 'b', 'c'], ...rows]), 'S');
        const bytes = write(book, { type: 'buffer', bookType }) as Buffer;
        const { tables, failure } = await intake(bookType === 'biff8' ? 'f.xls' : `f.${bookType}`, bytes, {
          spreadsheet: { trim: false },
        });
        if (tables[0] === undefined) throw new Error(failure ?? 'no table');
        const wanted = rows.map((row) => row.map((value) => (value === '' ? null : value)));
        expectSame(tables[0], [[], ...wanted.filter((row) => row.some((value) => value !== null))]);
      }),
      { numRuns: bookType === 'xlsx' ? 100 : 15 },
    );
  });
});
