import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSlots, nextSlot, type SlotQuestion } from '../../../core/control/schedule-slots.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('slots follow the clocks on the wall', () => {
  const vectors: [sentence: string, zone: string, expression: string, from: string, slots: string[]][] = [
    [
      'a time that the clocks jump over comes right after the jump, once',
      'America/Los_Angeles',
      '30 2 * * *',
      '2026-03-07T00:00:00Z',
      ['2026-03-07T10:30', '2026-03-08T10:00', '2026-03-09T09:30'],
    ],
    [
      'a time that the clocks show twice comes the first time only',
      'America/Los_Angeles',
      '30 1 * * *',
      '2026-10-31T00:00:00Z',
      ['2026-10-31T08:30', '2026-11-01T08:30', '2026-11-02T09:30'],
    ],
    [
      'an interval keeps its length where the clocks go back',
      'America/Los_Angeles',
      '*/30 * * * *',
      '2026-11-01T07:50:00Z',
      ['2026-11-01T08:00', '2026-11-01T08:30', '2026-11-01T09:00', '2026-11-01T09:30', '2026-11-01T10:00'],
    ],
    [
      'an interval keeps its length where the clocks go forward',
      'Europe/Berlin',
      '*/30 * * * *',
      '2026-03-29T00:20:00Z',
      ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
    ],
    [
      'a change of half an hour',
      'Australia/Lord_Howe',
      '0 * * * *',
      '2026-04-04T13:30:00Z',
      ['2026-04-04T14:00', '2026-04-04T15:30', '2026-04-04T16:30'],
    ],
    [
      'a zone with an offset of 45 minutes',
      'Asia/Kathmandu',
      '0 6 * * *',
      '2026-01-01T00:00:00Z',
      ['2026-01-01T00:15', '2026-01-02T00:15'],
    ],
    [
      'a day of the month or a day of the week, whichever comes',
      'UTC',
      '0 12 13 * 5',
      '2026-02-01T00:00:00Z',
      [
        '2026-02-06T12:00',
        '2026-02-13T12:00',
        '2026-02-20T12:00',
        '2026-02-27T12:00',
        '2026-03-06T12:00',
        '2026-03-13T12:00',
      ],
    ],
    [
      'a day that only leap years have',
      'UTC',
      '0 0 29 2 *',
      '2026-01-01T00:00:00Z',
      ['2028-02-29T00:00', '2032-02-29T00:00'],
    ],
  ];
  it.each(vectors)('%s', (_sentence, timeZone, expression, from, slots) => {
    const found: string[] = [];
    let at: Date | null = new Date(from);
    for (let index = 0; index < slots.length && at !== null; index++) {
      at = nextSlot({ expression, timeZone }, at);
      if (at !== null) found.push(at.toISOString().slice(0, 16));
    }
    expect(found).toEqual(slots);
    // The same slots looking back, one decision each.
    const last = new Date(`${slots.at(-1) ?? ''}:00Z`);
    const decided = decideSlots(ask({ schedule: { expression, timeZone }, handledUntil: new Date(from), now: last }));
    expect(decided.map(({ slot }) => slot.toISOString().slice(0, 16))).toEqual(slots);
  });
});

const ask = (over: Partial<SlotQuestion> = {}): SlotQuestion => ({
  schedule: { expression: '0 * * * *', timeZone: 'UTC' },
  handledUntil: new Date('2026-05-01T00:00:00Z'),
  now: new Date('2026-05-01T01:00:00Z'),
  deadlineMs: 24 * HOUR,
  catchUp: 'Latest',
  refusal: null,
  ...over,
});

const told = (question: SlotQuestion): string[] =>
  decideSlots(question).map(({ slot, state, reason }) => `${slot.toISOString().slice(11, 16)} ${state} ${reason}`);

