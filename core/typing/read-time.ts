import { dateText, daysFromCivil, daysInMonth, instantText, MAX_EPOCH_SECONDS, MIN_EPOCH_SECONDS } from './civil.ts';
import { EPOCH, EXCEL, familyGrammar, patternGrammar, type TimeGrammar } from './grammar.ts';
import { instantOfLocal } from './time-zone.ts';

const DAY_SECONDS = 86_400;
const DAY_MILLIS = 86_400_000n;
/** The serial 1900-02-29, a day that never was. */
const EXCEL_PHANTOM = 60;

/** What a date-time text says, before a zone is applied. */
interface LocalTime {
  readonly date: string;
  /** As if the text were UTC, in seconds since 1970. */
  readonly seconds: number;
  readonly micros: number;
  /** Seconds east of UTC, null where the text names none. */
  readonly offset: number | null;
}

/** Marks a family that was detected. */
export const DETECTED = 'detected:';

/**
 * A format with its meaning: a detected family is written `detected:MM/DD/YYYY` so that it is told from the same text
 * declared as a pattern, which takes its separator only.
 */
export function timeGrammar(format: string): TimeGrammar {
  return format.startsWith(DETECTED) ? familyGrammar(format.slice(DETECTED.length)) : patternGrammar(format);
}

/** Canonical Date, or null. A time after the date is cut; epochs are cut in UTC, spreadsheet serials as they stand. */
export function readDate(text: string, format: string): string | null {
  return localTime(text, format)?.date ?? null;
}

/** Canonical DateTime, or null. Without an offset the text is local time in the zone. */
export function readDateTime(text: string, format: string, timeZone: string): string | null {
  const local = localTime(text, format);
  if (local === null) return null;
  const seconds = local.offset === null ? instantOfLocal(timeZone, local.seconds) : local.seconds - local.offset;
  return seconds < MIN_EPOCH_SECONDS || seconds > MAX_EPOCH_SECONDS ? null : instantText(seconds, local.micros);
}

function localTime(text: string, format: string): LocalTime | null {
  switch (format) {
    case 'UnixEpoch':
      return epochTime(text, 1_000_000);
    case 'UnixEpochMillis':
      return epochTime(text, 1_000);
    case 'ExcelEpoch':
      return excelTime(text);
    default:
      return patternTime(text, timeGrammar(format));
  }
}

function patternTime(text: string, { source, groups }: TimeGrammar): LocalTime | null {
  const match = new RegExp(source).exec(text);
  if (match === null) return null;
  const part = (name: string): string => {
    const index = groups.findIndex((group) => group === name);
    return index < 0 ? '' : (match[index + 1] ?? '');
  };
  if (part('separator') !== part('separatorAgain')) return null;
  const [year, month, day] = [Number(part('year')), Number(part('month')), Number(part('day'))];
  const hour = hourOf(Number(part('hour')), part('meridiem'));
  const [minute, second] = [Number(part('minute')), Number(part('second'))];
  if (year < 1 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour < 0 || hour > 23 || minute > 59 || second > 59) return null;
  return {
    date: dateText(year, month, day),
    seconds: daysFromCivil(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second,
    micros: Number(part('fraction').slice(0, 6).padEnd(6, '0')),
    offset: offsetOf(part('offset')),
  };
}

function hourOf(hour: number, meridiem: string): number {
  if (meridiem === '') return hour;
  if (hour < 1 || hour > 12) return -1;
  return (hour % 12) + (meridiem.toLowerCase() === 'p' ? 12 : 0);
}

function offsetOf(text: string): number | null {
  if (text === '') return null;
  if (!/^[+-]/.test(text)) return 0;
  const digits = text.slice(1).replace(':', '');
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60;
  return text.startsWith('-') ? -seconds : seconds;
}

/** `unit`: microseconds of one. Digits beyond the microsecond are cut. */
function epochTime(text: string, unit: number): LocalTime | null {
  const match = new RegExp(EPOCH).exec(text);
  if (match === null) return null;
  const digits = Math.log10(unit);
  const magnitude = BigInt(`${match[2] ?? ''}${(match[3] ?? '').slice(0, digits).padEnd(digits, '0')}`);
  const micros = match[1] === '-' ? -magnitude : magnitude;
  const part = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = Number((micros - part) / 1_000_000n);
  if (seconds < MIN_EPOCH_SECONDS || seconds > MAX_EPOCH_SECONDS) return null;
  return { date: instantText(seconds, 0).slice(0, 10), seconds, micros: Number(part), offset: 0 };
}

function excelTime(text: string): LocalTime | null {
  const match = new RegExp(EXCEL).exec(text);
  const serial = Number(match?.[1]);
  if (match === null || serial < 1 || serial === EXCEL_PHANTOM) return null;
  // Serials are doubles: a time of day is right to the millisecond at most. Eleven digits of a day fit 64 bits.
  const fraction = BigInt((match[2] ?? '').slice(0, 11).padEnd(11, '0'));
  const millis = Number((fraction * DAY_MILLIS + 50_000_000_000n) / 100_000_000_000n);
  const day = serial - 25_569 + (serial < EXCEL_PHANTOM ? 1 : 0);
  const seconds = day * DAY_SECONDS + Math.floor(millis / 1000);
  if (seconds > MAX_EPOCH_SECONDS) return null;
  return {
    date: instantText(day * DAY_SECONDS, 0).slice(0, 10),
    seconds,
    micros: (millis % 1000) * 1000,
    offset: null,
  };
}
