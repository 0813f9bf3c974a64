import type { FaultPoint } from '../../runner/faults/fault-point.ts';
import { withTransaction, type SqlConnection, type SqlPool } from '../../runner/postgres/pool.ts';

/** Far longer than a replica thinks between two statements; one that is stopped there lets go of its locks then. */
const IDLE_LIMIT = '10s';
/** Longer than that: whoever waits behind a stopped replica comes to its turn. */
const LOCK_LIMIT = '30s';

/**
 * A transaction that another replica may wait for. One that is frozen in the middle, or on a machine that is gone, holds its
 * locks for seconds only: the next leader needs them.
 *
 * @param lock an advisory lock that it takes first
 */
export function withShortTransaction<T>(
  pool: SqlPool,
  point: FaultPoint,
  work: (connection: SqlConnection) => Promise<T>,
  lock?: number,
): Promise<T> {
  const settings = { idle_in_transaction_session_timeout: IDLE_LIMIT, lock_timeout: LOCK_LIMIT };
  return withTransaction(pool, work, { point: point, settings, ...(lock === undefined ? {} : { lock }) });
}
