import type { SqlClient } from '../../runner/postgres/pool.ts';
import { sql } from '../../runner/postgres/sql.ts';
import type { ExecutionRequest } from './execution-requests.ts';

/** What stands before an execution that is queued. */
export interface QueueState {
  /** Live executions of its connector that have started and not ended. */
  readonly running: number;
  /** The oldest of them. */
  readonly runningName: string | null;
  /** Live executions of its connector that were seen before it and wait. */
  readonly ahead: number;
  /** Executions of all connectors that have started and not ended. */
  readonly runningTotal: number;
  /**
   * Executions that wait for nothing but room in the cluster and come first: of a namespace that has fewer running, or
   * as many and the execution was seen earlier.
   */
  readonly rivals: number;
}

/** The reason of an execution that waits for room in the cluster. */
export const QUOTA_EXCEEDED = 'QuotaExceeded';

export async function readQueue(client: SqlClient, request: ExecutionRequest): Promise<QueueState> {
  const { namespace, connector, sequence, uid } = request;
  const { rows } = await client.query(sql`
    WITH open AS (SELECT * FROM smartconnector.execution_request WHERE state <> 'Ended'),
    mine AS (SELECT * FROM open WHERE namespace = ${namespace} AND connector = ${connector} AND mode = 'Live'),
    share AS (SELECT namespace, count(*) AS running FROM open WHERE state = 'Started' GROUP BY namespace),
    own AS (SELECT coalesce((SELECT running FROM share WHERE namespace = ${namespace}), 0) AS running)
    SELECT
      (SELECT count(*) FROM mine WHERE state = 'Started')::int AS running,
      (SELECT name FROM mine WHERE state = 'Started' ORDER BY sequence LIMIT 1) AS "runningName",
      (SELECT count(*) FROM mine WHERE state = 'Queued' AND sequence < ${sequence}::bigint)::int AS ahead,
      (SELECT coalesce(sum(running), 0) FROM share)::int AS "runningTotal",
      (SELECT count(*) FROM open o LEFT JOIN share s USING (namespace), own
       WHERE o.state = 'Queued' AND o.reason = ${QUOTA_EXCEEDED} AND o.uid <> ${uid}
         AND (coalesce(s.running, 0), o.sequence) < (own.running, ${sequence}::bigint))::int AS rivals`);
  return rows[0] as unknown as QueueState;
}
