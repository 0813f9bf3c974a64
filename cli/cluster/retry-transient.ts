import { AppError } from '../../core/errors/app-error.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface RetryPorts {
  readonly signal: AbortSignal;
  readonly monotonicNow: () => number;
  /** Ends early when the signal is aborted. */
  readonly pause: (ms: number) => Promise<void>;
  /** How long an outage may last. */
  readonly waitMs: number;
  /** Called once an outage. */
  readonly onOutage: (error: AppError) => void;
}

/**
 * Does it again, after pauses that grow, while what keeps it from being done may pass. Who we are does not: a token that is
 * not taken is the end.
 *
 * @throws AppError the last fault; `Interrupted` where it was told to stop
 */
export async function retryTransient<T>(work: () => Promise<T>, ports: RetryPorts): Promise<T> {
  const startedMs = ports.monotonicNow();
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (ports.signal.aborted) {
        throw new AppError({ code: 'Interrupted', class: 'terminal', message: 'interrupted', cause: error });
      }
      const isOver = ports.monotonicNow() - startedMs >= ports.waitMs;
      if (isOver || !(error instanceof AppError) || !mayPass(error)) throw error;
      if (attempt === 0) ports.onOutage(error);
    }
    await ports.pause(Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS));
  }
}

const mayPass = ({ class: errorClass, code }: AppError): boolean =>
  errorClass === 'transient' && code !== 'Unauthorized';
