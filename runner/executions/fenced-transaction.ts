import type { ClientBase } from 'pg';
import type { ObjectModel } from '../../core/model/object.ts';
import { durably } from '../faults/fault-point.ts';
import { lockObject } from '../postgres/object-lock.ts';
import { asConnection } from '../postgres/pool.ts';
import { checkFence, type Execution } from './executions.ts';

/** Longer than a chunk ever thinks between two statements; a process that is stopped in one lets go of its object then. */
const IDLE_LIMIT = '2min';
/** Longer than a chunk of any size takes: whoever waits so long should say so. */
const LOCK_LIMIT = '15min';

/**
 * Settings of every transaction that handles a chunk. A chunk is a small part of a table that grows under it: each of its
 * records is found by an index. Without statistics yet, the server would read all of the table for each chunk, and compile
 * the plan for that too; with them it may still go through an index from its start, to merge it with a few thousand rows.
 */
export const CHUNK_SETTINGS = [
  "SET LOCAL TimeZone = 'UTC'",
  "SET LOCAL DateStyle = 'ISO, YMD'",
  'SET LOCAL enable_seqscan = off',
  'SET LOCAL enable_mergejoin = off',
  'SET LOCAL enable_hashjoin = off',
  'SET LOCAL jit = off',
  `SET LOCAL idle_in_transaction_session_timeout = '${IDLE_LIMIT}'`,
  `SET LOCAL lock_timeout = '${LOCK_LIMIT}'`,
].join('; ');

/**
 * One transaction of an execution on one object: it holds the execution's fencing token and the object until it ends. One
 * object a transaction, so that two executions cannot wait for each other in a ring.
 *
 * @param work gets the number of this change of the object; commits where it gives `Done`, and leaves no trace otherwise
 * @returns what `work` gave; `Stop`, and nothing done, where somebody asked the execution to stop
 * @throws AppError `Superseded` where a newer attempt has taken over
 */
export async function inFencedTransaction<Other extends string = never>(
  client: ClientBase,
  execution: Execution,
  object: ObjectModel,
  work: (change: bigint) => Promise<'Done' | Other>,
): Promise<'Done' | 'Stop' | Other> {
  await client.query(`BEGIN; ${CHUNK_SETTINGS}`);
  try {
    const { cancelRequested } = await checkFence(client, execution);
    if (cancelRequested) {
      await client.query('ROLLBACK');
      return 'Stop';
    }
    const end = await work(await lockObject(asConnection(client), object));
    if (end === 'Done') await durably('chunk', () => client.query('COMMIT'));
    else await client.query('ROLLBACK');
    return end;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
