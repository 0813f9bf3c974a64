import { offsetSecondsAt } from './time-zone.ts';

/**
 * The offsets of a zone by local time. ClickHouse's `timeZoneOffset` is wrong for a third of all zones around changes and
 * on days that a zone left out (26.7), and its zone data have a version of their own; so the engine is given this table.
 */
export interface ZoneTable {
  /** Local seconds since 1970 from which the offset at the same place holds, ascending. */
  readonly boundaries: readonly number[];
  /** Seconds east of UTC. */
  readonly offsets: readonly number[];
}

const DAY = 86_400;
const STEP = 10 * DAY;
/** From 2090 on no zone changes twice within two months. */
const LATE = 3_786_912_000;
const LATE_STEP = 50 * DAY;
/** From 1973 on clocks change at a full minute: at 00:01 in Newfoundland. */
const MINUTE = 60;
/** 1840-01-01: before that every zone keeps local mean time. */
const FIRST = -4_102_444_800;
/** 2100-01-01 and 2500-01-01: from the first on rules repeat with the calendar, every 400 years. */
export const CYCLE_START = 4_102_444_800;
export const CYCLE_SECONDS = 146_097 * DAY;
const LAST = CYCLE_START + CYCLE_SECONDS;
/** Before every DateTime. */
const BEGINNING = -1_000_000_000_000;

const tables = new Map<string, ZoneTable>();

/**
 * A local time that comes twice takes the first offset, one that is left out the offset before the gap: at a change from
 * one offset to another, the new one holds from the instant plus the larger of the two.
 */
export function zoneTable(timeZone: string): ZoneTable {
  const known = tables.get(timeZone);
  if (known !== undefined) return known;
  let offset = offsetSecondsAt(timeZone, FIRST);
  const boundaries = [BEGINNING];
  const offsets = [offset];
  for (let instant = FIRST; instant < LAST;) {
    const after = instant + (instant < LATE ? STEP : LATE_STEP);
    const next = offsetSecondsAt(timeZone, after);
    if (next !== offset) {
      boundaries.push(findChange(timeZone, instant, after, offset) + Math.max(offset, next));
      offsets.push(next);
      offset = next;
    }
    instant = after;
  }
  const table = { boundaries, offsets };
  tables.set(timeZone, table);
  return table;
}

/** The first second after `low` whose offset is not `offset`; at `high` it is not. */
function findChange(timeZone: string, low: number, high: number, offset: number): number {
  const grain = low > 3 * 365 * DAY ? MINUTE : 1;
  let [before, after] = [low / grain, high / grain];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetSecondsAt(timeZone, middle * grain) === offset) before = middle;
    else after = middle;
  }
  return after * grain;
}

/** The offset of the local time `seconds`, as a ClickHouse expression of type Int64. */
export function zoneOffsetSql(timeZone: string, seconds: string): string {
  if (timeZone === 'UTC') return '0';
  const { boundaries, offsets } = zoneTable(timeZone);
  const list = (numbers: readonly number[]): string => `CAST([${numbers.join(',')}], 'Array(Int64)')`;
  const cycles = `intDiv(greatest(${seconds} - ${CYCLE_START}, 0), ${CYCLE_SECONDS}) * ${CYCLE_SECONDS}`;
  return `transform(roundDown(toInt64(${seconds} - ${cycles}), ${list(boundaries)}), ${list(boundaries)}, ${list(offsets)}, toInt64(0))`;
}
