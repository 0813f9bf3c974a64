import { MAX_EPOCH_SECONDS, MIN_EPOCH_SECONDS } from './civil.ts';
import { BOOLEAN_FORMATS, type BooleanFormat, type NumberFormat } from './formats.ts';
import {
  EMAIL,
  EPOCH,
  EXCEL,
  MAX_EMAIL_LENGTH,
  MAX_LOCAL_PART_LENGTH,
  MAX_NUMBER_LENGTH,
  MINUS_ZERO,
  numberSource,
  PLAIN_NUMBER,
  HYPHENATED_UUID,
  SURE_DATE,
  SURE_DATE_TIME,
  UUID,
} from './grammar.ts';
import { DETECTED, timeGrammar } from './read-time.ts';
import { quoteText } from './sql-text.ts';
import { zoneOffsetSql } from './zone-table.ts';

/**
 * One column of a conversion: an expression over the names in `uses`. A chain of them keeps every expression small:
 * ClickHouse names a column by its whole expression, which explodes where one is used often.
 */
export interface ConversionStep {
  readonly name: string;
  readonly uses: readonly string[];
  readonly sql: string;
}

/** A conversion: most values are canonical, or nearly so, and pass by `fast`; the others go through the steps. */
export interface Conversion {
  /** Predicate over `s`, and the canonical text where it holds. */
  readonly fast: { readonly when: string; readonly value: string } | null;
  readonly steps: readonly ConversionStep[];
}

/** The column that a conversion starts from: the trimmed text, '' for blank. */
export const TEXT = 's';
/** The column that it ends in: the canonical text, '' for blank and for failed. */
export const VALUE = 'v';

const match = (text: string, source: string): string => `match(${text}, ${quoteText(source)})`;

/** A conversion that is cheap enough for every value. */
export function direct(value: string): Conversion {
  return { fast: { when: '1', value }, steps: [{ name: VALUE, uses: [TEXT], sql: value }] };
}

export function booleanConversion(format: BooleanFormat): Conversion {
  const [yes, no] = BOOLEAN_FORMATS[format];
  return direct(`multiIf(lower(s) = '${yes}', 'true', lower(s) = '${no}', 'false', '')`);
}

export function emailConversion(): Conversion {
  const fits = `length(s) <= ${MAX_EMAIL_LENGTH} AND position(s, '@') <= ${MAX_LOCAL_PART_LENGTH + 1} AND ${match('s', EMAIL)}`;
  return direct(`if(${fits}, s, '')`);
}

export function uuidConversion(): Conversion {
  const parts = [
    [1, 8],
    [9, 4],
    [13, 4],
    [17, 4],
    [21, 12],
  ].map(([from, length]) => `substring(h, ${from}, ${length})`);
  const steps = [
    { name: 'h', uses: [TEXT], sql: `if(${match('s', UUID)}, lower(replaceRegexpAll(s, '[{}-]', '')), '')` },
    { name: VALUE, uses: ['h'], sql: `if(h = '', '', concat(${parts.join(", '-', ")}))` },
  ];
  return { fast: { when: match('s', HYPHENATED_UUID), value: 'lower(s)' }, steps };
}

export function numberConversion(format: NumberFormat): Conversion {
  const pointed = format === 'DecimalPoint' ? `replaceAll(s, ',', '')` : `replaceAll(replaceAll(s, '.', ''), ',', '.')`;
  // Without a point the formats agree.
  const plain =
    format === 'DecimalPoint'
      ? `(${match('s', PLAIN_NUMBER)} AND NOT ${match('s', MINUS_ZERO)})`
      : match('s', '^[1-9][0-9]*$');
  const mantissa = `splitByRegexp('[eE]', trimLeft(t, '+-'))`;
  const whole = `splitByChar('.', m[1])[1]`;
  const steps = [
    {
      name: 't',
      uses: [TEXT],
      sql: `if(length(s) <= ${MAX_NUMBER_LENGTH} AND ${match('s', numberSource(format))}, ${pointed}, '')`,
    },
    { name: 'm', uses: ['t'], sql: `if(${match('t', '[eE]')}, ${mantissa}, emptyArrayString())` },
    { name: 'digits', uses: ['m'], sql: `if(empty(m), '', replaceAll(m[1], '.', ''))` },
    {
      name: 'point',
      uses: ['m'],
      sql: `if(empty(m), 0, toInt64(length(${whole})) + toInt64OrZero(trimLeft(m[2], '+')))`,
    },
    {
      name: 'u',
      uses: ['t', 'm', 'digits', 'point'],
      sql:
        `trimLeft(trimRight(multiIf(empty(m), trimLeft(t, '+-'), ` +
        `point <= 0, concat('0.', repeat('0', toUInt32(greatest(0, -point))), digits), ` +
        `point >= length(digits), rightPad(digits, toUInt32(greatest(0, point)), '0'), ` +
        `concat(substring(digits, 1, toUInt32(greatest(0, point))), '.', substring(digits, toUInt32(greatest(0, point)) + 1))), ` +
        // At most one point can end the text.
        `'.'), '0')`,
    },
    {
      name: VALUE,
      uses: ['t', 'u'],
      sql:
        `if(t = '', '', concat(if(startsWith(t, '-') AND match(u, '[1-9]'), '-', ''), ` +
        `if(u = '' OR startsWith(u, '.'), '0', ''), u))`,
    },
  ];
  return { fast: { when: `(length(s) <= ${MAX_NUMBER_LENGTH} AND ${plain})`, value: 's' }, steps };
}

