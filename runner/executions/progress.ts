import type { SqlPool } from '../postgres/pool.ts';
import { sql } from '../postgres/sql.ts';
import type { Execution } from './executions.ts';

/** Where a run is, for people who wait. */
export interface RunProgress {
  readonly stage: 'Waiting' | 'Intake' | 'Sql' | 'Plan' | 'Load' | 'Report';
  readonly step: string | null;
  readonly rowsDone: number;
  readonly rowsTotal: number;
}

const LEAST_PAUSE_MS = 2000;
/** A chunk holds the row of its execution while it is written: progress does not wait for that, and comes again. */
const LOCK_LIMIT = '1s';

/**
 * Writes to `execution.progress` where a run is: every change of stage or step, and row counts at most every two seconds.
 * Progress that cannot be written is left out: it is no reason to stop a run.
 */
export class StoredProgress {
  readonly #pool: SqlPool;
  readonly #execution: Execution;
  readonly #now: () => Date;
  #last: RunProgress | null = null;
  #lastMs = 0;
  #writing: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(pool: SqlPool, execution: Execution, now: () => Date) {
    this.#pool = pool;
    this.#execution = execution;
    this.#now = now;
  }

  readonly report = (progress: RunProgress): void => {
    const isNew = progress.stage !== this.#last?.stage || progress.step !== this.#last.step;
    const nowMs = this.#now().getTime();
    if (this.#isBusy || (!isNew && nowMs - this.#lastMs < LEAST_PAUSE_MS)) return;
    this.#last = progress;
    this.#lastMs = nowMs;
    this.#isBusy = true;
    this.#writing = this.#write(progress)
      .catch(() => undefined)
      .finally(() => {
        this.#isBusy = false;
      });
  };

  /** Waits for what is being written: nothing may come after the end. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #write(progress: RunProgress): Promise<void> {
    const { id, attempt } = this.#execution;
    await this.#pool.withConnection(async (connection) => {
      await connection.query({ text: `SET lock_timeout = '${LOCK_LIMIT}'`, values: [] });
      try {
        await connection.query(sql`UPDATE smartconnector.execution SET progress = ${JSON.stringify(progress)}
          WHERE id = ${id} AND attempt = ${attempt} AND ended_at IS NULL`);
      } finally {
        await connection.query({ text: 'RESET lock_timeout', values: [] });
      }
    });
  }
}
