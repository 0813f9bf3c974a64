const DAY_SECONDS = 86_400;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether the name is an IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Seconds east of UTC at an instant (seconds since 1970). */
export function offsetSecondsAt(timeZone: string, epochSeconds: number): number {
  if (timeZone === 'UTC') return 0;
  const parts: Record<string, number> = {};
  let beforeChrist = false;
  for (const { type, value } of formatterOf(timeZone).formatToParts(epochSeconds * 1000)) {
    if (type === 'era') beforeChrist = value.startsWith('B');
    else parts[type] = Number(value);
  }
  const year = beforeChrist ? 1 - (parts['year'] ?? 0) : (parts['year'] ?? 0);
  const date = new Date(0);
  date.setUTCFullYear(year, (parts['month'] ?? 1) - 1, parts['day'] ?? 1);
  date.setUTCHours(parts['hour'] ?? 0, parts['minute'] ?? 0, parts['second'] ?? 0);
  return date.getTime() / 1000 - epochSeconds;
}

/**
 * The instant of a local time, both in seconds since 1970. A time that comes twice (clocks go back) is the first of the
 * two; a time that is left out (clocks go forward) is read with the offset before the change, so it comes out later by
 * the length of the gap, as in RFC 5545.
 */
export function instantOfLocal(timeZone: string, localSeconds: number): number {
  const before = localSeconds - offsetSecondsAt(timeZone, localSeconds - DAY_SECONDS);
  if (localSeconds - offsetSecondsAt(timeZone, before) === before) return before;
  const after = localSeconds - offsetSecondsAt(timeZone, localSeconds + DAY_SECONDS);
  return localSeconds - offsetSecondsAt(timeZone, after) === after ? after : before;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timeZone, formatter);
  return formatter;
}
