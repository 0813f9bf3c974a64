import { setTimeout as delay } from 'node:timers/promises';

import { AppError, invalid } from '../../core/errors/app-error.ts';
import type { ObjectModel } from '../../core/model/object.ts';
import { sqlStateOf } from './database-error.ts';
import type { MigrationAllowance, ObjectMigration } from './object-migration.ts';
import { planObjectMigration } from './object-migration.ts';
import { quotedOptionsTable, schemaName } from './object-table.ts';
import type { SqlConnection, SqlPool } from './pool.ts';
import { inTransaction } from './pool.ts';
import { quoteIdentifier, raw, sql } from './sql.ts';
import { readTableState } from './table-state.ts';

/** Waiting longer would make every later reader of the table wait behind the migration. */
const LOCK_TIMEOUT_MS = 2000;
const ATTEMPTS_MAX = 8;
const BACKOFF_MS = 250;

/**
 * Brings the table of an object to what the object says, in one transaction. Two at once are safe: one waits, and finds
 * nothing left to do.
 *
 * @returns whether anything had to be changed.
 * @throws AppError `MigrationRefused` (terminal) with one detail a change that would lose values; `ObjectBusy`
 *   (transient) where the table was in use all the time.
 */
export async function applyObjectMigration(
  pool: SqlPool,
  object: ObjectModel,
  allow: MigrationAllowance,
): Promise<boolean> {
  return pool.withConnection(async (connection) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await migrate(connection, object, allow);
      } catch (error) {
        const state = sqlStateOf(error);
        if (state !== '55P03' && state !== '40P01') {
          throw error;
        }
        if (attempt === ATTEMPTS_MAX) {
          throw new AppError({
            code: 'ObjectBusy',
            class: 'transient',
            message: `the table of object ${object.name} is in use, and a change of its fields waits for that; try again when nothing reads it for long`,
            cause: error,
          });
        }
        await delay(BACKOFF_MS * attempt);
      }
    }
  });
}

/** What applyObjectMigration would do, without doing it. */
export async function readObjectMigration(
  pool: SqlPool,
  object: ObjectModel,
  allow: MigrationAllowance,
): Promise<ObjectMigration> {
  return planObjectMigration(object, await readTableState(pool, object), allow);
}

async function migrate(connection: SqlConnection, object: ObjectModel, allow: MigrationAllowance): Promise<boolean> {
  // Most calls find nothing to do, and take no lock.
  const state = await readTableState(connection, object);
  const planned = refuseOrPass(object, planObjectMigration(object, state, allow));
  if (state !== null && planned.statements.length === 0) {
    return false;
  }
  return inTransaction(
    connection,
    async () => {
      const schema = schemaName(object.namespace);
      await connection.query(raw(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT_MS}ms'`));
      await connection.query(
        sql`SELECT pg_advisory_xact_lock(hashtextextended(${`smartconnector/migrate/${schema}`}, 0))`,
      );
      await ensureNamespace(connection, object.namespace);
      const migration = refuseOrPass(
        object,
        planObjectMigration(object, await readTableState(connection, object), allow),
      );
      for (const statement of migration.statements) {
        await connection.query(statement);
      }
      return migration.statements.length > 0;
    },
    { point: 'object-table' },
  );
}

/** Looks before it creates: IF NOT EXISTS asks for the right to create even where nothing is to be created. */
async function ensureNamespace(connection: SqlConnection, namespace: string): Promise<void> {
  const schema = quoteIdentifier(schemaName(namespace));
  const options = quotedOptionsTable(namespace);
  const { rows } = await connection.query(
    sql`SELECT to_regnamespace(${schema}) IS NOT NULL AS schema, to_regclass(${options}) IS NOT NULL AS options`,
  );
  if (rows[0]?.['schema'] !== true) {
    await connection.query(raw(`CREATE SCHEMA ${schema}`));
  }
  if (rows[0]?.['options'] !== true) {
    await connection.query(
      raw(
        `CREATE TABLE ${options} (object text NOT NULL, field text NOT NULL, label text NOT NULL, ` +
          'created_at timestamptz NOT NULL DEFAULT now(), execution_id text, PRIMARY KEY (object, field, label))',
      ),
    );
  }
}

function refuseOrPass(object: ObjectModel, migration: ObjectMigration): ObjectMigration {
  if (migration.refusals.length > 0) {
    throw invalid(
      `the fields of object ${object.name} cannot be changed: ${migration.refusals.map((refusal) => refusal.message).join('; ')}`,
      migration.refusals,
      'MigrationRefused',
    );
  }
  return migration;
}
