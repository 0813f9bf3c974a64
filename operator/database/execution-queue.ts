import type { SqlClient, SqlPool } from '../../runner/postgres/pool.ts';
import { raw, sql, type SqlText } from '../../runner/postgres/sql.ts';
import type { Key } from '../runtime/resource.ts';
import { asRequest, REQUEST_COLUMNS, type ExecutionRequest } from './execution-requests.ts';
import { withShortTransaction } from './short-transaction.ts';

/** What stands before an execution that is queued. */
export interface QueueState {
  /** Live executions of its connector that have started and not ended. */
  readonly running: number;
  /** The oldest of them. */
  readonly runningName: string | null;
  /** Live executions of its connector that were seen before it and wait. */
  readonly ahead: number;
  /** Executions of all connectors that have started and not ended: live ones for a live one, else the others. */
  readonly runningTotal: number;
  /**
   * Of the same, those that wait for nothing but room in the cluster and get it first: whose namespace will have fewer running
   * by the time of their turn, or as many and the execution was seen earlier. Not counted where there is no room at all.
   */
  readonly rivals: number;
}

/** The reason of an execution that waits for room in the cluster. */
export const QUOTA_EXCEEDED = 'QuotaExceeded';

/**
 * Room in the cluster as tables of a WITH: `total` says how much is taken, `waiting` the place of each that waits for it. A
 * namespace that has fewer running, or will have by then, comes first. Live executions and the others have room of their own.
 *
 * @param isCandidate which of the queued ones, `r`, have a place
 */
const placesOf = (mode: ExecutionRequest['mode'], isCandidate: SqlText): SqlText => sql`
    share AS (
      SELECT namespace, executions AS running FROM smartconnector.running_executions
      WHERE is_live = (${mode} = 'Live')),
    total AS (SELECT coalesce(sum(running), 0) AS running FROM share),
    waiting AS (
      SELECT r.uid, r.namespace, r.name, r.sequence,
        coalesce(s.running, 0) + row_number() OVER (PARTITION BY r.namespace ORDER BY r.sequence) AS place
      FROM smartconnector.execution_request r LEFT JOIN share s USING (namespace)
      WHERE r.state = 'Queued' AND (r.mode = 'Live') = (${mode} = 'Live') AND (${isCandidate}))`;

/** @param maxRunning how much room there is */
export async function readQueue(client: SqlClient, of: Queued, maxRunning: number): Promise<QueueState> {
  const { rows } = await client.query(sql`WITH ${queueTables(of)} SELECT ${queueColumns(of, maxRunning)}`);
  return rows[0] as unknown as QueueState;
}

/** As readQueue, together with the request as it is at that moment; null: it is none that waits. */
export async function findQueued(
  client: SqlClient,
  of: Queued,
  maxRunning: number,
): Promise<{ readonly request: ExecutionRequest; readonly queue: QueueState } | null> {
  const { rows } = await client.query(sql`
    WITH ${queueTables(of)},
    queue AS (SELECT ${queueColumns(of, maxRunning)})
    SELECT ${raw(REQUEST_COLUMNS)}, (SELECT row_to_json(queue) FROM queue) AS queue
    FROM smartconnector.execution_request WHERE uid = ${of.uid} AND state = 'Queued'`);
  if (rows[0] === undefined) return null;
  const { queue, ...request } = rows[0];
  return { request: asRequest(request), queue: queue as QueueState };
}

type Queued = Pick<ExecutionRequest, 'namespace' | 'connector' | 'sequence' | 'uid' | 'mode'>;

const queueTables = ({ namespace, connector, uid, mode }: Queued): SqlText => sql`
    open AS (
      SELECT uid, namespace, connector, name, mode, state, sequence FROM smartconnector.execution_request
      WHERE state <> 'Ended' AND namespace = ${namespace} AND connector = ${connector} AND mode = 'Live'),
    ${placesOf(mode, sql`r.reason = ${QUOTA_EXCEEDED} OR r.uid = ${uid}`)}`;

/** A QueueState, of the tables above. */
const queueColumns = ({ sequence, uid }: Queued, maxRunning: number): SqlText => sql`
      (SELECT count(*) FROM open WHERE state = 'Started')::int AS running,
      (SELECT name FROM open WHERE state = 'Started' ORDER BY sequence LIMIT 1) AS "runningName",
      (SELECT count(*) FROM open WHERE state = 'Queued' AND sequence < ${sequence}::bigint)::int AS ahead,
      (SELECT running FROM total)::int AS "runningTotal",
      CASE WHEN (SELECT running FROM total) >= ${maxRunning} THEN 0 ELSE
        (SELECT count(*) FROM waiting w JOIN waiting me ON me.uid = ${uid}
         WHERE (w.place, w.sequence) < (me.place, me.sequence)) END::int AS rivals`;

/** How many are called at once: more would only look, and wait again. */
const CALLED_AT_ONCE = 10;

/**
 * The executions that may start now that one has ended: the next ones of its connector, and as many as the cluster has room
 * for of those that wait for nothing else, in the order in which they get it.
 */
export async function listNext(
  client: SqlClient,
  { namespace, connector, mode }: Pick<ExecutionRequest, 'namespace' | 'connector' | 'mode'>,
  maxRunning: number,
): Promise<Key[]> {
  const { rows } = await client.query(sql`
    WITH ${placesOf(mode, sql`r.reason = ${QUOTA_EXCEEDED}`)}
    (SELECT namespace, name FROM smartconnector.execution_request
     WHERE state = 'Queued' AND ${mode} = 'Live' AND mode = 'Live' AND namespace = ${namespace} AND connector = ${connector}
     ORDER BY sequence LIMIT 3)
    UNION
    (SELECT namespace, name FROM waiting ORDER BY place, sequence
     LIMIT greatest(0, least(${CALLED_AT_ONCE}, ${maxRunning} - (SELECT running FROM total))))`);
  return rows as unknown as Key[];
}

/**
 * Counts anew how many executions run. Triggers keep the numbers as long as everything that changes executions fires them;
 * a restore of the data alone does not, and a number that is too high would keep room from everybody for ever.
 */
export async function recountRunning(pool: SqlPool): Promise<void> {
  await withShortTransaction(pool, 'running-recounted', async (client) => {
    // Whoever has changed a number commits before this goes on; who comes later adds to what is counted here.
    await client.query(sql`LOCK TABLE smartconnector.running_executions IN EXCLUSIVE MODE`);
    await client.query(sql`DELETE FROM smartconnector.running_executions`);
    await client.query(sql`
      INSERT INTO smartconnector.running_executions (namespace, is_live, executions)
      SELECT namespace, mode = 'Live', count(*) FROM smartconnector.execution_request
      WHERE state = 'Started' GROUP BY 1, 2`);
  });
}
