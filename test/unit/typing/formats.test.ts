import { describe, expect, test } from 'vitest';
import type { VariableType } from '../../../core/model/connector.ts';
import { chooseFormat } from '../../../core/typing/detect.ts';
import { checkInputFormat, checkOutputFormat } from '../../../core/typing/formats.ts';
import { renderOutput } from '../../../core/typing/render.ts';

describe('input formats', () => {
  test.each<[VariableType, string]>([
    ['Boolean', 'CheckedUnchecked'],
    ['Number', 'DecimalComma'],
    ['Date', 'MM/DD/YYYY'],
    ['Date', 'YYYYMMDD'],
    ['Date', '%Y-%m-%d'],
    ['DateTime', 'DD.MM.YYYY HH:mm:ss'],
    ['DateTime', 'YYYY-MM-DDTHH:mm:ss.SSSZ'],
    ['DateTime', 'UnixEpochMillis'],
    ['Date', 'ExcelEpoch'],
  ])('%s takes %s', (type, format) => {
    expect(checkInputFormat(type, format)).toBeNull();
  });

  test.each<[VariableType, string, string]>([
    ['Boolean', 'JaNein', 'unknown format'],
    ['Number', 'Comma', 'unknown format'],
    ['Date', 'MM/DD', 'has no year'],
    ['Date', 'YYYY-MM-MM', 'names the month twice'],
    ['Date', 'YYYY-MM-DD mm', 'minutes without hours'],
    ['Date', 'DD MMM YYYY', 'month twice'],
    ['Date', '%Y-%b-%d', '%b'],
    ['Date', 'Unix', "has 'U'"],
    ['String', 'x', 'takes no inputFormat'],
  ])('%s refuses %s: %s', (type, format, fault) => {
    expect(checkInputFormat(type, format)).toContain(fault);
  });
});

describe('output formats', () => {
  test.each<[VariableType, string, string, string]>([
    ['Boolean', 'YesNo', 'true', 'Yes'],
    ['Number', 'Comma', '-1234567.8901', '-1,234,567.8901'],
    ['Number', 'Comma', '999', '999'],
    ['Number', 'NoComma', '1234', '1234'],
    ['Date', 'MM/DD/YYYY', '2024-01-02', '01/02/2024'],
    ['Date', 'D.M.YYYY', '2024-01-02', '2.1.2024'],
    ['Date', '%d %m %Y', '2024-01-02', '02 01 2024'],
    ['DateTime', 'YYYY-MM-DD hh:mm A', '2024-01-02T15:04:05.5Z', '2024-01-02 03:04 PM'],
    ['DateTime', 'MM/DD/YYYY', '2024-01-02T00:00:00Z', '01/02/2024'],
  ])('%s as %s: %s is %s', (type, format, canonical, text) => {
    expect(checkOutputFormat(type, format)).toBeNull();
    expect(renderOutput(type, format, canonical)).toBe(text);
  });

  test('without a format the canonical text stays', () => {
    expect(renderOutput('Date', null, '2024-01-02')).toBe('2024-01-02');
  });

  test.each<[VariableType, string]>([
    ['Boolean', 'OneZero'],
    ['Number', 'DecimalComma'],
    ['Date', 'UnixEpoch'],
    ['Email', 'x'],
  ])('%s refuses %s', (type, format) => {
    expect(checkOutputFormat(type, format)).not.toBeNull();
  });
});

describe('the format of a column', () => {
  test.each<[string, VariableType, Record<string, number>, string, number]>([
    ['most values decide', 'Boolean', { TrueFalse: 1, YesNo: 3 }, 'YesNo', 0],
    ['nothing at all is the first', 'Boolean', {}, 'TrueFalse', 0],
    [
      'points and commas apart: comma',
      'Number',
      { DecimalPoint: 5, DecimalComma: 7, both: 5, separated: 2 },
      'DecimalComma',
      2,
    ],
    ['a column that both fit: point', 'Number', { DecimalPoint: 7, DecimalComma: 7, both: 7 }, 'DecimalPoint', 0],
    ['a column with proof of both: point', 'Number', { DecimalPoint: 6, DecimalComma: 7, both: 5 }, 'DecimalPoint', 0],
    [
      'all ambiguous: months first, with a count',
      'Date',
      { 'MM/DD/YYYY': 4, 'DD/MM/YYYY': 4, both: 4, ambiguous: 3 },
      'detected:MM/DD/YYYY',
      3,
    ],
    [
      'a day above twelve settles it',
      'Date',
      { 'MM/DD/YYYY': 3, 'DD/MM/YYYY': 4, both: 3, ambiguous: 3 },
      'detected:DD/MM/YYYY',
      0,
    ],
    [
      'proof of both: the more frequent, with a count',
      'Date',
      { 'MM/DD/YYYY': 5, 'DD/MM/YYYY': 4, both: 3, ambiguous: 3 },
      'detected:MM/DD/YYYY',
      3,
    ],
    ['serials', 'DateTime', { ExcelEpoch: 2 }, 'ExcelEpoch', 0],
  ])('%s', (_, type, counts, format, ambiguous) => {
    expect(chooseFormat(type, counts)).toEqual({ format, ambiguous });
  });
});
