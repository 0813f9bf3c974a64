import type { ClientBase } from 'pg';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { tableOf, type ObjectRelation } from './object-relation.ts';

interface FieldUse {
  readonly fields: Map<string, FieldModel>;
  /** Those that rules and lookups search by. */
  readonly keys: Map<string, FieldModel>;
}

/** The fields of each object that a connector reads or writes in any of its steps, `id` aside. */
function usedFields(connector: ConnectorModel): Map<string, FieldUse> {
  const used = new Map<string, FieldUse>();
  const use = (object: ObjectModel, name: string, asKey: boolean): void => {
    const entry = used.get(object.name) ?? {
      fields: new Map<string, FieldModel>(),
      keys: new Map<string, FieldModel>(),
    };
    used.set(object.name, entry);
    const field = object.fields.find((one) => one.name === name);
    if (field === undefined) return;
    entry.fields.set(name, field);
    if (asKey) entry.keys.set(name, field);
  };
  for (const step of connector.steps) {
    for (const { field } of step.rules) use(step.object, field.name, true);
    for (const { field, source } of step.mappings) {
      use(step.object, field.name, false);
      if (source.kind === 'Lookup') use(source.object, source.field.name, true);
    }
  }
  return used;
}

/**
 * How each object of the connector is read, as its table stands now: a table or a column that is not there yet reads as
 * empty, so that a dry run works before the first live run has made them.
 *
 * @param overlay names the temporary table of an object that the connector writes; null in a live run
 */
export async function readRelations(
  client: ClientBase,
  connector: ConnectorModel,
  objects: readonly ObjectModel[],
  overlay: ((index: number) => string) | null,
): Promise<Map<string, ObjectRelation>> {
  const written = new Set(connector.steps.map((step) => step.object.name));
  const relations = new Map<string, ObjectRelation>();
  for (const [name, { fields, keys }] of usedFields(connector)) {
    const index = objects.findIndex((object) => object.name === name);
    const object = objects[index];
    if (object === undefined) continue;
    const result = await client.query<{ column: string }>(
      `SELECT attname AS column FROM pg_attribute
       WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
      [tableOf(object)],
    );
    relations.set(name, {
      object,
      table: result.rows.length === 0 ? null : tableOf(object),
      columns: new Set(result.rows.map((row) => row.column)),
      overlay: overlay !== null && written.has(name) ? overlay(index) : null,
      fields: [...fields.values()],
      keyFields: [...keys.values()],
    });
  }
  return relations;
}