describe('what becomes of slots that are due', () => {
  const at = (time: string): Date => new Date(`2026-05-01T${time}Z`);
  const inactive = { reason: 'Inactive', message: 'spec.active is false' };
  const cases: [sentence: string, over: Partial<SlotQuestion>, expected: string[]][] = [
    ['nothing is due before the first slot', { now: at('00:59:59.999') }, []],
    ['a slot is due at its very instant', { now: at('01:00:00') }, ['01:00 Claimed Due']],
    ['a slot that was decided is not decided again', { handledUntil: at('01:00:00'), now: at('01:00:30') }, []],
    ['a clock that went back brings nothing again', { handledUntil: at('03:00:00'), now: at('02:30:00') }, []],
    ['a slot that load held up is on time', { now: at('01:00:59'), catchUp: 'None' }, ['01:00 Claimed Due']],
    ['a minute late is late', { now: at('01:01:00'), catchUp: 'None' }, ['01:00 Missed NoCatchUp']],
    ['without catch-up a late slot is missed', { now: at('01:02:00'), catchUp: 'None' }, ['01:00 Missed NoCatchUp']],
    [
      'the latest of several runs and the others are recorded',
      { now: at('03:30:00') },
      ['01:00 Missed LaterSlotRan', '02:00 Missed LaterSlotRan', '03:00 Claimed CaughtUp'],
    ],
    [
      'all of them run where that is asked',
      { now: at('03:30:00'), catchUp: 'All' },
      ['01:00 Claimed CaughtUp', '02:00 Claimed CaughtUp', '03:00 Claimed CaughtUp'],
    ],
    [
      'nothing starts later than the deadline',
      { now: at('03:30:00'), catchUp: 'All', deadlineMs: HOUR },
      ['01:00 Missed DeadlineExceeded', '02:00 Missed DeadlineExceeded', '03:00 Claimed CaughtUp'],
    ],
    [
      'a deadline goes before being on time',
      { now: at('01:00:20'), deadlineMs: 10_000 },
      ['01:00 Missed DeadlineExceeded'],
    ],
    [
      'slots of an inactive connector are skipped, however late',
      { now: at('02:00:00'), refusal: inactive, deadlineMs: HOUR / 2 },
      ['01:00 Skipped Inactive', '02:00 Skipped Inactive'],
    ],
  ];
  it.each(cases)('%s', (_sentence, over, expected) => {
    expect(told(ask(over))).toEqual(expected);
  });

  it('looks at a bounded number of slots after a year, and tells of the others', () => {
    const decided = decideSlots(
      ask({ schedule: { expression: '* * * * *', timeZone: 'UTC' }, now: new Date('2027-05-01T00:00:00Z') }),
    );
    expect(decided).toHaveLength(100);
    expect(decided[0]?.message).toContain('every slot since 2026-05-01T00:00:00.000Z');
    expect(decided.filter(({ state }) => state === 'Claimed')).toHaveLength(1);
  });

  it('does not catch up with more slots than it can tell one by one', () => {
    const schedule = { expression: '* * * * *', timeZone: 'UTC' };
    const decided = decideSlots(ask({ schedule, catchUp: 'All', now: at('12:00:00') }));
    expect(decided.map(({ state }) => state)).toEqual(['Missed', ...Array.from({ length: 99 }, () => 'Claimed')]);
    expect(decided[0]?.reason).toBe('TooManySlots');
  });
});

describe('whenever it is looked at', () => {
  const zones = ['UTC', 'America/Los_Angeles', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
  const expressions = ['*/7 * * * *', '30 1 * * *', '30 2 * * *', '0 */3 * * *', '15 0 1 * *', '0 0 * * 0'];
  it('every slot is decided once, in order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...expressions),
        fc.date({ min: new Date('2026-01-01T00:00:00Z'), max: new Date('2026-12-01T00:00:00Z'), noInvalidDate: true }),
        fc.array(fc.integer({ min: 1, max: 6 * HOUR }), { minLength: 1, maxLength: 8 }),
        (timeZone, expression, start, steps) => {
          const schedule = { expression, timeZone };
          let handledUntil = start;
          let now = start;
          const decided: number[] = [];
          for (const step of steps) {
            now = new Date(now.getTime() + step);
            const decisions = decideSlots(ask({ schedule, handledUntil, now, catchUp: 'All' }));
            decided.push(...decisions.map(({ slot }) => slot.getTime()));
            handledUntil = decisions.at(-1)?.slot ?? handledUntil;
          }
          const all: number[] = [];
          for (let at = nextSlot(schedule, start); at !== null && at <= now; at = nextSlot(schedule, at)) {
            all.push(at.getTime());
          }
          expect(decided).toEqual(all);
        },
      ),
      { numRuns: 200 },
    );
  });
});
