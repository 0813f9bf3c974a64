import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../core/errors/app-error.ts';
import type { AttemptHolder } from '../runner/executions/begin-attempt.ts';
import { diskError } from '../runner/artifacts/disk-error.ts';
import { isOutage, isStarting } from '../runner/postgres/database-error.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** A database that goes away so often under one run is taken down by it, or is not fit for it. */
const OUTAGES_MAX = 20;

export interface OutagePorts {
  /** Of the execution: it has begun where there is something to go on with. */
  readonly holder: AttemptHolder;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** How long an outage may last. */
  readonly waitMs: number;
  /** Called once an outage. */
  readonly onOutage: (error: AppError) => void;
  /** The command that goes on with the execution. */
  readonly resume: string;
}

/**
 * Runs `work` again where the database went away under it: what is committed is kept, and an execution goes on where it
 * was. A database that was not there to begin with is an error at once, unless it says that it is about to come.
 *
 * @param work calls `up` when the database has answered
 * @throws AppError what ended the last try, with the command that goes on
 */
export async function outlastOutages<T>(work: (up: () => void) => Promise<T>, ports: OutagePorts): Promise<T> {
  const { holder, signal, now, waitMs } = ports;
  let downSince: number | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  const up = (): void => {
    downSince = null;
  };
  for (let outages = 0; ;) {
    try {
      return await work(up);
    } catch (thrown) {
      const error = diskError(thrown);
      if (downSince === null) outages += 1;
      const isWorthIt = holder.hasBegun ? isOutage : isStarting;
      const waited: number = downSince === null ? 0 : now().getTime() - downSince;
      if (!isWorthIt(error) || signal.aborted || outages > OUTAGES_MAX || waited >= waitMs)
        throw withAdvice(error, ports);
      if (downSince === null) {
        downSince = now().getTime();
        ports.onOutage(error);
      }
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

/** Says what is kept and how to go on, where the same command may succeed later. */
function withAdvice(error: unknown, { holder, resume }: OutagePorts): unknown {
  if (!(error instanceof AppError) || error.class !== 'transient') return error;
  const advice = holder.hasBegun
    ? `what was committed is kept; go on with "${resume}"`
    : 'nothing was done; give the command again later';
  const { code, details } = error;
  return new AppError({ code, class: 'transient', message: `${error.message}; ${advice}`, details, cause: error });
}
