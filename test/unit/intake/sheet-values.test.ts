import { describe, expect, it } from 'vitest';
import { columnOfReference, decodeSheetText } from '../../../core/intake/sheet-cell.ts';
import { builtInDateStyle, dateStyleOfFormat, sheetDate } from '../../../core/intake/sheet-date.ts';
import { sheetNumber } from '../../../core/intake/sheet-number.ts';

describe('numbers of sheets', () => {
  it.each([
    ['1', '1'],
    ['1.0', '1'],
    ['1.50', '1.50'],
    ['-0', '0'],
    ['-2.5', '-2.5'],
    ['0.30000000000000004', '0.3'],
    ['1.1000000000000001', '1.1'],
    ['2.4299999999999997', '2.43'],
    ['-19.989999999999998', '-19.99'],
    ['3.141592653589793', '3.141592653589793'],
    ['3.1415926535897931', '3.141592653589793'],
    ['12345678901234567890', '12345678901234567890'],
    ['1234567890123456789012345678901234567890', '1234567890123456789012345678901234567890'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['1E+20', '100000000000000000000'],
    ['1.5E-7', '0.00000015'],
    ['1.2345678901234567E+19', '12345678901234567000'],
    ['1.0000000000000001E-5', '0.00001'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['007', '7'],
    ['', ''],
    ['abc', 'abc'],
    ['1e999999', '1e999999'],
  ])('%s is %s', (text, number) => {
    expect(sheetNumber(text)).toBe(number);
  });
});

describe('dates of sheets', () => {
  it.each([
    ['a whole day', '45292', 'Date', false, '2024-01-01'],
    ['a time of a day', '45292.520833333336', 'Date', false, '2024-01-01T12:30:00'],
    ['milliseconds', '45292.000011574', 'Date', false, '2024-01-01T00:00:01'],
    ['a clock time', '0.75', 'Time', false, '18:00:00'],
    ['a clock time of a day', '45292.75', 'Time', false, '2024-01-01T18:00:00'],
    ['a length of time', '1.5', 'Duration', false, '36:00:00'],
    ['a time of day in a format with a day', '0.26', 'Date', false, '06:14:24'],
    ['a day that is none, as formulas on blank cells give it', '0', 'Date', false, null],
    ['the first day', '1', 'Date', false, '1900-01-01'],
    ['the day before the one that never was', '59', 'Date', false, '1900-02-28'],
    ['the day that never was', '60', 'Date', false, null],
    ['the day after it', '61', 'Date', false, '1900-03-01'],
    ['day 0 of the 1904 system', '0', 'Date', true, '1904-01-01'],
    ['a day of the 1904 system', '43830', 'Date', true, '2024-01-01'],
    ['a negative number', '-1', 'Date', false, null],
    ['the last day', '2958465', 'Date', false, '9999-12-31'],
    ['a day beyond', '2958466', 'Date', false, null],
    ['the last day of the 1904 system', '2957003', 'Date', true, '9999-12-31'],
    ['a day beyond of the 1904 system', '2957004', 'Date', true, null],
  ] as const)('%s', (_, serial, style, date1904, text) => {
    expect(sheetDate(serial, style, date1904)).toBe(text);
  });

  it.each([
    ['yyyy-mm-dd', 'Date'],
    ['dd/mm/yyyy;@', 'Date'],
    ['[$-409]mmm d, yyyy', 'Date'],
    ['mmm-yy', 'Date'],
    ['h:mm AM/PM', 'Time'],
    ['hh:mm:ss.000', 'Time'],
    ['[h]:mm:ss', 'Duration'],
    ['yyyy-mm-dd\\Thh:mm:ss', 'Date'],
    ['0.00', 'None'],
    ['#,##0.00 "days"', 'None'],
    ['General', 'None'],
    ['[Red]0', 'None'],
    ['@', 'None'],
    ['0.00E+00', 'None'],
    ['_-* #,##0.00\\ "€"_-', 'None'],
  ])('the format %s is of the style %s', (code, style) => {
    expect(dateStyleOfFormat(code)).toBe(style);
  });

  it('built-in formats', () => {
    expect([0, 2, 14, 18, 22, 46, 49].map(builtInDateStyle)).toEqual([
      'None',
      'None',
      'Date',
      'Time',
      'Date',
      'Duration',
      'None',
    ]);
  });
});

describe('cells of sheets', () => {
  it.each([
    ['A1', 0],
    ['Z9', 25],
    ['AA10', 26],
    ['XFD1', 16383],
    ['XFE1', -1],
    ['ZZZZZZZZ1', -1],
    ['1', -1],
  ])('the reference %s is column %i', (reference, column) => {
    expect(columnOfReference(reference)).toBe(column);
  });

  it('decodes the escapes of characters that XML cannot hold', () => {
    expect(decodeSheetText('a_x000D_b_x005F_x000D_ _xyz_')).toBe('a\rb_x000D_ _xyz_');
  });
});
