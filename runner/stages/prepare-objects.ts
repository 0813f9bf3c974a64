import { invalid } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { storeObjects } from '../executions/objects.ts';
import type { Snapshot } from '../executions/executions.ts';
import { applyObjectMigration, readObjectMigration } from '../postgres/apply-migration.ts';
import { ensureMatchingIndexes } from '../postgres/matching-indexes.ts';
import { quotedTable } from '../postgres/object-table.ts';
import type { SqlPool } from '../postgres/pool.ts';
import { raw, sql } from '../postgres/sql.ts';

/** Fields by which a connector finds records of an object. */
function keyFields(connector: ConnectorModel, object: ObjectModel): FieldModel[] {
  const fields = new Map<string, FieldModel>();
  for (const step of connector.steps) {
    if (step.object.name === object.name) for (const { field } of step.rules) fields.set(field.name, field);
    for (const { source } of step.mappings) {
      if (source.kind === 'Lookup' && source.object.name === object.name) fields.set(source.field.name, source.field);
    }
  }
  return [...fields.values()].filter((field) => field.name !== 'id');
}

/** Builds the indexes by which a connector finds records of an object, where they are missing. */
export async function ensureObjectIndexes(
  pool: SqlPool,
  connector: ConnectorModel,
  object: ObjectModel,
): Promise<void> {
  await ensureMatchingIndexes(pool, object, keyFields(connector, object));
}

/**
 * Makes or migrates the tables of the objects, with the indexes that the connector's matching needs. A table without
 * records gets them from the load stage: an index is built in a fraction of the time that it takes to grow.
 *
 * @throws AppError `MigrationRefused` where a change would lose values
 */
export async function prepareObjects(
  pool: SqlPool,
  { connector, objects }: Snapshot,
  allowDestructive: (object: string) => boolean,
): Promise<void> {
  for (const object of objects) {
    const allow = allowDestructive(object.name);
    await applyObjectMigration(pool, object, { removeFields: allow, changeTypes: allow });
    const table = raw(quotedTable(object.namespace, object.name));
    const { rows } = await pool.query(sql`SELECT EXISTS (SELECT FROM ${table}) AS filled`);
    if (rows[0]?.['filled'] === true) await ensureObjectIndexes(pool, connector, object);
  }
  await pool.withConnection((connection) => storeObjects(connection.pg, objects));
}

/** What a live run would be refused for before its first row, a dry run is refused for too; it changes nothing. */
export async function checkObjects(
  pool: SqlPool,
  { objects }: Snapshot,
  allowDestructive: (object: string) => boolean,
): Promise<void> {
  const refusals = [];
  for (const object of objects) {
    const allow = allowDestructive(object.name);
    refusals.push(...(await readObjectMigration(pool, object, { removeFields: allow, changeTypes: allow })).refusals);
  }
  if (refusals.length > 0) {
    throw invalid(
      'the tables of the objects cannot follow the manifests without losing values',
      refusals,
      'MigrationRefused',
    );
  }
}
