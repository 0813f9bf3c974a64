import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { RunPhase } from '../../core/model/outcome.ts';
import type { RunResult } from '../../core/model/run-result.ts';
import type { SqlClient } from '../../runner/postgres/pool.ts';
import { sql } from '../../runner/postgres/sql.ts';
import type { ExecutionMode } from './execution-requests.ts';

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
  return mode === 'Validate' ? readValidation(client, uid) : readRun(client, uid);
}

const ISO = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

async function readRun(client: SqlClient, uid: string): Promise<StoredRun | null> {
  const { rows } = await client.query(sql`
    SELECT phase, attempt, cancel_requested AS "cancelRequested", progress, result, '[]'::json AS faults,
      to_char(started_at AT TIME ZONE 'UTC', ${ISO}) AS "startedAt",
      to_char(ended_at AT TIME ZONE 'UTC', ${ISO}) AS "endedAt",
      coalesce((SELECT json_agg(source ->> 'secret')
        FROM json_array_elements(snapshot -> 'connector' -> 'externalSources') AS source), '[]'::json) AS "sourceSecrets",
      input_artifact IS NOT NULL AS "hasInput",
      EXISTS (SELECT FROM smartconnector.artifact a
        WHERE a.execution_id = e.id AND a.complete AND a.kind = 'Report') AS "hasReport",
      EXISTS (SELECT FROM smartconnector.artifact a
        WHERE a.execution_id = e.id AND a.complete AND a.kind = 'Outcomes') AS "hasOutcomes"
    FROM smartconnector.execution e WHERE id = ${uid}`);
  return rows[0] === undefined ? null : (rows[0] as unknown as StoredRun);
}

async function readValidation(client: SqlClient, uid: string): Promise<StoredRun | null> {
  const { rows } = await client.query(sql`
    SELECT CASE state WHEN 'Passed' THEN 'Succeeded' WHEN 'Failed' THEN 'Failed' ELSE 'Pending' END AS phase,
      0 AS attempt, false AS "cancelRequested", NULL::json AS progress, NULL::json AS result,
      coalesce(faults, '[]'::json) AS faults,
      to_char(created_at AT TIME ZONE 'UTC', ${ISO}) AS "startedAt",
      to_char(ended_at AT TIME ZONE 'UTC', ${ISO}) AS "endedAt",
      coalesce((SELECT json_agg(source ->> 'secret')
        FROM json_array_elements(snapshot -> 'externalSources') AS source), '[]'::json) AS "sourceSecrets",
      false AS "hasInput", false AS "hasReport", false AS "hasOutcomes"
    FROM smartconnector.validation WHERE id = ${uid}`);
  return rows[0] === undefined ? null : (rows[0] as unknown as StoredRun);
}

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

/** Ends a run whose resource is being taken away and whose pods can no longer be had: what was committed stays. */
export async function abandonRun(client: SqlClient, uid: string, now: Date): Promise<void> {
  await client.query(sql`
    UPDATE smartconnector.execution
    SET phase = 'Cancelled', cancel_requested = true, attempt = attempt + 1, ended_at = ${now.toISOString()}
    WHERE id = ${uid} AND ended_at IS NULL`);
}
