import { invalid } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { storeObjects } from '../executions/objects.ts';
import type { Snapshot } from '../executions/executions.ts';
import { applyObjectMigration, readObjectMigration } from '../postgres/apply-migration.ts';
import { ensureMatchingIndexes } from '../postgres/matching-indexes.ts';
import type { SqlPool } from '../postgres/pool.ts';

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

/**
 * Makes or migrates the tables of the objects, with the indexes that the connector's matching needs.
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
    await ensureMatchingIndexes(pool, object, keyFields(connector, object));
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
