import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import { checkFence, takePlace, type Execution } from './executions.ts';

const ASK_EVERY_MS = 200;

export interface TurnOptions {
  readonly signal: AbortSignal;
  /** Called once where the turn is another execution's. */
  readonly onWait: () => void;
  /** Called as soon as the turn is held, while the execution has its old place yet; what it throws gives the turn back. */
  readonly onHeld?: () => Promise<void>;
}

/** The turn of an execution among those of its connector. */
export interface Turn {
  /** In the place that it has now. */
  readonly execution: Execution;
  /** @throws AppError `TurnLost` where the session that holds the turn has ended: others may be at work by now */
  readonly check: () => void;
  readonly giveBack: () => Promise<void>;
}

/**
 * Waits until no other execution of the connector is at work, and holds the turn until it is given back or the session
 * dies. With a diff check a connector runs one live execution at a time: the baseline is what the run before left, so there
 * has to be a run before.
 *
 * The turn is a lock of a transaction that does nothing else, not of a session: a pooler gives sessions to others between
 * transactions. A transaction that has neither a snapshot nor an id keeps nobody from cleaning up.
 *
 * @param side a session that holds the turn and does nothing else meanwhile
 * @returns null where the execution was cancelled while it waited
 * @throws AppError `Superseded` where a newer attempt has taken over
 */
export async function takeTurn(
  client: ClientBase,
  side: ClientBase,
  execution: Execution,
  { signal, onWait, onHeld }: TurnOptions,
): Promise<Turn | null> {
  for (let asked = 0; !(await tryTurn(side, execution)); asked++) {
    if (asked === 0) onWait();
    const { cancelRequested } = await checkFence(client, execution);
    await endOlderAttempt(client, execution);
    await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (cancelRequested || signal.aborted) return null;
  }
  try {
    await onHeld?.();
  } catch (error) {
    await side.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  let lost: Error | null = null;
  const onError = (error: Error): void => {
    lost = error;
  };
  side.on('error', onError);
  return {
    execution: await takePlace(client, execution),
    check: () => {
      if (lost !== null) throw turnLost(execution, lost);
    },
    giveBack: async () => {
      side.off('error', onError);
      // A session that broke has given it back already; what broke it is what there is to say.
      await side.query('ROLLBACK').catch(() => undefined);
    },
  };
}

const keyOf = ({ namespace, connector }: Execution): string => `smartconnector connector ${namespace}/${connector}`;
const ownKeyOf = ({ id }: Execution): string => `smartconnector turn of ${id}`;

/** The second lock says whose turn it is. */
async function tryTurn(side: ClientBase, execution: Execution): Promise<boolean> {
  await side.query('BEGIN');
  const { rows } = await side.query<{ held: boolean }>(
    `SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended($1, 0))
       THEN pg_try_advisory_xact_lock(hashtextextended($2, 0)) ELSE false END AS held`,
    [keyOf(execution), ownKeyOf(execution)],
  );
  const isHeld = rows[0]?.held === true;
  // A statement without parameters comes last: one with them would keep its snapshot until the transaction ends.
  await side.query(isHeld ? 'SET LOCAL idle_in_transaction_session_timeout = 0' : 'ROLLBACK');
  return isHeld;
}

/** An older attempt of this execution has lost its token; one that hangs would keep the turn for ever. */
async function endOlderAttempt(client: ClientBase, execution: Execution): Promise<void> {
  const holds = (key: string): string => `(l.classid::bigint << 32) | l.objid::bigint = hashtextextended(${key}, 0)`;
  await client.query(
    `SELECT pg_terminate_backend(l.pid) FROM pg_locks l
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND ${holds('$1')}
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [ownKeyOf(execution)],
  );
}

function turnLost(execution: Execution, cause: Error): AppError {
  return new AppError({
    code: 'TurnLost',
    class: 'transient',
    message:
      `execution ${execution.id}: the session that held the turn of connector ${execution.connector} has ended ` +
      `(${cause.message}), so another run of the connector may have begun`,
    cause,
  });
}
