import { decideSlots, type CatchUp, type Refusal } from '../../../core/control/schedule-slots.ts';
import type { ScheduleState, SlotPlan } from '../../database/schedule-ledger.ts';

export interface WantedSchedule {
  readonly state: Omit<ScheduleState, 'handledUntil'>;
  readonly deadlineMs: number;
  readonly catchUp: CatchUp;
  readonly refusal: Refusal | null;
}

/**
 * What becomes of the slots up to now. A schedule that was edited, and one that is wanted again, begin now: nothing fires
 * for the time before, and what had come due under the old one is recorded.
 */
export function planSchedule(stored: ScheduleState, wanted: WantedSchedule, now: Date): SlotPlan {
  const { expression, timeZone } = stored.schedule;
  const next = wanted.state.schedule;
  const { deadlineMs, catchUp } = wanted;
  const question = { schedule: stored.schedule, handledUntil: stored.handledUntil, now, deadlineMs, catchUp };
  const isEdited = expression !== next.expression || timeZone !== next.timeZone;
  const isResumed = wanted.state.isWanted && !stored.isWanted;
  if (isEdited || isResumed) {
    const refusal = isEdited
      ? { reason: 'ScheduleChanged', message: 'the schedule was changed before the slot could start' }
      : { reason: 'SwitchedOff', message: 'spec.active was false' };
    return { state: { ...wanted.state, handledUntil: now }, decisions: decideSlots({ ...question, refusal }) };
  }
  const decisions = decideSlots({ ...question, refusal: wanted.refusal });
  const handledUntil = decisions.at(-1)?.slot ?? stored.handledUntil;
  return { state: { ...wanted.state, handledUntil }, decisions };
}
