/** The longest text of a cell in Excel, in UTF-16 units. */
export const MAX_CELL_TEXT = 32_767;

/** Excel's numbers hold 15 significant digits; more would be lost without a word. */
const MAX_DIGITS = 15;

/**
 * How many digits after the point a number shows, where a numeric cell holds it with every digit as written; null where
 * only text does (more than 15 digits, `-0`, or no plain decimal number).
 */
export function decimalsOf(text: string): number | null {
  let digits = 0;
  let point = -1;
  let index = text.charCodeAt(0) === 45 ? 1 : 0;
  const start = index;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46 && point < 0 && index > start) point = index;
    else if (code >= 48 && code <= 57) digits++;
    else return null;
  }
  const decimals = point < 0 ? 0 : text.length - point - 1;
  if (digits === 0 || digits > MAX_DIGITS || (point >= 0 && decimals === 0)) return null;
  // A leading zero is only written before a point.
  if (text.charCodeAt(start) === 48 && point !== start + 1 && text.length > start + 1) return null;
  if (start === 1 && !/[1-9]/.test(text)) return null;
  return decimals;
}

const DAY_MS = 86_400_000;
/** Serial 0 of Excel's calendar, in epoch milliseconds; right from serial 61 on (Excel believes in 29 February 1900). */
const SERIAL_ZERO_MS = Date.UTC(1899, 11, 30);
const FIRST_DATE = '1900-03-01';

/** The serial number that Excel keeps for a date (`2026-01-31`); null for dates it cannot hold (before March 1900). */
export function serialOfDate(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < FIRST_DATE) return null;
  // The form without a time is read as UTC (ECMA-262).
  return serialOf(Date.parse(text), text);
}

/** The serial number of a date-time in UTC; null where Excel would lose something (before March 1900, microseconds). */
export function serialOfDateTime(text: string): { readonly serial: number; readonly hasFraction: boolean } | null {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.exec(text);
  if (match === null || text < FIRST_DATE) return null;
  const serial = serialOf(Date.parse(text), text);
  return serial === null ? null : { serial, hasFraction: match[1] !== undefined };
}

/** Null for a day that is not in its month, which `Date.parse` lets roll over. */
function serialOf(epochMs: number, text: string): number | null {
  if (Number.isNaN(epochMs)) return null;
  const day = Number(text.slice(8, 10));
  if (day > 28 && new Date(epochMs).getUTCDate() !== day) return null;
  return (epochMs - SERIAL_ZERO_MS) / DAY_MS;
}

/** Text with what XML cannot hold taken out (control characters, lone surrogates), cut where a cell ends. */
export function cellText(text: string): string {
  const clean = hasIllegal(text) ? text.replace(ILLEGAL, '') : text;
  if (clean.length <= MAX_CELL_TEXT) return clean;
  const note = ` … [cut: ${clean.length} characters]`;
  const kept = MAX_CELL_TEXT - note.length;
  // Never between the halves of a surrogate pair.
  const splitsPair = /[\ud800-\udbff]/.test(clean.charAt(kept - 1));
  return clean.slice(0, splitsPair ? kept - 1 : kept) + note;
}

const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const SUSPECT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

function hasIllegal(text: string): boolean {
  return SUSPECT.test(text);
}

const MARKUP = /[&<>\r]|_x[0-9a-fA-F]{4}_/;

/**
 * The text of a cell as XML character data. `_x0041_` is an escape in a workbook, so text that looks like one is
 * escaped itself (ISO/IEC 29500-1, 22.9.2.19); a carriage return would be read as a line feed.
 */
export function escapeCellText(text: string): string {
  if (!MARKUP.test(text)) return text;
  return text
    .replace(/_(?=x[0-9a-fA-F]{4}_)/g, '_x005F_')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\r/g, '&#13;');
}

/** Whether a spreadsheet program would read the text as something else (a formula, a number) once a person edits it. */
export function needsQuotePrefix(text: string): boolean {
  const code = text.charCodeAt(0);
  // = + - @ ' tab, line breaks, digits
  return (
    code === 61 ||
    code === 43 ||
    code === 45 ||
    code === 64 ||
    code === 39 ||
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 48 && code <= 57)
  );
}
