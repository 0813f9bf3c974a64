import { decideSlots, type CatchUp, type Refusal, type Schedule } from '../../../core/control/schedule-slots.ts';
import type { ScheduleState, SlotPlan } from '../../database/schedule-ledger.ts';

export interface WantedSchedule {
  readonly state: Omit<ScheduleState, 'handledUntil'>;
  readonly deadlineMs: number;
  readonly catchUp: CatchUp;
  readonly refusal: Refusal | null;
  /** When this was first known to be wanted: an edit counts from then, however long it took to be looked at. */
  readonly since: Date;
}

/** Whether there is nothing to decide and nothing to note, whatever keeps the connector from running. */
export function isUpToDate(stored: ScheduleState, wanted: Omit<WantedSchedule, 'refusal'>, now: Date): boolean {
  const { state, decisions } = planSchedule(stored, { ...wanted, refusal: null }, now);
  return (
    decisions.length === 0 &&
    isSameSchedule(state.schedule, stored.schedule) &&
    state.isWanted === stored.isWanted &&
    state.handledUntil.getTime() === stored.handledUntil.getTime()
  );
}

/**
 * What becomes of the slots up to now. A schedule that was edited, and one that is wanted again, begin then: nothing fires
 * for the time before, and what had come due under the old one is recorded. Of the time to come nothing is decided, whatever
 * is stored: a clock that was ahead, or an execution that claims a slot of years to come, would stop the schedule until then.
 * The ledger keeps what has run from running again.
 */
export function planSchedule(known: ScheduleState, wanted: WantedSchedule, now: Date): SlotPlan {
  const stored = known.handledUntil <= now ? known : { ...known, handledUntil: now };
  const next = wanted.state.schedule;
  const { deadlineMs, catchUp } = wanted;
  const question = { schedule: stored.schedule, handledUntil: stored.handledUntil, now, deadlineMs, catchUp };
  const isEdited = !isSameSchedule(stored.schedule, next);
  const isResumed = wanted.state.isWanted && !stored.isWanted;
  if (isEdited || isResumed) {
    const refusal = isEdited
      ? { reason: 'ScheduleChanged', message: 'the schedule was changed before the slot could start' }
      : { reason: 'SwitchedOff', message: 'spec.active was false' };
    const since = new Date(Math.max(stored.handledUntil.getTime(), Math.min(wanted.since.getTime(), now.getTime())));
    const decisions = [
      ...decideSlots({ ...question, now: since, refusal }),
      ...decideSlots({ ...question, schedule: next, handledUntil: since, refusal: wanted.refusal }),
    ];
    const last = decisions.at(-1)?.slot ?? since;
    return { state: { ...wanted.state, handledUntil: last > since ? last : since }, decisions };
  }
  const decisions = decideSlots({ ...question, refusal: wanted.refusal });
  const handledUntil = decisions.at(-1)?.slot ?? stored.handledUntil;
  return { state: { ...wanted.state, handledUntil }, decisions };
}

const isSameSchedule = (a: Schedule, b: Schedule): boolean =>
  a.expression === b.expression && a.timeZone === b.timeZone;
