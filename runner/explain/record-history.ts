import type { ClientBase } from 'pg';
import {
  unexplainedFields,
  type FoundHistory,
  type RecordEvent,
  type RecordExecution,
  type RecordSource,
} from '../../core/explain/explain-record.ts';
import type { StepModel } from '../../core/model/connector.ts';
import type { ObjectModel } from '../../core/model/object.ts';
import type { FieldValues } from '../../core/model/outcome.ts';
import { buildRecordIds, readRecordOrigin } from '../../core/planner/record-id.ts';
import { decodeOutcomes } from '../load/outcomes.ts';
import { decodeRowStates } from '../load/row-states.ts';
import { recordIdSalt } from '../stages/run-facts.ts';

/** Executions whose checkpoints are searched by one query. */
const PAGE = 20;

const EXECUTION_COLUMNS = `e.id AS execution, e.connector, e.reverts, e.sequence::text AS sequence,
  to_char(e.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "startedAt"`;

type ExecutionRow = RecordExecution & { readonly sequence: string };

/**
 * Finds the execution that created a record by the record's id, which is made of the execution's start, the step and the
 * row: no search of outcomes. Null where no execution made it.
 */
export async function findCreator(client: ClientBase, object: ObjectModel, id: string): Promise<RecordSource | null> {
  const origin = readRecordOrigin(id);
  if (origin === null) return null;
  const { startMs, stepIndex, row } = origin;
  const result = await client.query<ExecutionRow & { step: StepModel | null }>(
    `SELECT ${EXECUTION_COLUMNS}, e.snapshot -> 'connector' -> 'steps' -> $3::int AS step
     FROM smartconnector.execution e
     WHERE e.namespace = $1 AND e.mode = 'Live' AND e.reverts IS NULL
       AND date_trunc('milliseconds', e.started_at) = $2::timestamptz`,
    [object.namespace, new Date(startMs).toISOString(), stepIndex],
  );
  for (const { sequence: _, step, ...execution } of result.rows) {
    if (row === 0 || step?.object.name !== object.name) continue;
    if (buildRecordIds(startMs, recordIdSalt(execution.execution), stepIndex)(row) !== id) continue;
    return { ...execution, scope: step.scope, step: step.name, row, rule: null, status: null, reason: null };
  }
  return null;
}

export interface HistoryRequest {
  readonly object: ObjectModel;
  /** As readRecords gives it, the system columns too. */
  readonly record: FieldValues;
  /** Events that are enough, once every value is explained. */
  readonly events: number;
  /** Executions that are searched at most. */
  readonly executions: number;
}

/**
 * Rows that reached a record, the newest first. Searched are the checkpoints of live executions, 22 bytes a row, by the
 * server, but for those that had ended before the record was made; the outcomes of a chunk are read only where the record
 * is in it. The search ends early when every value is explained and there are events enough.
 */
export async function findHistory(client: ClientBase, request: HistoryRequest): Promise<FoundHistory> {
  const { object, record } = request;
  const id = String(record['id']);
  const events: RecordEvent[] = [];
  let searched = 0;
  for await (const page of listExecutions(client, request)) {
    const room = request.executions - searched;
    for (const found of await searchExecutions(client, page.slice(0, room), id)) events.push(found);
    searched += page.length;
    if (searched > request.executions) return { events, complete: false };
    if (events.length < request.events) continue;
    if (unexplainedFields(object, record, events).length === 0) return { events, complete: false };
  }
  return { events, complete: true };
}

/** Live executions that may have reached the record, the newest first; the last one that wrote it before all others. */
async function* listExecutions(client: ClientBase, { object, record }: HistoryRequest): AsyncGenerator<ExecutionRow[]> {
  const writer = typeof record['execution_id'] === 'string' ? record['execution_id'] : null;
  const known = await client.query<ExecutionRow>(
    `SELECT ${EXECUTION_COLUMNS} FROM smartconnector.execution e WHERE e.id = $1`,
    [writer],
  );
  if (known.rows.length > 0) yield known.rows;
  for (let before = '9223372036854775807'; ;) {
    const page = await client.query<ExecutionRow>(
      `SELECT ${EXECUTION_COLUMNS} FROM smartconnector.execution e
       WHERE e.namespace = $1 AND e.mode = 'Live' AND e.sequence < $2 AND e.id IS DISTINCT FROM $3
         AND (e.ended_at IS NULL OR e.ended_at >= $4::timestamptz - interval '1 hour')
       ORDER BY e.sequence DESC LIMIT ${PAGE}`,
      [object.namespace, before, writer, record['created_at'] ?? '-infinity'],
    );
    const last = page.rows.at(-1);
    if (last === undefined) return;
    yield page.rows;
    before = last.sequence;
  }
}

/** Events of these executions, in their order, and in each from the last row written to the first. */
async function searchExecutions(
  client: ClientBase,
  executions: readonly ExecutionRow[],
  id: string,
): Promise<RecordEvent[]> {
  if (executions.length === 0) return [];
  const found = await client.query<{ execution: string; step: number; chunk: number }>(
    `SELECT execution_id AS execution, step, chunk FROM smartconnector.chunk
     WHERE execution_id = ANY ($1) AND position($2::bytea IN row_states) > 0 ORDER BY step DESC, chunk DESC`,
    [executions.map(({ execution }) => execution), Buffer.from(id.replaceAll('-', ''), 'hex')],
  );
  const events: RecordEvent[] = [];
  for (const { sequence: _, ...execution } of executions) {
    for (const { step, chunk } of found.rows.filter((one) => one.execution === execution.execution)) {
      const outcomes = await readChunkOutcomes(client, execution.execution, step, chunk, id);
      for (const outcome of outcomes) events.push({ ...execution, ...outcome });
    }
  }
  return events;
}

async function readChunkOutcomes(client: ClientBase, execution: string, step: number, chunk: number, id: string) {
  const { rows } = await client.query<{ row_states: Buffer; outcomes: Buffer }>(
    'SELECT row_states, outcomes FROM smartconnector.chunk WHERE execution_id = $1 AND step = $2 AND chunk = $3',
    [execution, step, chunk],
  );
  const [row] = rows;
  // The bytes may have been those of two neighbours.
  if (row === undefined || !decodeRowStates(row.row_states).some((state) => state.record === id)) return [];
  return (await decodeOutcomes(row.outcomes)).filter((outcome) => outcome.record === id).reverse();
}
