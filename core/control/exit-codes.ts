import { AppError } from '../errors/app-error.ts';

/** What a container of the runner tells by the status with which it ends. Outcomes of data are in PostgreSQL, not here. */
export type ExitMeaning =
  /** The stage is done: the next one may begin, and after the last one the execution has ended. */
  | 'Done'
  /** The same again would end the same: a person has to change something. */
  | 'Invalid'
  /** The machinery broke: the next attempt goes on where this one was. */
  | 'Retry'
  /** The database was away: as Retry, and it says nothing against the execution. */
  | 'Unavailable';

/** The statuses that a container chooses itself; 69 and 75 are EX_UNAVAILABLE and EX_TEMPFAIL of sysexits.h. */
export const RUNNER_EXIT = { done: 0, invalid: 2, unavailable: 69, retry: 75 } as const;

/**
 * Whatever else a container ends with it did not choose: 137 (killed, or out of memory), 143 (told to end), 134 and 139
 * (crashed), 1 (a fault of ours). Another attempt may come through, and attempts are counted.
 */
export function meaningOfExit(status: number): ExitMeaning {
  switch (status) {
    case RUNNER_EXIT.done:
      return 'Done';
    case RUNNER_EXIT.invalid:
      return 'Invalid';
    case RUNNER_EXIT.unavailable:
      return 'Unavailable';
    default:
      return 'Retry';
  }
}

/**
 * The status for what a stage threw. A fault of ours is worth another attempt: it may hang on time or place.
 *
 * @param isAway whether it was thrown because the database is away
 */
export function exitOfError(error: unknown, isAway: boolean): number {
  if (isAway) return RUNNER_EXIT.unavailable;
  return error instanceof AppError && error.class === 'terminal' ? RUNNER_EXIT.invalid : RUNNER_EXIT.retry;
}
