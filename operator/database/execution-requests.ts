import type { RunPhase } from '../../core/model/outcome.ts';
import type { SqlClient } from '../../runner/postgres/pool.ts';
import { raw, sql, type SqlText } from '../../runner/postgres/sql.ts';
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
  /** How many of them the database ended by being away: these do not count against the execution. */
  readonly outages: number;
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

/** What makes an ExecutionRequest of a row. */
export const REQUEST_COLUMNS = `uid, namespace, connector, name, mode, trigger, triggered_by AS "triggeredBy",
  ${time('scheduled_time')} AS "scheduledTime", sequence::text AS sequence, state, phase, reason, message,
  script_hash AS "scriptHash", attempts, outages, job, job_purpose AS purpose, ${time('not_before')} AS "notBefore",
  ${time('cancelled_at')} AS "cancelledAt", ${time('ended_at')} AS "endedAt"`;

/** Rows come from this module's own statements: their shape is the schema's. */
export const asRequest = (row: unknown): ExecutionRequest => row as ExecutionRequest;

/** What becomes of an execution of a slot that another one of its name has had. */
const SLOT_TAKEN = {
  phase: 'Skipped',
  reason: 'SlotTaken',
  message:
    'an execution of this name had this slot before, so this one does not run; ' +
    'create one of another name to load the slot again',
} as const;

/** What others wrote, such as the last words of a pod, may hold the one character that PostgreSQL does not store. */
const storable = (text: string): string => text.replaceAll('\0', '\u{FFFD}');
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? storable(part) : part));

/** Takes executions into the queue; see insertRequests. */
export async function addRequests(client: SqlClient, requests: readonly NewRequest[]): Promise<void> {
  await client.query(insertRequests(requests));
}

/**
 * What takes executions into the queue in the order given; one that is there already stays as it is. A slot is had once: an
 * execution of it that is created again, by hand or by a replica that slept, does not run.
 */
export const insertRequests = (requests: readonly NewRequest[]): SqlText => sql`
    INSERT INTO smartconnector.execution_request
      (uid, namespace, connector, name, mode, trigger, triggered_by, scheduled_time, state, phase, reason, message, ended_at)
    SELECT r.uid, r.namespace, r.connector, r.name, r.mode, r.trigger, r."triggeredBy", r."scheduledTime",
      CASE WHEN taken THEN 'Ended' ELSE r.state END, CASE WHEN taken THEN ${SLOT_TAKEN.phase} ELSE r.phase END,
      CASE WHEN taken THEN ${SLOT_TAKEN.reason} ELSE r.reason END,
      CASE WHEN taken THEN ${SLOT_TAKEN.message} ELSE r.message END,
      CASE WHEN taken OR r.state = 'Ended' THEN now() END
    FROM ROWS FROM (json_to_recordset(${toJson(requests)}::json) AS (uid text, namespace text, connector text,
      name text, mode text, trigger text, "triggeredBy" text, "scheduledTime" timestamptz, state text, phase text,
      reason text, message text)) WITH ORDINALITY AS r
    CROSS JOIN LATERAL (SELECT EXISTS (
      SELECT FROM smartconnector.execution_request had
      WHERE r.trigger = 'Schedule' AND had.trigger = 'Schedule' AND had.namespace = r.namespace AND had.name = r.name
        AND had.scheduled_time = r."scheduledTime" AND had.uid <> r.uid) AS taken) AS slot
    ORDER BY r.ordinality
    ON CONFLICT (uid) DO NOTHING`;

/** The request as a statement left it; null: it was not in the state that the statement is for. */
type Changed = Promise<ExecutionRequest | null>;

async function change(client: SqlClient, update: SqlText): Changed {
  const { rows } = await client.query(sql`${update} RETURNING ${raw(REQUEST_COLUMNS)}`);
  return rows[0] === undefined ? null : asRequest(rows[0]);
}

/** Notes why a queued execution waits. */
export const holdRequest = (client: SqlClient, uid: string, reason: string, message: string): Changed =>
  change(
    client,
    sql`
    UPDATE smartconnector.execution_request SET reason = ${reason}, message = ${storable(message)}
    WHERE uid = ${uid} AND state = 'Queued'`,
  );

export const markStarted = (client: SqlClient, uid: string, scriptHash: string): Changed =>
  change(
    client,
    sql`
    UPDATE smartconnector.execution_request
    SET state = 'Started', phase = 'Pending', reason = 'Started', message = 'its Job is being created',
      script_hash = ${scriptHash}, attempts = 1
    WHERE uid = ${uid} AND state = 'Queued'`,
  );

/** The current Job exists. */
export const noteJob = (client: SqlClient, uid: string, attempt: number, job: string): Changed =>
  change(
    client,
    sql`
    UPDATE smartconnector.execution_request SET job = ${job}
    WHERE uid = ${uid} AND attempts = ${attempt} AND state = 'Started'`,
  );

export interface NextJob {
  /** The number of the Job that it follows: nothing happens where another one was decided on already. */
  readonly after: number;
  readonly purpose: JobPurpose;
  readonly notBefore: Date;
  /** Whether the one before counts as an attempt. */
  readonly isCounted: boolean;
  readonly reason: string;
  readonly message: string;
}

export async function planNextJob(client: SqlClient, uid: string, next: NextJob): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution_request
    SET attempts = attempts + 1, outages = outages + ${next.isCounted ? 0 : 1}::int, job = NULL, job_purpose = ${next.purpose}, not_before = ${next.notBefore.toISOString()},
      reason = ${next.reason}, message = ${storable(next.message)}
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
    SET state = 'Ended', phase = ${end.phase}, reason = ${end.reason}, message = ${storable(end.message)}, ended_at = now()
    WHERE uid = ${uid} AND state <> 'Ended'`);
}

/** Requests of one name that have not ended. */
export async function listOpenRequests(
  client: SqlClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<ExecutionRequest[]> {
  const { rows } = await client.query(sql`
    SELECT ${raw(REQUEST_COLUMNS)} FROM smartconnector.execution_request r
    WHERE state <> 'Ended' AND namespace = ${namespace} AND name = ${name}
    ORDER BY r.sequence`);
  return rows.map(asRequest);
}

const PAGE_ROWS = 1000;

/** All requests that have not ended, oldest first, however many: those of a page may end before the next one is read. */
export async function* openRequests(client: SqlClient, pageRows = PAGE_ROWS): AsyncGenerator<ExecutionRequest> {
  let after = '0';
  for (let isLast = false; !isLast;) {
    const { rows } = await client.query(sql`
      SELECT ${raw(REQUEST_COLUMNS)} FROM smartconnector.execution_request r
      WHERE state <> 'Ended' AND r.sequence > ${after}::bigint
      ORDER BY r.sequence LIMIT ${pageRows}`);
    const page = rows.map(asRequest);
    yield* page;
    after = page.at(-1)?.sequence ?? after;
    isLast = page.length < pageRows;
  }
}
