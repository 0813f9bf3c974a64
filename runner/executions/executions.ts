import type { ClientBase } from 'pg';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { ObjectModel } from '../../core/model/object.ts';
import type { RunMode, RunPhase } from '../../core/model/outcome.ts';
import type { IntakeResult, SqlResult } from '../../core/model/stages.ts';
import type { RunResult } from '../../core/model/run-result.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { durably, type FaultPoint } from '../faults/fault-point.ts';

/** What is frozen when an execution starts: later edits of the manifests do not touch it. */
export interface Snapshot {
  readonly connector: ConnectorModel;
  readonly objects: readonly ObjectModel[];
}

/** One execution as PostgreSQL holds it, the system of record. */
export interface Execution {
  readonly id: string;
  readonly namespace: string;
  readonly connector: string;
  readonly mode: RunMode;
  readonly phase: RunPhase;
  /** The fencing token: a process that holds an older one may not write any more. */
  readonly attempt: number;
  /** The command that made the attempt; null before commands had names. */
  readonly holder: string | null;
  readonly diffCheck: boolean;
  readonly chunkRows: number;
  readonly snapshot: Snapshot;
  /** Of its custom resource; null for one that has none. */
  readonly name: string | null;
  readonly connectorUid: string | null;
  readonly inputName: string | null;
  /** The input in PostgreSQL; null where there is none, or it is a file. */
  readonly inputArtifact: string | null;
  readonly triggeredBy: string | null;
  /** The execution that this one reverts; null for a run. */
  readonly reverts: string | null;
  /** ISO 8601, UTC, milliseconds. */
  readonly scheduledTime: string | null;
  /** Order of creation, over all connectors; where they run one after another, the order in which they did. */
  readonly sequence: string;
  /** Whether others of its connector ran after it had begun to write and before it ended. */
  readonly overtaken: boolean;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly intake: IntakeResult | null;
  readonly scopes: SqlResult | null;
  readonly result: RunResult | null;
}

/** What makes an Execution of a row. */
export const COLUMNS = `id, namespace, connector, mode, phase, attempt, holder, diff_check AS "diffCheck", chunk_rows AS "chunkRows",
  name, connector_uid AS "connectorUid", snapshot, input_name AS "inputName", input_artifact AS "inputArtifact", triggered_by AS "triggeredBy", reverts, overtaken,
  to_char(scheduled_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "scheduledTime", sequence::text AS sequence,
  to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "startedAt",
  to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "endedAt", intake, scopes, result`;

export type NewExecution = Pick<
  Execution,
  'id' | 'mode' | 'diffCheck' | 'chunkRows' | 'snapshot' | 'inputName' | 'triggeredBy' | 'scheduledTime' | 'startedAt'
> &
  Partial<Pick<Execution, 'reverts' | 'holder' | 'name' | 'connectorUid' | 'inputArtifact'>> & {
    /** Pending: nobody makes an attempt yet; the first one sets Running, and the time at which it started. */
    readonly phase?: Extract<RunPhase, 'Pending' | 'Running'>;
  };

/**
 * Creates an execution: one that is running its first attempt, or one that waits for it.
 *
 * @throws AppError `ExecutionExists` where another command created it in the same moment
 */
export async function insertExecution(client: ClientBase, execution: NewExecution): Promise<Execution> {
  const { connector } = execution.snapshot;
  const phase = execution.phase ?? 'Running';
  const result = await durably('execution', () =>
    client.query<Execution>(
      `INSERT INTO smartconnector.execution
       (id, namespace, connector, mode, diff_check, chunk_rows, snapshot, input_name, triggered_by, scheduled_time, started_at, reverts, holder,
        phase, attempt, name, connector_uid, input_artifact)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
     ON CONFLICT (id) DO NOTHING RETURNING ${COLUMNS}`,
      [
        execution.id,
        connector.namespace,
        connector.name,
        execution.mode,
        execution.diffCheck,
        execution.chunkRows,
        JSON.stringify(execution.snapshot),
        execution.inputName,
        execution.triggeredBy,
        execution.scheduledTime,
        execution.startedAt,
        execution.reverts ?? null,
        execution.holder ?? null,
        phase,
        phase === 'Pending' ? 0 : 1,
        execution.name ?? null,
        execution.connectorUid ?? null,
        execution.inputArtifact ?? null,
      ],
    ),
  );
  const [row] = result.rows;
  if (row !== undefined) return row;
  throw new AppError({
    code: 'ExecutionExists',
    class: 'terminal',
    message: `execution ${execution.id} was started by another command in the same moment; choose another id, or give the command again to take it over`,
  });
}

/** The execution, or null where there is none of this id. */
export async function findExecution(client: ClientBase, id: string): Promise<Execution | null> {
  const result = await client.query<Execution>(`SELECT ${COLUMNS} FROM smartconnector.execution WHERE id = $1`, [id]);
  return result.rows[0] ?? null;
}

/**
 * Puts an execution behind every later one of its connector, which may have run before it: what it writes from now on is
 * the newest. Nothing to do where there is none.
 */
export async function takePlace(client: ClientBase, execution: Execution): Promise<Execution> {
  const result = await durably('place', () =>
    client.query<Execution>(
      `UPDATE smartconnector.execution e SET sequence = DEFAULT,
       overtaken = overtaken OR EXISTS (SELECT FROM smartconnector.chunk c WHERE c.execution_id = e.id)
     WHERE id = $1 AND attempt = $2 AND ended_at IS NULL AND EXISTS (
       SELECT FROM smartconnector.execution later
       WHERE later.namespace = e.namespace AND later.connector = e.connector AND later.mode = 'Live'
         AND later.sequence > e.sequence)
     RETURNING ${COLUMNS}`,
      [execution.id, execution.attempt],
    ),
  );
  return result.rows[0] ?? execution;
}

