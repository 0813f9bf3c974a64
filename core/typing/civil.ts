/** Days from 1970-01-01 to a day of the proleptic Gregorian calendar (H. Hinnant, days_from_civil). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** Days of a month, 28 to 31; 0 where there is no such month. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

/** The first and the last second that a DateTime may have: years 0001 to 9999. */
export const MIN_EPOCH_SECONDS = -62_135_596_800;
export const MAX_EPOCH_SECONDS = 253_402_300_799;

/** `YYYY-MM-DD`. */
export function dateText(year: number, month: number, day: number): string {
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Canonical DateTime of an instant: seconds since 1970 and the microseconds after them. */
export function instantText(seconds: number, micros: number): string {
  const date = new Date(seconds * 1000);
  const fraction = pad(micros, 6).replace(/0+$/, '');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map((part) => pad(part, 2)).join(':');
  const day = dateText(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
  return `${day}T${time}${fraction === '' ? '' : `.${fraction}`}Z`;
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
