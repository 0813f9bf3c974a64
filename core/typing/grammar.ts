import type { NumberFormat } from './formats.ts';
import { parseDatePattern, TIME_SUFFIX, TIME_SUFFIX_GROUPS, type TimePart } from './date-pattern.ts';

/*
 * Regular expressions of the values, in the syntax that RE2 (ClickHouse) and ECMAScript share, so that a literal in a
 * manifest and a column of a file are read alike.
 */

/** Longest text that is read as a number; PostgreSQL holds 16383 digits after the point. */
export const MAX_NUMBER_LENGTH = 15_000;

/** A number that is canonical already. */
export const PLAIN_NUMBER = '^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$';

/** `-0`, `-0.00`: canonical but for the sign. */
export const MINUS_ZERO = '^-0(?:\\.0+)?$';

const EXPONENT = '(?:[eE][+-]?0*(?:[0-9]{1,3}|1000))?';

/**
 * Any number of the format: sign, digits with or without right grouping (a group of thousands never follows a zero: `0,123`
 * is less than one, in any country), fraction, exponent of at most 1000. */
export function numberSource(format: NumberFormat): string {
  const [group, point] = format === 'DecimalPoint' ? [',', '\\.'] : ['\\.', ','];
  const whole = `(?:[0-9]+|[1-9][0-9]{0,2}(?:${group}[0-9]{3})+)`;
  return `^[+-]?(?:${whole}(?:${point}[0-9]*)?|${point}[0-9]+)${EXPONENT}$`;
}

/** A dot-atom of at most 64 characters at a host name with at least two labels (RFC 5321, without quoting). */
export const EMAIL =
  "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*" +
  '@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$';
export const MAX_EMAIL_LENGTH = 254;
export const MAX_LOCAL_PART_LENGTH = 64;

const HEX = '[0-9A-Fa-f]';
const HYPHENATED = `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`;
/** The usual form. */
export const HYPHENATED_UUID = `^${HYPHENATED}$`;
/** With or without hyphens, with or without braces. */
export const UUID = `^(?:${HYPHENATED}|\\{${HYPHENATED}\\}|${HEX}{32}|\\{${HEX}{32}\\})$`;

/** Month and day that every year has: a regular expression does not tell leap years. */
const MONTH_DAY = '(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)';

/** Canonical dates, of which each is a day; not all that there are. */
export const SURE_DATE = `^[1-9][0-9]{3}-${MONTH_DAY}$`;

/** Date-times that are canonical but for separator and zone, in the years that the engine counts with; not all that there are. */
export const SURE_DATE_TIME = `^(?:19|2[0-2])[0-9]{2}-${MONTH_DAY}[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z?$`;

/** Seconds or milliseconds since 1970, with a fraction. */
export const EPOCH = '^(-?)([0-9]{1,15})(?:\\.([0-9]+))?$';

/** Days of the 1900 date system of spreadsheets, with a fraction of a day. */
export const EXCEL = '^([0-9]{1,7})(?:\\.([0-9]+))?$';

/** How a date-time text is read: its regular expression and what the groups hold. */
export interface TimeGrammar {
  readonly source: string;
  readonly groups: readonly (TimePart | Separator)[];
}

/** The two separators of a family; a value whose separators differ is no date. */
type Separator = 'separator' | 'separatorAgain';

const SEPARATED: Readonly<Record<string, readonly TimePart[]>> = {
  'YYYY-MM-DD': ['year', 'month', 'day'],
  'MM/DD/YYYY': ['month', 'day', 'year'],
  'DD/MM/YYYY': ['day', 'month', 'year'],
};

/** The grammar of a detected family: any of `/ - .`, the same twice, one- or two-digit day and month, a time after it. */
export function familyGrammar(family: string): TimeGrammar {
  const order = SEPARATED[family] ?? [];
  const parts = order.map((part) => (part === 'year' ? '([0-9]{4})' : '([0-9]{1,2})'));
  // RE2 has no back references: two groups hold the separators, and the converter compares them.
  const source = `^${parts[0] ?? ''}([/.-])${parts[1] ?? ''}([/.-])${parts[2] ?? ''}${TIME_SUFFIX}$`;
  const [first, second, third] = order;
  if (first === undefined || second === undefined || third === undefined) throw new RangeError(`no family ${family}`);
  return { source, groups: [first, 'separator', second, 'separatorAgain', third, ...TIME_SUFFIX_GROUPS] };
}

const ISO8601: TimeGrammar = {
  source: `^([0-9]{4})-([0-9]{2})-([0-9]{2})${TIME_SUFFIX}$`,
  groups: ['year', 'month', 'day', ...TIME_SUFFIX_GROUPS],
};

/** The grammar of a declared format that is a pattern or ISO8601; a faulty pattern is a programming error here. */
export function patternGrammar(format: string): TimeGrammar {
  if (format === 'ISO8601') return ISO8601;
  const pattern = parseDatePattern(format);
  if (typeof pattern === 'string') throw new RangeError(pattern);
  return { source: pattern.source, groups: pattern.groups };
}