/** Whether a later execution of the connector has begun to load. */
export async function hasLaterLoads(client: ClientBase, execution: Execution): Promise<boolean> {
  const result = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM smartconnector.execution WHERE namespace = $1 AND connector = $2 AND mode = 'Live'
       AND sequence > $3 AND scopes IS NOT NULL) AS found`,
    [execution.namespace, execution.connector, execution.sequence],
  );
  return result.rows[0]?.found === true;
}

/** The newest executions first. */
export async function listExecutions(
  client: ClientBase,
  limit: number,
  connector: string | null,
): Promise<Execution[]> {
  const result = await client.query<Execution>(
    `SELECT ${COLUMNS} FROM smartconnector.execution e WHERE $2::text IS NULL OR connector = $2
     ORDER BY e.sequence DESC LIMIT $1`,
    [limit, connector],
  );
  return result.rows;
}

/**
 * Live executions of the same connector, in order, whose work the diff baseline does not have yet: those after
 * `foldedSequence` and up to `last`, reverts among them. Whatever came before the last full pass without a diff check
 * does not matter.
 */
export async function listForBaseline(
  client: ClientBase,
  execution: Execution,
  foldedSequence: bigint,
  last: bigint,
): Promise<Execution[]> {
  const result = await client.query<Execution>(
    `SELECT ${COLUMNS} FROM smartconnector.execution e
     WHERE namespace = $1 AND connector = $2 AND mode = 'Live' AND scopes IS NOT NULL
       AND sequence > $3 AND sequence <= $4
       AND sequence >= coalesce((
         SELECT max(sequence) FROM smartconnector.execution f
         WHERE f.namespace = $1 AND f.connector = $2 AND f.mode = 'Live' AND NOT f.diff_check AND f.reverts IS NULL
           AND f.phase IN ('Succeeded', 'PartialSuccess') AND f.sequence <= $4), 0)
     ORDER BY e.sequence`,
    [execution.namespace, execution.connector, String(foldedSequence), String(last)],
  );
  return result.rows;
}

export async function storeIntake(client: ClientBase, execution: Execution, intake: IntakeResult): Promise<void> {
  await updateFenced(client, 'intake', execution, 'intake = $3', [JSON.stringify(intake)]);
}

/**
 * From here on SQL never runs again for this execution.
 *
 * @param publish gives files their names; called while no other attempt can begin
 */
export async function storeScopes(
  client: ClientBase,
  execution: Execution,
  scopes: SqlResult,
  publish?: Publish,
): Promise<void> {
  await updateFenced(client, 'scopes', execution, 'scopes = $3', [JSON.stringify(scopes)], publish);
}

/** @param publish as of storeScopes */
export async function endExecution(
  client: ClientBase,
  execution: Execution,
  result: RunResult,
  endedAt: string,
  publish?: Publish,
): Promise<void> {
  const values = [JSON.stringify(result), result.phase, endedAt];
  await updateFenced(client, 'result', execution, 'result = $3, phase = $4, ended_at = $5', values, publish);
}

/** Asks a running execution to stop at its next chunk. */
export async function requestCancel(client: ClientBase, id: string): Promise<void> {
  await durably('cancel', () =>
    client.query('UPDATE smartconnector.execution SET cancel_requested = true WHERE id = $1 AND ended_at IS NULL', [
      id,
    ]),
  );
}

/**
 * Holds the execution for the rest of the transaction and tells whether it is to be cancelled. KEY SHARE keeps out only who
 * takes FOR UPDATE: those that take the execution over or close it. Others may ask it to stop, and say how far it is, while a
 * chunk waits for something.
 *
 * @param hasEnded whether this attempt has stored its result
 * @throws AppError `Superseded` where a newer attempt has taken over
 */
export async function checkFence(
  client: ClientBase,
  execution: Execution,
  hasEnded = false,
): Promise<{ cancelRequested: boolean }> {
  const result = await client.query<{ attempt: number; cancel: boolean; ended: boolean }>(
    `SELECT attempt, cancel_requested AS cancel, ended_at IS NOT NULL AS ended
     FROM smartconnector.execution WHERE id = $1 FOR KEY SHARE`,
    [execution.id],
  );
  const row = result.rows[0];
  if (row?.attempt !== execution.attempt || row.ended !== hasEnded) throw superseded(execution);
  return { cancelRequested: row.cancel };
}

/** Gives files that are whole their names. */
export type Publish = () => Promise<void>;

async function updateFenced(
  client: ClientBase,
  point: FaultPoint,
  execution: Execution,
  assignments: string,
  values: readonly unknown[],
  publish: Publish = () => Promise.resolve(),
): Promise<void> {
  await client.query('BEGIN');
  try {
    const result = await client.query(
      `UPDATE smartconnector.execution SET ${assignments} WHERE id = $1 AND attempt = $2 AND ended_at IS NULL`,
      [execution.id, execution.attempt, ...values],
    );
    if (result.rowCount !== 1) throw superseded(execution);
    await publish();
    await durably(point, () => client.query('COMMIT'));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** What ends an attempt that lost its token. */
export function superseded(execution: Execution, cause?: unknown): AppError {
  return new AppError({
    code: 'Superseded',
    class: 'waiting',
    message: `execution ${execution.id}: attempt ${execution.attempt} was taken over by a newer attempt, so it stopped and wrote nothing more; see "smartconnector executions"`,
    cause,
  });
}
