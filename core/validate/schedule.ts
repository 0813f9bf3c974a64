import { Cron } from 'croner';
import { closestName } from '../manifest/closest-name.ts';
import { messageOf } from '../errors/app-error.ts';

export interface SettingFault {
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a schedule; null if it is a cron expression of five fields that comes due some day. */
export function scheduleFault(schedule: string): SettingFault | null {
  const hint = 'write five fields: minute hour day-of-month month day-of-week, for example */15 * * * *';
  if (/^\s*(CRON_)?TZ=/.test(schedule)) {
    return { message: 'a schedule names no time zone', hint: 'remove it and set spec.timeZone' };
  }
  const fields = schedule.trim().split(/\s+/).length;
  if (fields !== 5) return { message: `the schedule has ${fields} field${fields === 1 ? '' : 's'}, not 5`, hint };
  try {
    // A fixed instant: whether a date exists at all does not depend on today.
    const next = new Cron(schedule.trim(), { mode: '5-part', paused: true, timezone: 'UTC' }).nextRun(new Date(0));
    return next === null ? { message: 'the schedule never comes due: there is no such day', hint } : null;
  } catch (error) {
    return { message: `the schedule cannot be read: ${messageOf(error).replace(/^Cron\w*: /, '')}`, hint };
  }
}

/** Names that are in order: asking for one costs more than all other checks of a connector. There are some hundred at most. */
const soundZones = new Set<string>();

/** What is wrong with a time zone; null if it is an IANA name, written as in the database (ClickHouse heeds case). */
export function timeZoneFault(name: string): SettingFault | null {
  const hint = 'write an IANA name such as America/Denver';
  const message = `there is no time zone ${JSON.stringify(name)}`;
  if (soundZones.has(name)) return null;
  if (/^[+-]/.test(name)) return { message: `${name} is an offset, not a time zone`, hint };
  try {
    const resolved = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
    const differsInCase = resolved !== name && resolved.toLowerCase() === name.toLowerCase();
    if (differsInCase) return { message, hint: `did you mean ${resolved}?` };
    soundZones.add(name);
    return null;
  } catch {
    const meant = closestName(name, Intl.supportedValuesOf('timeZone'));
    return { message, hint: meant === null ? hint : `did you mean ${meant}?` };
  }
}
