import type { Logger } from 'pino';
import { AppError, type FaultDetail } from '../../core/errors/app-error.ts';
import type { RunPhase } from '../../core/model/outcome.ts';
import type { RunError, RunResult } from '../../core/model/run-result.ts';
import { closeExecution } from '../../runner/container/close-execution.ts';
import type { Execution } from '../../runner/executions/executions.ts';
import type { SqlClient, SqlPool } from '../../runner/postgres/pool.ts';
import { raw, sql, type SqlText } from '../../runner/postgres/sql.ts';
import { parseRun } from './parse-run.ts';
import { asRequest, REQUEST_COLUMNS, type ExecutionMode, type ExecutionRequest } from './execution-requests.ts';
import { withShortTransaction } from './short-transaction.ts';

export interface RunProgress {
  readonly stage?: string;
  readonly step?: string | null;
  readonly rowsDone?: number;
  readonly rowsTotal?: number;
}

/** What the runner stored of an execution: the system of record. */
export interface StoredRun {
  readonly phase: RunPhase;
  /** 0: no attempt has begun, so nothing was done. */
  readonly attempt: number;
  readonly cancelRequested: boolean;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly progress: RunProgress | null;
  readonly result: RunResult | null;
  /** Of a validation. */
  readonly faults: readonly FaultDetail[];
  readonly sourceSecrets: readonly string[];
  readonly hasInput: boolean;
  readonly hasReport: boolean;
  readonly hasOutcomes: boolean;
}

export async function readStoredRun(client: SqlClient, uid: string, mode: ExecutionMode): Promise<StoredRun | null> {
  const id = sql`${uid}`;
  const { rows } = await client.query(mode === 'Validate' ? selectValidation(id) : selectRun(id));
  return rows[0] === undefined ? null : parseRun(rows[0]);
}

/** What the operator and the runner know of an execution, at one moment. */
export async function findRequestAndRun(
  client: SqlClient,
  uid: string,
): Promise<{ readonly request: ExecutionRequest; readonly run: StoredRun | null } | null> {
  const id = raw('r.uid');
  const { rows } = await client.query(sql`
    SELECT ${raw(REQUEST_COLUMNS)}, CASE WHEN state = 'Queued' THEN NULL
      WHEN mode = 'Validate' THEN (SELECT row_to_json(one) FROM (${selectValidation(id)}) one)
      ELSE (SELECT row_to_json(one) FROM (${selectRun(id)}) one) END AS run
    FROM smartconnector.execution_request r WHERE uid = ${uid}`);
  if (rows[0] === undefined) return null;
  const { run, ...request } = rows[0];
  return { request: asRequest(request), run: run === null ? null : parseRun(run as Readonly<Record<string, unknown>>) };
}

/** What is stored of a run that was created just now. */
export const begunRun = ({ snapshot, startedAt, inputArtifact }: Execution): StoredRun => ({
  phase: 'Pending',
  attempt: 0,
  cancelRequested: false,
  startedAt,
  endedAt: null,
  progress: null,
  result: null,
  faults: [],
  sourceSecrets: snapshot.connector.externalSources.map(({ secret }) => secret),
  hasInput: inputArtifact !== null,
  hasReport: false,
  hasOutcomes: false,
});

/** More than any result has; what is larger was not written by a runner, and must not fill the memory of the operator. */
const LARGEST_BYTES = 1024 ** 2;

const bounded = (column: string): SqlText =>
  sql`CASE WHEN octet_length(${raw(column)}::text) <= ${LARGEST_BYTES}::int THEN ${raw(column)} END`;

/** @param sources where a snapshot has its external sources */
const secretsOf = (sources: string): SqlText => sql`
      CASE WHEN json_typeof(${raw(sources)}) = 'array' THEN (
        SELECT json_agg(source ->> 'secret') FROM (
          SELECT source FROM json_array_elements(${raw(sources)}) AS source LIMIT 100) AS few) END AS "sourceSecrets"`;

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

const selectRun = (id: SqlText): SqlText => sql`
    SELECT phase, attempt, cancel_requested AS "cancelRequested", ${bounded('progress')} AS progress,
      ${bounded('result')} AS result, '[]'::json AS faults,
      to_char(started_at AT TIME ZONE 'UTC', ${raw(ISO)}) AS "startedAt",
      to_char(ended_at AT TIME ZONE 'UTC', ${raw(ISO)}) AS "endedAt",
      ${secretsOf("snapshot -> 'connector' -> 'externalSources'")},
      input_artifact IS NOT NULL AS "hasInput",
      EXISTS (SELECT FROM smartconnector.artifact a
        WHERE a.execution_id = e.id AND a.complete AND a.kind = 'Report') AS "hasReport",
      EXISTS (SELECT FROM smartconnector.artifact a
        WHERE a.execution_id = e.id AND a.complete AND a.kind = 'Outcomes') AS "hasOutcomes"
    FROM smartconnector.execution e WHERE id = ${id}`;

const selectValidation = (id: SqlText): SqlText => sql`
    SELECT CASE state WHEN 'Passed' THEN 'Succeeded' WHEN 'Failed' THEN 'Failed' ELSE 'Pending' END AS phase,
      0 AS attempt, false AS "cancelRequested", NULL::json AS progress, NULL::json AS result,
      ${bounded('faults')} AS faults,
      to_char(created_at AT TIME ZONE 'UTC', ${raw(ISO)}) AS "startedAt",
      to_char(ended_at AT TIME ZONE 'UTC', ${raw(ISO)}) AS "endedAt",
      ${secretsOf("snapshot -> 'externalSources'")},
      false AS "hasInput", false AS "hasReport", false AS "hasOutcomes"
    FROM smartconnector.validation WHERE id = ${id}`;

/**
 * Ends a run of which no attempt has begun: nothing was done. Whether it did; a Job that begins later is refused.
 */
export async function endUnbegun(client: SqlClient, uid: string, end: RunResult, now: Date): Promise<boolean> {
  const { rowCount } = await client.query(sql`
    UPDATE smartconnector.execution
    SET phase = ${end.phase}, result = ${JSON.stringify(end)}::json, ended_at = ${now.toISOString()}
    WHERE id = ${uid} AND attempt = 0 AND ended_at IS NULL`);
  return rowCount === 1;
}

/**
 * Ends a run that no pod can end any more; an attempt that still runs loses its token. What was committed stays, and is
 * counted.
 *
 * @param error null: it was cancelled
 */
export async function closeRun(
  { pool, log }: { readonly pool: SqlPool; readonly log: Logger },
  uid: string,
  error: RunError | null,
  now: Date,
): Promise<void> {
  try {
    await withShortTransaction(pool, 'abandoned', ({ pg }) => closeExecution(pg, uid, error, now));
  } catch (fault) {
    if (fault instanceof AppError && fault.class !== 'terminal') throw fault;
    log.error({ executionId: uid, err: fault }, 'what a run did cannot be counted, and it is ended without');
    await closeUncounted(pool, uid, error === null ? 'Cancelled' : 'Failed', now);
  }
}

/** Of a run whose rows are not what runners write, there is nothing to count; but it must not hold its place for good. */
async function closeUncounted(pool: SqlPool, uid: string, phase: RunPhase, now: Date): Promise<void> {
  const close = sql`
    UPDATE smartconnector.execution
    SET phase = ${phase}, cancel_requested = true, attempt = attempt + 1, ended_at = ${now.toISOString()}
    WHERE id = ${uid} AND ended_at IS NULL`;
  await withShortTransaction(pool, 'abandoned', (connection) => connection.query(close));
}
