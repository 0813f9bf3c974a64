import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import type { UmzugStorage } from 'umzug';
import { durably } from '../faults/fault-point.ts';

/** Any number; every process that changes the control schema takes this advisory lock first. */
const MIGRATION_LOCK = 7_205_301_114;

/**
 * The schema `smartconnector` holds what executions did; records live in schemas of their own, one a namespace.
 *
 * A file a migration, in the order of their names. Only ever add one at the end, and only what an older program can live with: an
 * old runner may still be finishing against the new schema. `json` where text is to come back as it was, keys in their
 * order; `jsonb` where values are compared.
 */
const MIGRATIONS = join(import.meta.dirname, 'migrations');

/**
 * Brings the control schema up to date. Safe when several processes do it at once; costs two small queries when there is
 * nothing to do. All that is pending commits at once, or nothing.
 */
export async function migrateControlSchema(client: ClientBase): Promise<void> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).sort();
  const columns = await columnsOfLedger(client);
  if (columns.includes('name')) {
    const applied = new Set(await appliedNames(client));
    if (files.every((file) => applied.has(file))) return;
  }
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query('CREATE SCHEMA IF NOT EXISTS smartconnector');
    await prepareLedger(client, files);
    await applyPending(client, files);
    await durably('control-schema', () => client.query('COMMIT'));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Makes the table of what was applied. One of numbers, as they were before migrations had names, gets the names. */
async function prepareLedger(client: ClientBase, files: readonly string[]): Promise<void> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS smartconnector.migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  // Read again, now that no other process changes it.
  if (!(await columnsOfLedger(client)).includes('version')) return;
  await client.query('ALTER TABLE smartconnector.migration ADD COLUMN name text');
  await client.query('UPDATE smartconnector.migration SET name = ($1::text[])[version]', [files]);
  await client.query(
    'ALTER TABLE smartconnector.migration DROP CONSTRAINT migration_pkey, DROP COLUMN version, ADD PRIMARY KEY (name)',
  );
}

/** @returns none where the table is not there */
async function columnsOfLedger(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname::text AS name FROM pg_attribute
     WHERE attrelid = to_regclass('smartconnector.migration') AND attnum > 0 AND NOT attisdropped`,
  );
  return rows.map(({ name }) => name);
}

async function applyPending(client: ClientBase, files: readonly string[]): Promise<void> {
  // Rarely needed, and slower to load than a run's first query takes.
  const { Umzug } = await import('umzug');
  const storage: UmzugStorage = {
    executed: () => appliedNames(client),
    logMigration: async ({ name }) => {
      await client.query('INSERT INTO smartconnector.migration (name) VALUES ($1)', [name]);
    },
    unlogMigration: () => Promise.reject(new Error('migrations of the control schema only go forward')),
  };
  const migrations = files.map((name) => ({
    name,
    up: async () => client.query(await readFile(join(MIGRATIONS, name), 'utf8')),
  }));
  await new Umzug({ migrations, storage, logger: undefined }).up();
}

async function appliedNames(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM smartconnector.migration ORDER BY name');
  return rows.map(({ name }) => name);
}