/** Columns `ok`, `date`, `seconds` (as if UTC), `micros`, `zoned` and `shift` (seconds east of UTC, where `zoned`), from the format. */
function localTimeSteps(format: string): ConversionStep[] {
  switch (format) {
    case 'UnixEpoch':
    case 'UnixEpochMillis':
      return epochSteps(format === 'UnixEpoch' ? 6 : 3);
    case 'ExcelEpoch':
      return excelSteps();
    default:
      return patternSteps(format);
  }
}

/** Canonical Date; a time after the date is cut. */
export function dateConversion(format: string): Conversion {
  const steps = [...localTimeSteps(format), { name: VALUE, uses: ['ok', 'date'], sql: `if(ok, date, '')` }];
  return { fast: isIso(format) ? { when: match('s', SURE_DATE), value: 's' } : null, steps };
}

function isIso(format: string): boolean {
  return ['ISO8601', 'YYYY-MM-DD', '%Y-%m-%d', `${DETECTED}YYYY-MM-DD`].includes(format);
}

/** Canonical DateTime; without an offset the text is local time in the zone (see `zoneTable`). */
export function dateTimeConversion(format: string, timeZone: string): Conversion {
  const text = `toString(toDateTime64(epoch, 0, 'UTC'))`;
  const fraction = `if(micros = 0, '', concat('.', trimRight(leftPad(toString(micros), 6, '0'), '0')))`;
  const steps = [
    ...localTimeSteps(format),
    {
      name: 'epoch',
      uses: ['ok', 'seconds', 'zoned', 'shift'],
      sql: `if(ok, seconds - if(zoned, shift, ${zoneOffsetSql(timeZone, 'seconds')}), 0)`,
    },
    {
      name: VALUE,
      uses: ['ok', 'epoch', 'micros'],
      sql:
        `if(ok AND epoch BETWEEN ${MIN_EPOCH_SECONDS} AND ${MAX_EPOCH_SECONDS}, ` +
        `concat(replaceOne(${text}, ' ', 'T'), ${fraction}, 'Z'), '')`,
    },
  ];
  const parts = `concat(substring(s, 1, 10), ' ', substring(s, 12, 8))`;
  // Scale 3: with 0 the engine makes a DateTime of 32 bits.
  const instant = `toDateTime64OrZero(${parts}, 3, 'UTC')`;
  const local = `toInt64(toUnixTimestamp64Second(${instant}))`;
  const shifted = `${local} - if(endsWith(s, 'Z'), 0, ${zoneOffsetSql(timeZone, local)})`;
  const value =
    timeZone === 'UTC'
      ? `concat(substring(s, 1, 10), 'T', substring(s, 12, 8), 'Z')`
      : `concat(replaceOne(toString(toDateTime64(${shifted}, 0, 'UTC')), ' ', 'T'), 'Z')`;
  return { fast: isIso(format) ? { when: match('s', SURE_DATE_TIME), value } : null, steps };
}

