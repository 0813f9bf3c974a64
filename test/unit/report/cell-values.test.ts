import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalsOf, hasFraction, serialOfDate, serialOfDateTime } from '../../../core/report/cell-values.ts';

/** What is found of a text that stands among others, which must not matter. */
function inside(text: string, find: (bytes: Uint8Array, from: number, to: number) => number): number {
  const bytes = Buffer.from(`9-${text}0.5`);
  return find(bytes, 2, 2 + text.length);
}

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
    expect(inside(text, decimalsOf)).toBe(expected ?? -1);
  });

  it('takes only numbers that come back from a double with every digit', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?\d{1,18}(\.\d{1,18})?$/), (text) => {
        const decimals = inside(text, decimalsOf);
        if (decimals >= 0) expect(Number(text).toFixed(decimals)).toBe(text);
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
    ['as long as a date and none', '2026-1-031', null],
    ['29 February of a leap year', '2024-02-29', 45351],
    ['29 February of another year is text', '2025-02-29', null],
    ['29 February of 2100, which is no leap year, is text', '2100-02-29', null],
    ['29 February of 2000, which is one', '2000-02-29', 36585],
    ['the month 0 is text', '2026-00-10', null],
    ['the day 0 is text', '2026-01-00', null],
  ])('%s', (_, text, expected) => {
    expect(inside(text, serialOfDate)).toBe(expected ?? NaN);
  });

  it.each<[string, string, { serial: number; hasFraction: boolean } | null]>([
    ['noon', '2026-01-31T12:00:00Z', { serial: 46053.5, hasFraction: false }],
    ['milliseconds', '2026-01-31T12:00:00.5Z', { serial: 46053.5 + 500 / 86_400_000, hasFraction: true }],
    ['microseconds are text', '2026-01-31T12:00:00.000001Z', null],
    ['before March 1900 is text', '1899-12-31T00:00:00Z', null],
    ['the last second of a day', '2026-01-31T23:59:59Z', { serial: 46053 + 86_399 / 86_400, hasFraction: false }],
    ['an hour that no day has is text', '2026-01-31T24:00:00Z', null],
    ['an offset is text', '2026-01-31T12:00:00+01:00', null],
    ['a point without a fraction is text', '2026-01-31T12:00:00.Z', null],
    ['a day that is not in its month is text', '2026-02-30T00:00:00Z', null],
  ])('%s', (_, text, expected) => {
    expect(inside(text, serialOfDateTime)).toBe(expected?.serial ?? NaN);
    if (expected !== null) expect(hasFraction(0, text.length)).toBe(expected.hasFraction);
  });

  it('come back to the millisecond', () => {
    const dates = fc.date({
      min: new Date('1900-03-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        const serial = inside(date.toISOString(), serialOfDateTime);
        expect(Math.round((serial - 25_569) * 86_400_000)).toBe(date.getTime());
      }),
    );
  });
});
