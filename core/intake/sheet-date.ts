/** What a number format makes of a number: nothing, a point in time, a time of day, or a length of time. */
export type DateStyle = 'None' | 'Date' | 'Time' | 'Duration';

export const DAY_MS = 86_400_000;
/** Day 0 of the 1900 system, from 1 March 1900 on, and of the 1904 system. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
/** The day after 31 December 9999, the last one, in each. */
const END_1900 = 2_958_466;
const END_1904 = END_1900 - (EPOCH_1904 - EPOCH_1900) / DAY_MS;

/** Styles of the built-in number formats (ECMA-376 part 1, 18.8.30, and the East Asian ones). */
export function builtInDateStyle(formatId: number): DateStyle {
  if (formatId >= 14 && formatId <= 17) return 'Date';
  if (formatId === 22 || (formatId >= 27 && formatId <= 31) || formatId === 36) return 'Date';
  if (formatId >= 50 && formatId <= 58) return 'Date';
  if ((formatId >= 18 && formatId <= 21) || (formatId >= 32 && formatId <= 35)) return 'Time';
  return formatId === 45 || formatId === 47 ? 'Time' : formatId === 46 ? 'Duration' : 'None';
}

/** The style of a number format written out, for example `dd/mm/yyyy;@` or `[h]:mm`. Only its first section counts. */
export function dateStyleOfFormat(code: string): DateStyle {
  const plain = code.replace(/"[^"]*"|\\.|_.|\*./gsu, '');
  const section = plain.split(';', 1)[0] ?? '';
  if (/\[(h+|m+|s+)\]/i.test(section)) return 'Duration';
  const letters = section.replace(/\[[^\]]*\]/gu, '').replace(/General|AM\/PM|A\/P/giu, '');
  if (/[#?]|0(?!0*$)/.test(letters.replace(/s\.0+/giu, 's'))) return 'None';
  if (/[yd]/i.test(letters)) return 'Date';
  if (/[hs]/i.test(letters)) return 'Time';
  return /m/i.test(letters) ? 'Date' : 'None';
}

/**
 * A serial number of a sheet as ISO text, by the style of its cell: `2026-01-31`, `2026-01-31T12:30:00`, `12:30:00`, or
 * `36:30:00` for lengths of time; a part of a day without a day is a time of day in any style. To the millisecond. Null
 * where the number is no time in the date system, and for the 29 February 1900 that the 1900 system holds by mistake.
 */
export function sheetDate(text: string, style: Exclude<DateStyle, 'None'>, date1904: boolean): string | null {
  const serial = Number(text);
  if (text.trim() === '' || !Number.isFinite(serial) || serial < 0) return null;
  const totalMs = Math.round(serial * DAY_MS);
  if (totalMs >= (date1904 ? END_1904 : END_1900) * DAY_MS) return null;
  if (style === 'Duration') return clock(totalMs);
  if (totalMs < DAY_MS && (style === 'Time' || !date1904)) {
    return style === 'Time' || totalMs > 0 ? clock(totalMs) : null;
  }
  let day = Math.floor(totalMs / DAY_MS);
  if (!date1904) {
    if (day === 60) return null;
    if (day < 60) day += 1;
  }
  const date = new Date((date1904 ? EPOCH_1904 : EPOCH_1900) + day * DAY_MS).toISOString().slice(0, 10);
  const timeMs = totalMs % DAY_MS;
  return timeMs === 0 && style === 'Date' ? date : `${date}T${clock(timeMs)}`;
}

function clock(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  const fraction = ms % 1000 === 0 ? '' : `.${String(ms % 1000).padStart(3, '0')}`;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
}
