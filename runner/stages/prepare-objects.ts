import { invalid, type FaultDetail } from '../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { storeObjects } from '../executions/objects.ts';
import type { Snapshot } from '../executions/executions.ts';
import { applyObjectMigration, readObjectMigration } from '../postgres/apply-migration.ts';
import { ensureMatchingIndexes } from '../postgres/matching-indexes.ts';
import { quotedTable } from '../postgres/object-table.ts';
import type { SqlPool } from '../postgres/pool.ts';
import { raw, sql } from '../postgres/sql.ts';
import { readTableState, type ColumnState } from '../postgres/table-state.ts';
import { describeField, isWideningChange, parseField } from '../postgres/type-change.ts';

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
    await indexFilled(pool, connector, object);
  }
  await pool.withConnection((connection) => storeObjects(connection.pg, objects));
}

async function indexFilled(pool: SqlPool, connector: ConnectorModel, object: ObjectModel): Promise<void> {
  const table = raw(quotedTable(object.namespace, object.name));
  const { rows } = await pool.query(sql`SELECT EXISTS (SELECT FROM ${table}) AS filled`);
  if (rows[0]?.['filled'] === true) await ensureObjectIndexes(pool, connector, object);
}

/**
 * As prepareObjects, where tables are somebody else's to change, and an object may have changed since the run was frozen:
 * a table that is there stays as it is, and is good enough while it takes every value that the run knows of. One that is
 * not there is made.
 *
 * @throws AppError `MigrationRefused` where a field is gone, or takes other values by now
 */
export async function requireObjects(pool: SqlPool, { connector, objects }: Snapshot): Promise<void> {
  for (const object of objects) {
    const state = await readTableState(pool, object);
    if (state === null) {
      await prepareObjects(pool, { connector, objects: [object] }, () => false);
      continue;
    }
    const columns = new Map(state.columns.map((column) => [column.name, column]));
    const refusals = object.fields.flatMap((field) => refuseField(object, field, columns.get(field.name)));
    if (refusals.length > 0) {
      const what = refusals.map(({ message }) => message).join('; ');
      throw invalid(
        `object ${object.name} was changed after this run had started: ${what}`,
        refusals,
        'MigrationRefused',
      );
    }
    await indexFilled(pool, connector, object);
  }
}

function refuseField(object: ObjectModel, field: FieldModel, column: ColumnState | undefined): FaultDetail[] {
  const path = `spec.fields[name=${field.name}]`;
  const place = `${object.name}.${field.name}`;
  const hint = 'run the input again: the run then takes the object as it is now';
  if (column === undefined) return [{ path, message: `${place}: the field was removed`, hint }];
  const { columnType, field: now } = column;
  const takesAll = now === null || isWideningChange(describeField(field), parseField(now, columnType));
  if (columnType === field.columnType && takesAll) return [];
  return [{ path, message: `${place}: its type was ${describeField(field)}, and is ${now ?? columnType}`, hint }];
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