function patternSteps(format: string): ConversionStep[] {
  const { source, groups } = timeGrammar(format);
  const group = (name: string): string | null => {
    const index = groups.findIndex((part) => part === name);
    return index < 0 ? null : `g[${index + 1}]`;
  };
  const number = (name: string): string => {
    const text = group(name);
    return text === null ? '0' : `toInt64OrZero(${text})`;
  };
  const meridiem = group('meridiem') ?? `''`;
  const offset = group('offset') ?? `''`;
  const separators = group('separator') === null ? '1' : `${group('separator')} = ${group('separatorAgain')}`;
  const sign = `if(startsWith(${offset}, '-'), -1, 1)`;
  const offsetDigits = `replaceOne(substring(${offset}, 2), ':', '')`;
  return [
    { name: 'g', uses: [TEXT], sql: `extractGroups(s, ${quoteText(source)})` },
    { name: 'y', uses: ['g'], sql: number('year') },
    { name: 'mo', uses: ['g'], sql: number('month') },
    { name: 'd', uses: ['g'], sql: number('day') },
    { name: 'h12', uses: ['g'], sql: number('hour') },
    {
      name: 'h',
      uses: ['g', 'h12'],
      sql: `multiIf(${meridiem} = '', h12, h12 NOT BETWEEN 1 AND 12, -1, h12 % 12 + if(lower(${meridiem}) = 'p', 12, 0))`,
    },
    { name: 'mi', uses: ['g'], sql: number('minute') },
    { name: 'sec', uses: ['g'], sql: number('second') },
    {
      name: 'ok',
      uses: ['g', 'y', 'mo', 'd', 'h', 'mi', 'sec'],
      sql:
        `(notEmpty(g) AND ${separators} AND y >= 1 AND d >= 1 AND mo BETWEEN 1 AND 12 AND ` +
        `d <= multiIf(mo = 2, if((y % 4 = 0 AND y % 100 != 0) OR y % 400 = 0, 29, 28), mo IN (4, 6, 9, 11), 30, 31) AND ` +
        `h BETWEEN 0 AND 23 AND mi <= 59 AND sec <= 59)`,
    },
    {
      name: 'date',
      uses: ['y', 'mo', 'd'],
      sql: `concat(leftPad(toString(y), 4, '0'), '-', leftPad(toString(mo), 2, '0'), '-', leftPad(toString(d), 2, '0'))`,
    },
    { name: 'yy', uses: ['y', 'mo'], sql: `if(mo <= 2, y - 1, y)` },
    { name: 'era', uses: ['yy'], sql: `intDiv(yy, 400)` },
    { name: 'yoe', uses: ['yy', 'era'], sql: `yy - era * 400` },
    {
      name: 'seconds',
      uses: ['era', 'yoe', 'mo', 'd', 'h', 'mi', 'sec'],
      sql:
        `(era * 146097 + yoe * 365 + intDiv(yoe, 4) - intDiv(yoe, 100) + ` +
        `intDiv(153 * (mo + if(mo > 2, -3, 9)) + 2, 5) + d - 1 - 719468) * 86400 + h * 3600 + mi * 60 + sec`,
    },
    {
      name: 'micros',
      uses: ['g'],
      sql: group('fraction') === null ? '0' : `toInt64OrZero(rightPad(substring(${group('fraction')}, 1, 6), 6, '0'))`,
    },
    { name: 'zoned', uses: ['g'], sql: `${offset} != ''` },
    {
      name: 'shift',
      uses: ['g'],
      sql:
        `if(match(${offset}, '^[+-]'), ${sign} * (toInt64OrZero(substring(${offsetDigits}, 1, 2)) * 3600 + ` +
        `toInt64OrZero(substring(${offsetDigits}, 3, 2)) * 60), 0)`,
    },
  ];
}

/** `digits`: of the fraction, down to the microsecond. */
function epochSteps(digits: 3 | 6): ConversionStep[] {
  const fraction = `toInt64OrZero(rightPad(substring(g[3], 1, ${digits}), ${digits}, '0'))`;
  const negative = `g[1] = '-'`;
  return [
    { name: 'g', uses: [TEXT], sql: `extractGroups(s, ${quoteText(EPOCH)})` },
    { name: 'whole', uses: ['g'], sql: `toInt64OrZero(g[2])` },
    { name: 'units', uses: ['whole'], sql: digits === 6 ? 'whole' : 'intDiv(whole, 1000)' },
    { name: 'part', uses: ['g', 'whole'], sql: digits === 6 ? fraction : `(whole % 1000) * 1000 + ${fraction}` },
    { name: 'seconds', uses: ['g', 'units', 'part'], sql: `if(${negative}, -units - if(part > 0, 1, 0), units)` },
    { name: 'micros', uses: ['g', 'part'], sql: `if(${negative} AND part > 0, 1000000 - part, part)` },
    {
      name: 'ok',
      uses: ['g', 'seconds'],
      sql: `notEmpty(g) AND seconds BETWEEN ${MIN_EPOCH_SECONDS} AND ${MAX_EPOCH_SECONDS}`,
    },
    {
      name: 'date',
      uses: ['ok', 'seconds'],
      sql: `if(ok, substring(toString(toDateTime64(seconds, 0, 'UTC')), 1, 10), '')`,
    },
    { name: 'zoned', uses: ['ok'], sql: 'ok' },
    { name: 'shift', uses: ['ok'], sql: 'toInt64(0 * ok)' },
  ];
}

function excelSteps(): ConversionStep[] {
  return [
    { name: 'g', uses: [TEXT], sql: `extractGroups(s, ${quoteText(EXCEL)})` },
    { name: 'serial', uses: ['g'], sql: `toInt64OrZero(g[1])` },
    { name: 'day', uses: ['serial'], sql: `serial - 25569 + if(serial < 60, 1, 0)` },
    {
      name: 'millis',
      uses: ['g'],
      sql: `intDiv(toInt64OrZero(rightPad(substring(g[2], 1, 11), 11, '0')) * 86400000 + 50000000000, 100000000000)`,
    },
    { name: 'seconds', uses: ['day', 'millis'], sql: `day * 86400 + intDiv(millis, 1000)` },
    { name: 'micros', uses: ['millis'], sql: `(millis % 1000) * 1000` },
    {
      name: 'ok',
      uses: ['g', 'serial', 'seconds'],
      sql: `notEmpty(g) AND serial >= 1 AND serial != 60 AND seconds <= ${MAX_EPOCH_SECONDS}`,
    },
    {
      name: 'date',
      uses: ['ok', 'day'],
      sql: `if(ok, substring(toString(toDateTime64(day * 86400, 0, 'UTC')), 1, 10), '')`,
    },
    { name: 'zoned', uses: ['ok'], sql: `toUInt8(0)` },
    { name: 'shift', uses: ['ok'], sql: 'toInt64(0 * ok)' },
  ];
}
