import { dateText, daysFromCivil, instantText } from '../typing/civil.ts';
import { instantOfLocal, offsetSecondsAt } from '../typing/time-zone.ts';

const DAY_SECONDS = 86_400;

/** The calendar day of an instant (`2026-01-31T23:30:00Z`) in a zone. */
export function localDate(instant: string, timeZone: string): string {
  const seconds = Math.floor(Date.parse(instant) / 1000);
  const local = new Date((seconds + offsetSecondsAt(timeZone, seconds)) * 1000);
  return dateText(local.getUTCFullYear(), local.getUTCMonth() + 1, local.getUTCDate());
}

/** The first instant of a calendar day (`2026-01-31`) in a zone. */
export function startOfDay(date: string, timeZone: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return instantText(instantOfLocal(timeZone, daysFromCivil(year, month, day) * DAY_SECONDS), 0);
}
