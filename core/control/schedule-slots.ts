import { Cron } from 'croner';

/** A cron expression of five fields and the IANA zone whose wall clocks it reads; both checked. */
export interface Schedule {
  readonly expression: string;
  readonly timeZone: string;
}

export type CatchUp = 'None' | 'Latest' | 'All';

/** Claimed: an execution is created. Skipped: it was not wanted. Missed: it was too late for it. */
export type SlotState = 'Claimed' | 'Skipped' | 'Missed';

export interface SlotDecision {
  readonly slot: Date;
  readonly state: SlotState;
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** Why nothing starts now. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export interface SlotQuestion {
  readonly schedule: Schedule;
  /** Slots up to and including this instant have been decided. */
  readonly handledUntil: Date;
  readonly now: Date;
  /** How late a slot may still start. */
  readonly deadlineMs: number;
  readonly catchUp: CatchUp;
  /** Null: executions may start. */
  readonly refusal: Refusal | null;
}

/** A slot that is seen less late than this is on time: what holds it up is load, not downtime. */
const ON_TIME_MS = 60_000;
/** Slots decided at once: after a long downtime, the ones before are told of in one sentence. */
const MAX_SLOTS = 100;

/**
 * The first slot after an instant, or null where there is none. Across a change of clocks it is as in cron: a slot of a
 * fixed time that the clocks jump over comes right after the jump, one that they show twice comes the first time, and
 * intervals keep their length.
 */
export function nextSlot({ expression, timeZone }: Schedule, after: Date): Date | null {
  return cron(expression, timeZone).nextRun(after);
}

/** What becomes of the slots that have come due, oldest first; a slot is decided once. Bounded work after any downtime. */
export function decideSlots(question: SlotQuestion): SlotDecision[] {
  const { slots, omitted } = dueSlots(question);
  return slots.map((slot, index) => {
    const decision = { slot, ...judge(question, slot, index === slots.length - 1) };
    return index === 0 && omitted ? withOmitted(decision, question) : decision;
  });
}

type Judgement = Omit<SlotDecision, 'slot'>;

function judge({ now, deadlineMs, catchUp, refusal }: SlotQuestion, slot: Date, isNewest: boolean): Judgement {
  const lateMs = now.getTime() - slot.getTime();
  if (refusal !== null) return { state: 'Skipped', ...refusal };
  if (lateMs > deadlineMs) {
    const late = `it could start only ${seconds(lateMs)} late, and spec.scheduler.startingDeadline allows ${seconds(deadlineMs)}`;
    return missed('DeadlineExceeded', late);
  }
  if (lateMs < ON_TIME_MS) return { state: 'Claimed', reason: 'Due', message: 'the slot came due' };
  switch (catchUp) {
    case 'None':
      return missed('NoCatchUp', 'nothing could start it on time, and spec.scheduler.catchUp is None');
    case 'Latest':
      if (!isNewest)
        return missed('LaterSlotRan', 'nothing could start it on time, and a later slot runs in its place');
      break;
    case 'All':
  }
  return { state: 'Claimed', reason: 'CaughtUp', message: `the slot starts ${seconds(lateMs)} late` };
}

const missed = (reason: string, message: string): Judgement => ({ state: 'Missed', reason, message });

function withOmitted(decision: SlotDecision, { handledUntil }: SlotQuestion): SlotDecision {
  const since = `so was every slot since ${handledUntil.toISOString()}`;
  if (decision.state !== 'Claimed') return { ...decision, message: `${decision.message}; ${since}` };
  const message = `at most ${MAX_SLOTS - 1} slots are caught up with at once; ${since}`;
  return { slot: decision.slot, ...missed('TooManySlots', message) };
}

/** The newest slots that are due and not decided, oldest first. A clock that went back does not bring them again. */
function dueSlots({ schedule, handledUntil, now }: SlotQuestion): { slots: Date[]; omitted: boolean } {
  const from = Math.min(handledUntil.getTime(), now.getTime());
  const job = cron(schedule.expression, schedule.timeZone);
  const slots: Date[] = [];
  for (let slot = job.nextRun(new Date(from)); slot !== null && slot <= now; slot = job.nextRun(slot)) {
    if (slots.length === MAX_SLOTS) return { slots: newestSlots(job, now), omitted: true };
    slots.push(slot);
  }
  return { slots, omitted: false };
}

/** Slots are whole seconds, and the reference itself is left out. */
const newestSlots = (job: Cron, now: Date): Date[] =>
  job.previousRuns(MAX_SLOTS, new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000)).reverse();

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

const cron = (expression: string, timeZone: string): Cron =>
  new Cron(expression.trim(), { mode: '5-part', paused: true, timezone: timeZone });
