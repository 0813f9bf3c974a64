import type { SqlClient } from '../../runner/postgres/pool.ts';
import { sql } from '../../runner/postgres/sql.ts';

/** How long files stay after their execution has ended and its resource is gone. */
export interface Retention {
  /** Inputs, and what SQL made of them. */
  readonly inputsMs: number;
  readonly reportsMs: number;
  /** The complete outcomes of every row. */
  readonly outcomesMs: number;
}

/** What resources of the cluster refer to; it stays. */
export interface Living {
  /** Null: these are the resources of all namespaces; else nothing of another namespace is removed. */
  readonly namespace: string | null;
  readonly executionUids: readonly string[];
  /** Stored files that executions name as their input. */
  readonly artifacts: readonly string[];
  readonly connectorUids: readonly string[];
}

export interface Pruned {
  readonly artifacts: number;
  readonly validations: number;
  readonly slots: number;
}

const DAY_MS = 86_400_000;
/** Every slot is decided once; that it was is told by how far its schedule is, long before this. */
const SLOTS_MS = 90 * DAY_MS;
/** Of connectors that are gone, and those that nobody answered. */
const VALIDATIONS_MS = 7 * DAY_MS;
/** In one transaction: a file has up to some hundred pieces. */
const BATCH = 100;

/** Removes what has been kept long enough. In small transactions: one that is broken off has done its part. */
export async function pruneStored(client: SqlClient, living: Living, retention: Retention, now: Date): Promise<Pruned> {
  const agreed = await readEarlier(client, now);
  return {
    artifacts: await pruneArtifacts(client, living, retention, agreed),
    validations: await pruneValidations(client, living, agreed),
    slots: await pruneSlots(client, living, agreed),
  };
}

/** Two clocks have to agree: one that is years ahead for a moment must not remove for good what is kept for months. */
async function readEarlier(client: SqlClient, now: Date): Promise<Date> {
  const { rows } = await client.query(sql`SELECT extract(epoch FROM now())::text AS seconds`);
  return new Date(Math.min(now.getTime(), Number(rows[0]?.['seconds']) * 1000));
}

/** Not before 1970, when nothing was stored: a time that is meant to be for ever leads to dates that PostgreSQL has not. */
const before = (now: Date, ms: number): string => new Date(Math.max(0, now.getTime() - ms)).toISOString();

/** Repeats a statement until it finds less than a whole batch. */
async function inBatches(run: () => Promise<number>): Promise<number> {
  for (let total = 0; ;) {
    const count = await run();
    total += count;
    if (count < BATCH) return total;
  }
}

/**
 * The time of a file counts from the end of its execution; that of an upload from the end of the last execution that read it,
 * and where none did, from when it came.
 */
async function pruneArtifacts(client: SqlClient, living: Living, retention: Retention, now: Date): Promise<number> {
  const { namespace, executionUids, artifacts } = living;
  return inBatches(async () => {
    const { rows } = await client.query(sql`
      WITH limits (kind, until) AS (VALUES
        ('Input', ${before(now, retention.inputsMs)}::timestamptz),
        ('Scope', ${before(now, retention.inputsMs)}::timestamptz),
        ('Report', ${before(now, retention.reportsMs)}::timestamptz),
        ('Outcomes', ${before(now, retention.outcomesMs)}::timestamptz),
        ('OutcomeIndex', ${before(now, retention.outcomesMs)}::timestamptz)),
      old AS (
        SELECT a.id FROM smartconnector.artifact a JOIN limits l USING (kind)
        WHERE a.created_at < l.until
          AND (${namespace}::text IS NULL OR a.namespace = ${namespace})
          AND a.id <> ALL (${artifacts}::text[])
          AND NOT EXISTS (
            SELECT FROM smartconnector.execution e WHERE e.id = a.execution_id
              AND (e.ended_at IS NULL OR e.ended_at >= l.until OR e.id = ANY (${executionUids}::text[])))
          AND NOT EXISTS (
            SELECT FROM smartconnector.execution e WHERE e.input_artifact = a.id
              AND (e.ended_at IS NULL OR e.ended_at >= l.until OR e.id = ANY (${executionUids}::text[])))
        LIMIT ${BATCH}),
      pieces AS (DELETE FROM smartconnector.artifact_piece WHERE artifact IN (SELECT id FROM old))
      DELETE FROM smartconnector.artifact WHERE id IN (SELECT id FROM old) RETURNING id`);
    return rows.length;
  });
}

/** Each holds a connector with its sample. */
async function pruneValidations(
  client: SqlClient,
  { namespace, connectorUids, executionUids }: Living,
  now: Date,
): Promise<number> {
  return inBatches(async () => {
    const { rowCount } = await client.query(sql`
      DELETE FROM smartconnector.validation WHERE id IN (
        SELECT id FROM smartconnector.validation
        WHERE created_at < ${before(now, VALIDATIONS_MS)}
          AND (${namespace}::text IS NULL OR namespace = ${namespace})
          AND id <> ALL (${executionUids}::text[])
          AND (state = 'Requested' OR connector_uid <> ALL (${connectorUids}::text[]))
        LIMIT ${BATCH})`);
    return rowCount;
  });
}

async function pruneSlots(client: SqlClient, { namespace }: Living, now: Date): Promise<number> {
  return inBatches(async () => {
    const { rowCount } = await client.query(sql`
      DELETE FROM smartconnector.schedule_slot WHERE (namespace, connector, slot) IN (
        SELECT s.namespace, s.connector, s.slot
        FROM smartconnector.schedule_slot s JOIN smartconnector.schedule c USING (namespace, connector)
        WHERE s.slot < least(${before(now, SLOTS_MS)}, c.handled_until) AND s.state <> 'Claimed'
          AND (${namespace}::text IS NULL OR s.namespace = ${namespace})
        LIMIT ${BATCH})`);
    return rowCount;
  });
}
