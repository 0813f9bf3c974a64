/**
 * What of canonical text becomes a number or a date in a cell. All of it works on ASCII or UTF-8 bytes from `from` to before
 * `to`: a report reads millions of values, and a text made of each would be most of its time.
 */

/** Excel's numbers hold 15 significant digits; more would be lost without a word. */
const MAX_DIGITS = 15;
const ZERO = 48;
const NINE = 57;
const POINT = 46;
const MINUS = 45;

/**
 * How many digits after the point a number shows, where a numeric cell holds it with every digit as written; -1 where only
 * text does (more than 15 digits, `-0`, or no plain decimal number).
 */
export function decimalsOf(bytes: Uint8Array, from: number, to: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  let digits = 0;
  let point = -1;
  let isZero = true;
  for (let at = start; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) {
      digits += 1;
      if (byte !== ZERO) isZero = false;
    } else if (byte === POINT && point < 0 && at > start) point = at;
    else return -1;
  }
  const decimals = point < 0 ? 0 : to - point - 1;
  if (digits === 0 || digits > MAX_DIGITS || (point >= 0 && decimals === 0)) return -1;
  // A leading zero is only written before a point.
  if (bytes[start] === ZERO && point !== start + 1 && to > start + 1) return -1;
  return start > from && isZero ? -1 : decimals;
}

const DAY_MS = 86_400_000;
/** Serial 0 of Excel's calendar in days since 1970; right from serial 61 on (Excel believes in 29 February 1900). */
const SERIAL_ZERO = -25_569;
const FIRST_SERIAL = 61;
const DATE_LENGTH = 10;
const TIME_LENGTH = 20;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The serial number that Excel keeps for a date (`2026-01-31`); NaN where it keeps none (before March 1900, no date). */
export function serialOfDate(bytes: Uint8Array, from: number, to: number): number {
  if (to - from !== DATE_LENGTH || bytes[from + 4] !== MINUS || bytes[from + 7] !== MINUS) return NaN;
  const year = wholeOf(bytes, from, 4);
  const month = wholeOf(bytes, from + 5, 2);
  const day = wholeOf(bytes, from + 8, 2);
  if (!(day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0))) return NaN;
  if (month === 2 && day === 29 && !(year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))) return NaN;
  const serial = daysSince1970(year, month, day) - SERIAL_ZERO;
  return serial < FIRST_SERIAL ? NaN : serial;
}

/**
 * The serial number of a date-time in UTC, with up to three digits of a second's fraction (`2026-01-31T12:00:00.5Z`); NaN
 * where Excel would lose something (before March 1900, microseconds) and for no date-time.
 */
export function serialOfDateTime(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length < TIME_LENGTH || bytes[from + 10] !== 84 || bytes[to - 1] !== 90) return NaN;
  if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return NaN;
  const fractionDigits = length === TIME_LENGTH ? 0 : length - TIME_LENGTH - 1;
  if (length > TIME_LENGTH && (bytes[from + 19] !== POINT || fractionDigits < 1 || fractionDigits > 3)) return NaN;
  const hour = wholeOf(bytes, from + 11, 2);
  const minute = wholeOf(bytes, from + 14, 2);
  const second = wholeOf(bytes, from + 17, 2);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NaN;
  const fraction = fractionDigits === 0 ? 0 : wholeOf(bytes, from + 20, fractionDigits) * 10 ** (3 - fractionDigits);
  const days = serialOfDate(bytes, from, from + DATE_LENGTH);
  return (days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + fraction) / DAY_MS;
}

/** Whether a date-time, as serialOfDateTime takes it, has a fraction of a second. */
export const hasFraction = (from: number, to: number): boolean => to - from > TIME_LENGTH;

/** A number of so many digits; NaN where one is none. */
function wholeOf(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return NaN;
    value = value * 10 + byte - ZERO;
  }
  return value;
}

/** Days of the Gregorian calendar, counted in eras of 400 years that begin in March (Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
