import type { ClientBase } from 'pg';
import { durably } from '../faults/fault-point.ts';

/** Any number; every process that changes the control schema takes this advisory lock first. */
const MIGRATION_LOCK = 7_205_301_114;

/**
 * The schema `smartconnector` holds what executions did; records live in schemas of their own, one a namespace.
 *
 * `json` where text is to come back as it was, keys in their order; `jsonb` where values are compared.
 *
 * Migrations in order; the number of the last one applied is stored. Only ever add to the end, and only what an older
 * program can live with: an old runner may still be finishing against the new schema.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE smartconnector.execution (
     id text PRIMARY KEY,
     namespace text NOT NULL,
     connector text NOT NULL,
     mode text NOT NULL,
     phase text NOT NULL,
     attempt integer NOT NULL DEFAULT 1,
     cancel_requested boolean NOT NULL DEFAULT false,
     diff_check boolean NOT NULL,
     chunk_rows integer NOT NULL,
     snapshot json NOT NULL,
     input_name text,
     triggered_by text,
     scheduled_time timestamptz,
     sequence bigint GENERATED ALWAYS AS IDENTITY,
     created_at timestamptz NOT NULL DEFAULT now(),
     started_at timestamptz NOT NULL,
     ended_at timestamptz,
     intake json,
     scopes json,
     result json
   );
   CREATE INDEX execution_connector ON smartconnector.execution (namespace, connector, sequence);
   CREATE TABLE smartconnector.object (
     namespace text NOT NULL,
     name text NOT NULL,
     model jsonb NOT NULL,
     PRIMARY KEY (namespace, name)
   );
   CREATE TABLE smartconnector.chunk (
     execution_id text NOT NULL REFERENCES smartconnector.execution (id),
     step integer NOT NULL,
     chunk integer NOT NULL,
     attempt integer NOT NULL,
     row_count integer NOT NULL,
     counts jsonb NOT NULL,
     warnings jsonb NOT NULL,
     row_states bytea NOT NULL,
     outcomes bytea NOT NULL,
     PRIMARY KEY (execution_id, step, chunk)
   );
   CREATE TABLE smartconnector.outbox (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     execution_id text NOT NULL,
     type text NOT NULL,
     payload jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   );
   CREATE TABLE smartconnector.diff_baseline (
     namespace text NOT NULL,
     connector text NOT NULL,
     scope text NOT NULL,
     signature text NOT NULL,
     folded_sequence bigint NOT NULL,
     artifact text NOT NULL,
     PRIMARY KEY (namespace, connector, scope)
   );
   CREATE TABLE smartconnector.artifact_piece (
     artifact text NOT NULL,
     piece integer NOT NULL,
     content bytea NOT NULL,
     PRIMARY KEY (artifact, piece)
   );`,
  // Compressed already: the server need not try again.
  `ALTER TABLE smartconnector.chunk ALTER COLUMN outcomes SET STORAGE EXTERNAL, ALTER COLUMN row_states SET STORAGE EXTERNAL;
   ALTER TABLE smartconnector.artifact_piece ALTER COLUMN content SET STORAGE EXTERNAL;
   CREATE TABLE smartconnector.object_change (
     namespace text NOT NULL,
     object text NOT NULL,
     change bigint NOT NULL,
     PRIMARY KEY (namespace, object)
   ) WITH (fillfactor = 50);`,
  'ALTER TABLE smartconnector.execution ADD COLUMN reverts text;',
  'ALTER TABLE smartconnector.execution ADD COLUMN overtaken boolean NOT NULL DEFAULT false;',
  'ALTER TABLE smartconnector.execution ADD COLUMN holder text;',
  'ALTER TABLE smartconnector.diff_baseline ADD COLUMN hash_totals json;',
  // What a cluster adds: the names of custom resources, files kept in PostgreSQL, validations.
  `ALTER TABLE smartconnector.execution
     ADD COLUMN name text, ADD COLUMN connector_uid text, ADD COLUMN input_artifact text, ADD COLUMN progress json;
   CREATE TABLE smartconnector.artifact (
     id text PRIMARY KEY,
     namespace text NOT NULL,
     execution_id text,
     kind text NOT NULL,
     file_name text NOT NULL,
     bytes bigint NOT NULL DEFAULT 0,
     sha256 text,
     created_at timestamptz NOT NULL DEFAULT now(),
     complete boolean NOT NULL DEFAULT false
   );
   CREATE INDEX artifact_execution ON smartconnector.artifact (execution_id);
   CREATE TABLE smartconnector.validation (
     id text PRIMARY KEY,
     namespace text NOT NULL,
     connector text NOT NULL,
     connector_uid text NOT NULL,
     script_hash text NOT NULL,
     environment_hash text NOT NULL,
     snapshot json NOT NULL,
     state text NOT NULL,
     faults json,
     created_at timestamptz NOT NULL DEFAULT now(),
     ended_at timestamptz
   );`,
  // The runners of a namespace have a role of their own, which reaches what is of its namespace. Whoever owns the tables is
  // not held to these policies.
  `CREATE TABLE smartconnector.namespace_role (namespace text PRIMARY KEY, role name NOT NULL UNIQUE);
   CREATE TABLE smartconnector.shared_key (name text PRIMARY KEY, value bytea NOT NULL);
   ALTER TABLE smartconnector.artifact_piece ADD COLUMN owner name NOT NULL DEFAULT current_user;
   CREATE FUNCTION smartconnector.is_own(namespace text) RETURNS boolean LANGUAGE sql STABLE
     AS $$ SELECT EXISTS (SELECT FROM smartconnector.namespace_role r WHERE r.role = current_user AND r.namespace = $1) $$;
   CREATE POLICY own_namespace ON smartconnector.execution USING (smartconnector.is_own(namespace));
   CREATE POLICY own_namespace ON smartconnector.object USING (smartconnector.is_own(namespace));
   CREATE POLICY own_namespace ON smartconnector.object_change USING (smartconnector.is_own(namespace));
   CREATE POLICY own_namespace ON smartconnector.diff_baseline USING (smartconnector.is_own(namespace));
   CREATE POLICY own_namespace ON smartconnector.artifact USING (smartconnector.is_own(namespace));
   CREATE POLICY own_namespace ON smartconnector.validation USING (smartconnector.is_own(namespace));
   CREATE POLICY own_execution ON smartconnector.chunk
     USING (EXISTS (SELECT FROM smartconnector.execution e WHERE e.id = execution_id));
   CREATE POLICY own_execution ON smartconnector.outbox
     USING (EXISTS (SELECT FROM smartconnector.execution e WHERE e.id = execution_id));
   CREATE POLICY own_artifact ON smartconnector.artifact_piece
     USING (owner = current_user OR EXISTS (SELECT FROM smartconnector.artifact a WHERE a.id = artifact))
     WITH CHECK (owner = current_user);
   ${[
     'execution',
     'object',
     'object_change',
     'diff_baseline',
     'artifact',
     'validation',
     'chunk',
     'outbox',
     'artifact_piece',
   ]
     .map((table) => `ALTER TABLE smartconnector.${table} ENABLE ROW LEVEL SECURITY;`)
     .join(' ')}`,
  // What the operator knows of an execution besides what its runner stores, and the ledger of schedules.
  `CREATE TABLE smartconnector.execution_request (
     uid text PRIMARY KEY,
     namespace text NOT NULL,
     connector text NOT NULL,
     connector_uid text,
     name text NOT NULL,
     mode text NOT NULL,
     trigger text NOT NULL,
     triggered_by text,
     scheduled_time timestamptz,
     sequence bigint GENERATED ALWAYS AS IDENTITY,
     state text NOT NULL,
     phase text NOT NULL,
     reason text NOT NULL,
     message text NOT NULL,
     script_hash text,
     attempts integer NOT NULL DEFAULT 0,
     job text,
     job_purpose text NOT NULL DEFAULT 'Run',
     not_before timestamptz,
     cancelled_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     ended_at timestamptz
   );
   CREATE INDEX execution_request_open ON smartconnector.execution_request (namespace, connector, sequence)
     WHERE state <> 'Ended';
   CREATE TABLE smartconnector.schedule (
     namespace text NOT NULL,
     connector text NOT NULL,
     schedule text NOT NULL,
     time_zone text NOT NULL,
     is_wanted boolean NOT NULL,
     handled_until timestamptz NOT NULL,
     PRIMARY KEY (namespace, connector)
   );
   CREATE TABLE smartconnector.schedule_slot (
     namespace text NOT NULL,
     connector text NOT NULL,
     slot timestamptz NOT NULL,
     state text NOT NULL,
     reason text NOT NULL,
     message text NOT NULL,
     execution text,
     decided_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (namespace, connector, slot)
   );
   CREATE INDEX schedule_slot_open ON smartconnector.schedule_slot (namespace, connector) WHERE state = 'Claimed';`,
];

/**
 * Brings the control schema up to date. Safe when several processes do it at once; costs one query when there is
 * nothing to do.
 */
export async function migrateControlSchema(client: ClientBase): Promise<void> {
  const known = await client.query<{ oid: string | null }>(
    `SELECT to_regclass('smartconnector.migration')::text AS oid`,
  );
  if (known.rows[0]?.oid != null && (await appliedVersion(client)) >= MIGRATIONS.length) return;
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query('CREATE SCHEMA IF NOT EXISTS smartconnector');
    await client.query(
      'CREATE TABLE IF NOT EXISTS smartconnector.migration (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    for (let version = (await appliedVersion(client)) + 1; version <= MIGRATIONS.length; version++) {
      await client.query(MIGRATIONS[version - 1] ?? '');
      await client.query('INSERT INTO smartconnector.migration (version) VALUES ($1)', [version]);
    }
    await durably('control-schema', () => client.query('COMMIT'));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function appliedVersion(client: ClientBase): Promise<number> {
  const result = await client.query<{ version: number }>(
    'SELECT coalesce(max(version), 0)::int AS version FROM smartconnector.migration',
  );
  return result.rows[0]?.version ?? 0;
}
