import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import { sqlStateOf } from '../postgres/database-error.ts';
import type { ExecutionFiles } from '../artifacts/execution-files.ts';
import { removeOwnWorkspace } from '../artifacts/workspace.ts';
import { durably } from '../faults/fault-point.ts';
import { asConnection, type SqlConnection, type SqlPool } from '../postgres/pool.ts';
import { sql } from '../postgres/sql.ts';
import { COLUMNS, findExecution, superseded, type Execution } from './executions.ts';

/** What an attempt that is at work may still take to end its transaction. */
const GRACE_MS = 2000;
const AGAIN_MS = 500;

/**
 * Who makes the attempts of an execution: one command. When it loses its database and comes back, it goes on, unless
 * another command has taken the execution over in between.
 */
export class AttemptHolder {
  readonly id = randomUUID();
  #hasBegun = false;

  /** Whether an attempt of this command is known to exist. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  begun(): void {
    this.#hasBegun = true;
  }

  /** Whether another command has taken over since. */
  isReplaced(execution: Execution): boolean {
    return this.#hasBegun && execution.holder !== this.id;
  }
}

/**
 * Takes over an execution that has not ended: attempts that still run lose their token. One that hangs in the middle of a
 * transaction (stopped, or on a machine that is gone) would hold the execution and its object for ever: PostgreSQL is
 * asked to end it, and what it had not committed is undone.
 *
 * @param side another session
 * @throws AppError `Superseded` where the holder had begun, and another command has taken over since; `ExecutionEnded`;
 *   `AttemptHeld` where an older attempt hangs and the user may not end it
 */
export async function beginAttempt(
  client: ClientBase,
  side: ClientBase,
  known: Execution,
  holder: AttemptHolder,
): Promise<Execution> {
  if (holder.isReplaced(known)) throw superseded(known);
  const begun = await takeToken(client, side, known, holder);
  holder.begun();
  return begun;
}

async function takeToken(
  client: ClientBase,
  side: ClientBase,
  known: Execution,
  holder: AttemptHolder,
): Promise<Execution> {
  await client.query('BEGIN');
  try {
    const session = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const released = new AbortController();
    const watch = endBlockers(asConnection(side), known, session.rows[0]?.pid ?? 0, released.signal);
    // Waits for a chunk that holds the execution: see `checkFence`.
    const held = client.query('SELECT FROM smartconnector.execution WHERE id = $1 FOR UPDATE', [known.id]);
    const taken = held
      .then(() =>
        client.query<Execution>(
          `UPDATE smartconnector.execution SET attempt = attempt + 1, holder = $2, phase = 'Running',
           started_at = CASE phase WHEN 'Pending' THEN now() ELSE started_at END
         WHERE id = $1 AND ended_at IS NULL AND (holder = $2 OR NOT $3) RETURNING ${COLUMNS}`,
          [known.id, holder.id, holder.hasBegun],
        ),
      )
      .finally(() => {
        released.abort();
      });
    const [update, ended] = await Promise.allSettled([taken, watch]);
    if (ended.status === 'rejected') throw ended.reason;
    if (update.status === 'rejected') throw update.reason;
    const [execution] = update.value.rows;
    if (execution === undefined) throw await explainNone(client, known, holder);
    await durably('attempt', () => client.query('COMMIT'));
    return execution;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function explainNone(client: ClientBase, known: Execution, holder: AttemptHolder): Promise<AppError> {
  const now = await findExecution(client, known.id);
  if (now !== null && holder.isReplaced(now)) return superseded(known);
  return new AppError({
    code: 'ExecutionEnded',
    class: 'terminal',
    message: `execution ${known.id} has ended or does not exist; see "smartconnector executions"`,
  });
}

/** Ends the sessions that keep `pid` waiting, until `released`: only an older attempt's transaction holds the execution. */
async function endBlockers(side: SqlConnection, known: Execution, pid: number, released: AbortSignal): Promise<void> {
  for (let wait = GRACE_MS; ; wait = AGAIN_MS) {
    await delay(wait, undefined, { signal: released }).catch(() => undefined);
    if (released.aborted) return;
    try {
      await side.query(sql`SELECT pg_terminate_backend(blocker) FROM unnest(pg_blocking_pids(${pid})) AS b (blocker)`);
    } catch (error) {
      await side.query(sql`SELECT pg_cancel_backend(${pid})`);
      throw sqlStateOf(error) === '42501' ? await explainHeld(side, known, pid, error) : error;
    }
  }
}

async function explainHeld(side: SqlConnection, known: Execution, pid: number, cause: unknown): Promise<AppError> {
  const { rows } = await side.query(sql`SELECT pg_blocking_pids(${pid})::text AS pids`);
  return new AppError({
    code: 'AttemptHeld',
    class: 'transient',
    message:
      `execution ${known.id}: an older attempt hangs in a transaction (PostgreSQL session ${String(rows[0]?.['pids'])}), ` +
      'and this user may not end it; end its process, or let an administrator call pg_terminate_backend',
    cause,
  });
}

/**
 * What ended an attempt: where another one has taken over, whatever it met is the effect of that, and its workspace is
 * removed.
 */
export async function explainEnd(
  pool: SqlPool,
  execution: Execution,
  files: ExecutionFiles,
  error: unknown,
): Promise<unknown> {
  const now = await pool.withConnection(({ pg }) => findExecution(pg, execution.id)).catch(() => null);
  if (now === null || now.attempt === execution.attempt) return error;
  await removeOwnWorkspace(files, execution.attempt);
  return error instanceof AppError && error.code === 'Superseded' ? error : superseded(execution, error);
}
