import { utils, write } from '@e965/xlsx';
import { describe, expect, it } from 'vitest';
import { intake, limits, type IntakeOptions } from './harness.ts';

const COLUMNS = 20_000;
/** XFD is the last column of a sheet. */
const SHEET_COLUMNS = 16_384;

const names = (columns: number): string[] => Array.from({ length: columns }, (_, index) => `c${index}`);
const rowOf = (row: number, columns: number): string[] =>
  Array.from({ length: columns }, (_, index) => String(row * columns + index));

function csv(): string {
  return [names(COLUMNS), rowOf(1, COLUMNS), rowOf(2, COLUMNS)].map((cells) => cells.join(',')).join('\n');
}

function workbook(): Uint8Array {
  const rows = [1, 2].map((row) => rowOf(row, SHEET_COLUMNS).map(Number));
  const book = utils.book_new(utils.aoa_to_sheet([names(SHEET_COLUMNS), ...rows]), 'W');
  return new Uint8Array(write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer);
}

describe('tables of many columns', () => {
  it.each<[string, string, () => string | Uint8Array, number]>([
    ['a text file', 'w.csv', csv, COLUMNS],
    ['a sheet as wide as sheets get', 'w.xlsx', workbook, SHEET_COLUMNS],
  ])('%s is read whole where the limit allows it, and else refused by name', async (_, name, write, columns) => {
    const bytes = write();
    const raised: IntakeOptions = limits({ columns: COLUMNS });
    const { tables, failure } = await intake(name, bytes, raised);
    expect(failure).toBeNull();
    expect(tables).toHaveLength(1);
    expect(tables[0]?.columns).toEqual(names(columns));
    expect(tables[0]?.rows).toEqual([rowOf(1, columns), rowOf(2, columns)]);

    const refused = await intake(name, bytes);
    expect(refused.failure).toMatch(/^TooManyColumns: w\.\w+.* has more than 10000 columns$/);
    expect(refused.result.failure?.details[0]).toMatchObject({
      path: 'spec.spreadsheet.limits.columns',
      hint: expect.stringContaining('raise spec.spreadsheet.limits.columns') as string,
    });
  });
});
