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
  // `3 PM GMT-07:00`, `8 AM GMT-06:59:56`, `10 PM GMT`; no other form of the formatter is as quick.
  const text = formatterOf(timeZone).format(epochSeconds * 1000);
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (match?.[1] === undefined) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -seconds : seconds;
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
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', timeZoneName: 'longOffset' });
  formatters.set(timeZone, formatter);
  return formatter;
}
