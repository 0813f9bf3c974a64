import { expect, it } from 'vitest';
import { isUpToDate, planSchedule, type WantedSchedule } from '../../../operator/controllers/schedule/decide.ts';
import type { ScheduleState } from '../../../operator/database/schedule-ledger.ts';

const at = (time: string): Date => new Date(`2026-05-01T${time}Z`);
const HOURLY = { expression: '0 * * * *', timeZone: 'UTC' };
const stored: ScheduleState = { schedule: HOURLY, isWanted: true, handledUntil: at('00:00:00') };
const wanted = (over: Partial<WantedSchedule> = {}): WantedSchedule => ({
  state: { schedule: HOURLY, isWanted: true },
  deadlineMs: 24 * 3_600_000,
  catchUp: 'All',
  refusal: null,
  since: at('02:10:00'),
  ...over,
});

const halfHourly = { schedule: { expression: '*/30 * * * *', timeZone: 'UTC' }, isWanted: true };
const cases: [sentence: string, before: ScheduleState, now: WantedSchedule, slots: string[], until: string][] = [
  ['slots that come due are decided', stored, wanted(), ['01:00 Claimed', '02:00 Claimed'], '02:00'],
  [
    'an edited schedule does not fire for the time before the edit',
    stored,
    wanted({ state: halfHourly }),
    ['01:00 Skipped', '02:00 Skipped'],
    '02:10',
  ],
  [
    'a change of zone is an edit',
    { ...stored, handledUntil: at('02:00:00') },
    wanted({ state: { schedule: { ...HOURLY, timeZone: 'Asia/Kathmandu' }, isWanted: true } }),
    [],
    '02:10',
  ],
  [
    'an edit that waited to be looked at counts from when it was made',
    stored,
    wanted({ state: halfHourly, since: at('01:10:00') }),
    ['01:00 Skipped', '01:30 Claimed', '02:00 Claimed'],
    '02:00',
  ],
  [
    'an edit is never older than what has been decided',
    { ...stored, handledUntil: at('02:00:00') },
    wanted({ state: halfHourly, since: at('00:10:00') }),
    [],
    '02:00',
  ],
  [
    'a schedule that is wanted again does not catch up with what it slept through',
    { ...stored, isWanted: false },
    wanted(),
    ['01:00 Skipped', '02:00 Skipped'],
    '02:10',
  ],
  [
    'slots are skipped while nothing may start',
    stored,
    wanted({ refusal: { reason: 'Invalid', message: '' } }),
    ['01:00 Skipped', '02:00 Skipped'],
    '02:00',
  ],
  [
    'a clock that was years ahead, or garbage that says so, does not keep what comes due from now on',
    { ...stored, handledUntil: new Date('2099-01-01T00:00:00Z') },
    wanted(),
    [],
    '02:10',
  ],
  [
    'nor does it keep an edit',
    { ...stored, handledUntil: new Date('2099-01-01T00:00:00Z') },
    wanted({ state: halfHourly }),
    [],
    '02:10',
  ],
];
it.each(cases)('%s', (_sentence, before, now, slots, until) => {
  const plan = planSchedule(before, now, at('02:10:00'));
  expect(plan.decisions.map(({ slot, state }) => `${slot.toISOString().slice(11, 16)} ${state}`)).toEqual(slots);
  expect(plan.state).toEqual({ ...now.state, handledUntil: at(`${until}:00`) });
});

const upToDate: [sentence: string, before: ScheduleState, now: WantedSchedule, isDone: boolean][] = [
  ['nothing that is due and no edit', { ...stored, handledUntil: at('02:00:00') }, wanted(), true],
  ['a slot that is due', stored, wanted(), false],
  [
    'a slot that is due while the connector is refused',
    stored,
    wanted({ refusal: { reason: 'Invalid', message: '' } }),
    false,
  ],
  [
    'a ledger that is ahead of the clock',
    { ...stored, handledUntil: new Date('2099-01-01T00:00:00Z') },
    wanted(),
    false,
  ],
  ['an edit', { ...stored, handledUntil: at('02:10:00') }, wanted({ state: halfHourly }), false],
  [
    'a connector that is switched off',
    { ...stored, handledUntil: at('02:00:00') },
    wanted({ state: { schedule: HOURLY, isWanted: false } }),
    false,
  ],
];
it.each(upToDate)('whether PostgreSQL need not be told: %s', (_sentence, before, now, isDone) => {
  expect(isUpToDate(before, now, at('02:10:00'))).toBe(isDone);
});
