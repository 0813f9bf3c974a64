import type { ClientBase } from 'pg';
import type { ObjectModel } from '../../core/model/object.ts';
import { quotedOptionsTable } from '../postgres/object-table.ts';
import type { AddedOptions } from './chunk.ts';

/** Options that runs have added to fields, beyond those of the manifests. */
export interface OptionRegistry {
  has(object: string, field: string, label: string): boolean;
  add(object: string, field: string, label: string): void;
  remove(object: string, field: string, label: string): void;
}

const keyOf = (object: string, field: string, label: string): string => JSON.stringify([object, field, label]);

/** Reads the added options of these objects. A namespace that has no table of them yet has none. */
export async function readAddedOptions(client: ClientBase, objects: readonly ObjectModel[]): Promise<OptionRegistry> {
  const labels = new Set<string>();
  for (const namespace of new Set(objects.map((object) => object.namespace))) {
    const table = quotedOptionsTable(namespace);
    const known = await client.query<{ oid: string | null }>('SELECT to_regclass($1)::text AS oid', [table]);
    if (known.rows[0]?.oid == null) continue;
    const result = await client.query<{ object: string; field: string; label: string }>(
      `SELECT object, field, label FROM ${table} WHERE object = ANY ($1)`,
      [objects.map((object) => object.name)],
    );
    for (const row of result.rows) labels.add(keyOf(row.object, row.field, row.label));
  }
  return {
    has: (object, field, label) => labels.has(keyOf(object, field, label)),
    add: (object, field, label) => void labels.add(keyOf(object, field, label)),
    remove: (object, field, label) => void labels.delete(keyOf(object, field, label)),
  };
}

/** The options of one object. */
export function buildAddedOptions(registry: OptionRegistry, object: string): AddedOptions {
  return {
    has: (field, label) => registry.has(object, field, label),
    add: (field, label) => {
      registry.add(object, field, label);
    },
    remove: (field, label) => {
      registry.remove(object, field, label);
    },
  };
}
