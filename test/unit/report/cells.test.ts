import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellText,
  decimalsOf,
  escapeCellText,
  MAX_CELL_TEXT,
  needsQuotePrefix,
  serialOfDate,
  serialOfDateTime,
} from '../../../core/report/cells.ts';

describe('decimalsOf', () => {
  it.each<[string, string, number | null]>([
    ['a whole number shows no decimals', '42', 0],
    ['zero', '0', 0],
    ['a negative number', '-12.50', 2],
    ['zeros at the end are shown as written', '1.10', 2],
    ['fifteen digits are a number', '123456789012345', 0],
    ['sixteen digits are text', '1234567890123456', null],
    ['sixteen digits around a point are text', '12345678.90123456', null],
    ['forty digits are text', '1234567890123456789012345678901234567890', null],
    ['minus zero is text, as Excel has none', '-0', null],
    ['minus zero with decimals too', '-0.00', null],
    ['a leading zero is text', '007', null],
    ['a leading zero before a point is a number', '0.5', 1],
    ['an exponent is text', '1e5', null],
    ['a point alone is text', '.', null],
    ['a point without digits after it is text', '5.', null],
    ['a point without digits before it is text', '.5', null],
    ['two points are text', '1.2.3', null],
    ['empty text is no number', '', null],
    ['a sign alone is no number', '-', null],
  ])('%s', (_, text, expected) => {
    expect(decimalsOf(text)).toBe(expected);
  });

  it('takes only numbers that come back from a double with every digit', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?\d{1,18}(\.\d{1,18})?$/), (text) => {
        const decimals = decimalsOf(text);
        if (decimals !== null) expect(Number(text).toFixed(decimals)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('dates', () => {
  it.each<[string, string, number | null]>([
    ['the first date on which every program agrees', '1900-03-01', 61],
    ['a day before it is text', '1900-02-28', null],
    ['a date of today', '2026-01-31', 46053],
    ['a day that is not in its month is text', '2026-02-30', null],
    ['the last date of Excel', '9999-12-31', 2958465],
    ['a date of long ago', '0001-01-01', null],
    ['no date', 'soon', null],
  ])('%s', (_, text, expected) => {
    expect(serialOfDate(text)).toBe(expected);
  });

  it.each<[string, string, { serial: number; hasFraction: boolean } | null]>([
    ['noon', '2026-01-31T12:00:00Z', { serial: 46053.5, hasFraction: false }],
    ['milliseconds', '2026-01-31T12:00:00.5Z', { serial: 46053.5 + 500 / 86_400_000, hasFraction: true }],
    ['microseconds are text', '2026-01-31T12:00:00.000001Z', null],
    ['before March 1900 is text', '1899-12-31T00:00:00Z', null],
    ['a day that is not in its month is text', '2026-02-30T00:00:00Z', null],
  ])('%s', (_, text, expected) => {
    expect(serialOfDateTime(text)).toEqual(expected);
  });

  it('come back to the millisecond', () => {
    const dates = fc.date({
      min: new Date('1900-03-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        const { serial } = serialOfDateTime(date.toISOString())!;
        expect(Math.round((serial - 25_569) * 86_400_000)).toBe(date.getTime());
      }),
    );
  });
});

describe('cellText', () => {
  it.each<[string, string, string]>([
    ['plain text stays', 'Grün & Söhne', 'Grün & Söhne'],
    ['tabs and line breaks stay', 'a\tb\nc\r\nd', 'a\tb\nc\r\nd'],
    ['control characters go', 'a\u0000b\u001bc\u000b', 'abc'],
    ['pairs of surrogates stay, lone ones go', '🔩\ud83d x \udd29', '🔩 x '],
    ['what XML calls no character goes', 'a\uffff\ufffe', 'a'],
    ['as much text as a cell holds stays', 'x'.repeat(MAX_CELL_TEXT), 'x'.repeat(MAX_CELL_TEXT)],
  ])('%s', (_, text, expected) => {
    expect(cellText(text)).toBe(expected);
  });

  it('cuts longer text with a word about it', () => {
    const cut = cellText('x'.repeat(40_000));
    expect(cut).toHaveLength(MAX_CELL_TEXT);
    expect(cut).toMatch(/^x+ … \[cut: 40000 characters\]$/);
  });

  it('does not cut a pair of surrogates', () => {
    for (const lead of ['', 'x']) expect(cellText(lead + '🔩'.repeat(20_000))).toMatch(/🔩 … \[cut/u);
  });
});

describe('escapeCellText', () => {
  it.each<[string, string, string]>([
    ['markup', '<a href="x">&</a>', '&lt;a href="x"&gt;&amp;&lt;/a&gt;'],
    ['a carriage return, which XML would turn into a line feed', 'a\r\nb', 'a&#13;\nb'],
    ['text that looks like an escape of the workbook', '_x0041_', '_x005F_x0041_'],
    ['such text twice in a row', '_x0041_x0042_', '_x005F_x0041_x005F_x0042_'],
    ['an underscore alone', 'a_x_b', 'a_x_b'],
  ])('%s', (_, text, expected) => {
    expect(escapeCellText(text)).toBe(expected);
  });
});

describe('needsQuotePrefix', () => {
  it.each<[string, boolean]>([
    ['=1+1', true],
    ['+49 30 1234', true],
    ['-5', true],
    ['@SUM(A1)', true],
    ["'quoted", true],
    ['0012', true],
    ['\t=1', true],
    ['Garden hose', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(needsQuotePrefix(text)).toBe(expected);
  });
});
