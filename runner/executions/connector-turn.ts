import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { checkFence, takePlace, type Execution } from './executions.ts';

const ASK_EVERY_MS = 200;

export interface TurnOptions {
  readonly signal: AbortSignal;
  /** Called once where the turn is another execution's. */
  readonly onWait: () => void;
}

/** The turn of an execution among those of its connector. */
export interface Turn {
  /** In the place that it has now. */
  readonly execution: Execution;
  readonly giveBack: () => Promise<void>;
}

/**
 * Waits until no other execution of the connector is at work, and holds the turn until the session gives it back or dies.
 * With a diff check a connector runs one live execution at a time: the baseline is what the run before left, so there has
 * to be a run before.
 *
 * @returns null where the execution was cancelled while it waited
 * @throws AppError `Superseded` where a newer attempt has taken over
 */
export async function takeTurn(
  client: ClientBase,
  execution: Execution,
  { signal, onWait }: TurnOptions,
): Promise<Turn | null> {
  const key = `smartconnector connector ${execution.namespace}/${execution.connector}`;
  for (let asked = 0; ; asked++) {
    const { rows } = await client.query<{ held: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held',
      [key],
    );
    if (rows[0]?.held === true) break;
    if (asked === 0) onWait();
    const { cancelRequested } = await checkFence(client, execution);
    await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (cancelRequested || signal.aborted) return null;
  }
  const giveBack = async (): Promise<void> => {
    // A session that broke has given it back already; what broke it is what there is to say.
    await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch(() => undefined);
  };
  return { execution: await takePlace(client, execution), giveBack };
}
