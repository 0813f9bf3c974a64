import { dateText, daysFromCivil, instantText, MAX_EPOCH_SECONDS, MIN_EPOCH_SECONDS } from '../typing/civil.ts';
import { instantOfLocal, offsetSecondsAt } from '../typing/time-zone.ts';

const DAY_SECONDS = 86_400;

/** The calendar day of an instant (`2026-01-31T23:30:00Z`) in a zone; null before the year 1 and after 9999. */
export function localDate(instant: string, timeZone: string): string | null {
  const seconds = Math.floor(Date.parse(instant) / 1000);
  const localSeconds = seconds + offsetSecondsAt(timeZone, seconds);
  if (!isInRange(localSeconds)) return null;
  const local = new Date(localSeconds * 1000);
  return dateText(local.getUTCFullYear(), local.getUTCMonth() + 1, local.getUTCDate());
}

/** The first instant of a calendar day (`2026-01-31`) in a zone; null before the year 1 in UTC. */
export function startOfDay(date: string, timeZone: string): string | null {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const seconds = instantOfLocal(timeZone, daysFromCivil(year, month, day) * DAY_SECONDS);
  return isInRange(seconds) ? instantText(seconds, 0) : null;
}

function isInRange(seconds: number): boolean {
  return seconds >= MIN_EPOCH_SECONDS && seconds <= MAX_EPOCH_SECONDS;
}
