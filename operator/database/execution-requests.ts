import type { RunPhase } from '../../core/model/outcome.ts';
import type { SqlClient } from '../../runner/postgres/pool.ts';
import { raw, sql } from '../../runner/postgres/sql.ts';
import type { JobPurpose } from '../jobs/run-job.ts';

export type ExecutionMode = 'Live' | 'DryRun' | 'Validate';

/** What the operator knows of an execution, from the moment it saw it; what the runner did is in another row. */
export interface ExecutionRequest {
  readonly uid: string;
  readonly namespace: string;
  readonly connector: string;
  readonly name: string;
  readonly mode: ExecutionMode;
  readonly trigger: string;
  readonly triggeredBy: string | null;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string | null;
  /** The order in which executions were seen, over all connectors. */
  readonly sequence: string;
  readonly state: 'Queued' | 'Started' | 'Ended';
  /** Of a queued or ended one; what a started one is in is in the row of its run. */
  readonly phase: RunPhase;
  /** Why it waits, or how it ended. */
  readonly reason: string;
  readonly message: string;
  /** Of the connector as it was frozen. */
  readonly scriptHash: string | null;
  /** The number of its current Job; 0 before the first one. */
  readonly attempts: number;
  /** The current Job, once it is known to have been created. */
  readonly job: string | null;
  readonly purpose: JobPurpose;
  /** The next Job is not created before. */
  readonly notBefore: string | null;
  readonly cancelledAt: string | null;
  readonly endedAt: string | null;
}

export type NewRequest = Pick<
  ExecutionRequest,
  | 'uid'
  | 'namespace'
  | 'connector'
  | 'name'
  | 'mode'
  | 'trigger'
  | 'triggeredBy'
  | 'scheduledTime'
  | 'state'
  | 'phase'
  | 'reason'
  | 'message'
>;

const time = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const COLUMNS = `uid, namespace, connector, name, mode, trigger, triggered_by AS "triggeredBy",
  ${time('scheduled_time')} AS "scheduledTime", sequence::text AS sequence, state, phase, reason, message,
  script_hash AS "scriptHash", attempts, job, job_purpose AS purpose, ${time('not_before')} AS "notBefore",
  ${time('cancelled_at')} AS "cancelledAt", ${time('ended_at')} AS "endedAt"`;

/** Rows come from this module's own statements: their shape is the schema's. */
const asRequest = (row: unknown): ExecutionRequest => row as ExecutionRequest;

export async function findRequest(client: SqlClient, uid: string): Promise<ExecutionRequest | null> {
  const { rows } = await client.query(
    sql`SELECT ${raw(COLUMNS)} FROM smartconnector.execution_request WHERE uid = ${uid}`,
  );
  return rows[0] === undefined ? null : asRequest(rows[0]);
}

/** Takes executions into the queue in the order given; one that is there already stays as it is. */
export async function addRequests(client: SqlClient, requests: readonly NewRequest[]): Promise<void> {
  await client.query(sql`
    INSERT INTO smartconnector.execution_request
      (uid, namespace, connector, name, mode, trigger, triggered_by, scheduled_time, state, phase, reason, message, ended_at)
    SELECT r.uid, r.namespace, r.connector, r.name, r.mode, r.trigger, r."triggeredBy", r."scheduledTime", r.state, r.phase,
      r.reason, r.message, CASE WHEN r.state = 'Ended' THEN now() END
    FROM ROWS FROM (json_to_recordset(${JSON.stringify(requests)}::json) AS (uid text, namespace text, connector text,
      name text, mode text, trigger text, "triggeredBy" text, "scheduledTime" timestamptz, state text, phase text,
      reason text, message text)) WITH ORDINALITY AS r
    ORDER BY r.ordinality
    ON CONFLICT (uid) DO NOTHING`);
}

/** Notes why a queued execution waits. */
export async function holdRequest(client: SqlClient, uid: string, reason: string, message: string): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution_request SET reason = ${reason}, message = ${message}
    WHERE uid = ${uid} AND state = 'Queued'`);
}

export async function markStarted(client: SqlClient, uid: string, scriptHash: string): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution_request
    SET state = 'Started', phase = 'Pending', reason = 'Started', message = 'its Job is being created',
      script_hash = ${scriptHash}, attempts = 1
    WHERE uid = ${uid} AND state = 'Queued'`);
}

/** The current Job exists. */
export async function noteJob(client: SqlClient, uid: string, attempt: number, job: string): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution_request SET job = ${job}
    WHERE uid = ${uid} AND attempts = ${attempt} AND state = 'Started'`);
}

export interface NextJob {
  /** The number of the Job that it follows: nothing happens where another one was decided on already. */
  readonly after: number;
  readonly purpose: JobPurpose;
  readonly notBefore: Date;
  readonly reason: string;
  readonly message: string;
}

export async function planNextJob(client: SqlClient, uid: string, next: NextJob): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution_request
    SET attempts = attempts + 1, job = NULL, job_purpose = ${next.purpose}, not_before = ${next.notBefore.toISOString()},
      reason = ${next.reason}, message = ${next.message}
    WHERE uid = ${uid} AND attempts = ${next.after} AND state = 'Started'`);
}

export async function noteCancelled(client: SqlClient, uid: string): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution_request SET cancelled_at = coalesce(cancelled_at, now())
    WHERE uid = ${uid} AND state <> 'Ended'`);
}

/** The first word holds. */
export async function endRequest(
  client: SqlClient,
  uid: string,
  end: { readonly phase: RunPhase; readonly reason: string; readonly message: string },
): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution_request
    SET state = 'Ended', phase = ${end.phase}, reason = ${end.reason}, message = ${end.message}, ended_at = now()
    WHERE uid = ${uid} AND state <> 'Ended'`);
}

/** Requests that have not ended, of one name, or of all. */
export async function listOpenRequests(
  client: SqlClient,
  of: { readonly namespace: string; readonly name: string } | null,
): Promise<ExecutionRequest[]> {
  const { rows } = await client.query(sql`
    SELECT ${raw(COLUMNS)} FROM smartconnector.execution_request
    WHERE state <> 'Ended'
      AND (${of === null} OR (namespace = ${of?.namespace ?? ''} AND name = ${of?.name ?? ''}))
    ORDER BY sequence LIMIT 10000`);
  return rows.map(asRequest);
}
