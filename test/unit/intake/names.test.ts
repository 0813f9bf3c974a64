import { describe, expect, it } from 'vitest';
import { cleanHeaders } from '../../../core/intake/clean-name.ts';
import {
  bindTableNames,
  distinctTableNames,
  tableNameOfFile,
  tableNameOfSheet,
} from '../../../core/intake/table-names.ts';
import { selectZipTables } from '../../../core/intake/zip-entries.ts';

describe('column names', () => {
  const cases: [sentence: string, headers: string[], names: string[]][] = [
    ['are trimmed and lower-case', ['  Vendor ', 'SKU'], ['vendor', 'sku']],
    ['have _ for every character outside A-Z, digits and _', ['E-mail (work)', 'Größe'], ['e_mail__work_', 'gr__e']],
    ['have one _ for a character outside the basic plane', ['a😀b'], ['a_b']],
    ['do not fold letters outside ASCII into it', ['\u212a', '\u0130'], ['_', '___duplicate_1__']],
    ['get a _ before a leading digit', ['2020', '1st'], ['_2020', '_1st']],
    ['count empty headers', ['', 'a', '  '], ['_1', 'a', '_2']],
    ['number repeated headers', ['A', 'a', 'a '], ['a', 'a__duplicate_1__', 'a__duplicate_2__']],
    ['leave _row to the row number', ['#Row', 'x'], ['_row__duplicate_1__', 'x']],
  ];
  it.each(cases)('%s', (_, headers, names) => {
    expect(cleanHeaders(headers)).toEqual({ kind: 'Names', names });
  });

  const clashes: [sentence: string, headers: string[], clash: object][] = [
    [
      'clash where a made-up name is a header too',
      ['A', 'a', 'A__Duplicate_1__'],
      { first: 1, second: 2, name: 'a__duplicate_1__' },
    ],
    [
      'clash whichever of the two comes first',
      ['a__duplicate_1__', 'a', 'a'],
      { first: 0, second: 2, name: 'a__duplicate_1__' },
    ],
    ['clash where a header is called like a blank one', ['_1', ''], { first: 0, second: 1, name: '_1' }],
    ['clash where a digit header meets a blank one', ['', '1'], { first: 0, second: 1, name: '_1' }],
  ];
  it.each(clashes)('%s', (_, headers, clash) => {
    expect(cleanHeaders(headers)).toEqual({ kind: 'Clash', ...clash });
  });
});

describe('table names', () => {
  it.each([
    ['come from the file without folder and extension', 'C:\\data\\Price List.2026.csv', 'price_list_2026'],
    ['keep a leading digit', '2026 prices.csv', '2026_prices'],
    ['may have no extension', 'prices', 'prices'],
  ])('%s', (_, file, name) => {
    expect(tableNameOfFile(file)).toBe(name);
  });

  it('keep dots of a sheet name as _', () => {
    expect(tableNameOfSheet('Sheet 1.2')).toBe('sheet_1_2');
  });

  it.each([
    ['repeated names are numbered', ['a', 'a', 'b', 'a'], ['a', 'a__duplicate_1__', 'b', 'a__duplicate_2__']],
    [
      'made-up names avoid those that are there',
      ['a', 'a', 'a__duplicate_1__'],
      ['a', 'a__duplicate_2__', 'a__duplicate_1__'],
    ],
    ['empty names are counted', ['', 'x', ''], ['_1', 'x', '_2']],
    ['names of positions are taken', ['page_idx_1'], ['page_idx_1__duplicate_1__']],
  ])('%s', (_, names, distinct) => {
    expect(distinctTableNames(names)).toEqual(distinct);
  });
});

describe('binding to the names of the manifest', () => {
  it.each([
    ['nothing declared keeps all names', ['a', 'b'], [], ['a', 'b']],
    ['goes by position', ['list_w47'], ['price_list'], ['price_list']],
    ['gives an exact name first', ['x_47', 'products'], ['products', 'vendors'], ['vendors', 'products']],
    ['gives what is left in order', ['c', 'x', 'y'], ['a', 'b', 'c'], ['c', 'a', 'b']],
    ['leaves tables beyond the declared ones their own names', ['a', 'b', 'extra'], ['a', 'b'], ['a', 'b', 'extra']],
    ['takes fewer tables than declared', ['x'], ['a', 'b'], ['a']],
  ])('%s', (_, found, declared, bound) => {
    expect(bindTableNames(found, declared)).toEqual(bound);
  });
});

describe('tables of a ZIP file', () => {
  it('are CSV and TSV files at the root or in a folder named like it, without what macOS adds', () => {
    const names = [
      'a.csv',
      'B.CSV',
      'c.tsv',
      'week/d.csv',
      'other/e.csv',
      'week/sub/f.csv',
      '__MACOSX/a.csv',
      '._a.csv',
      'week/._d.csv',
      'readme.txt',
    ];
    expect(selectZipTables(names, '/tmp/week.zip')).toEqual(['a.csv', 'B.CSV', 'c.tsv', 'week/d.csv']);
  });
});
