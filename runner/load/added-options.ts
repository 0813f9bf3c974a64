import type { ClientBase } from 'pg';
import type { ObjectModel } from '../../core/model/object.ts';
import { quotedOptionsTable } from '../postgres/object-table.ts';
import type { AddedOptions } from './chunk.ts';

/** Options that runs have added to fields, beyond those of the manifests. */
export interface OptionRegistry {
  has(object: string, field: string, label: string): boolean;
  add(object: string, field: string, label: string): void;
  remove(object: string, field: string, label: string): void;
  /** Reads the options of an object again; what was added and is not committed is forgotten. */
  reload(object: ObjectModel): Promise<void>;
}

const keyOf = (field: string, label: string): string => JSON.stringify([field, label]);

/** Reads the added options of these objects. A namespace that has no table of them yet has none. */
export async function readAddedOptions(client: ClientBase, objects: readonly ObjectModel[]): Promise<OptionRegistry> {
  const labels = new Map<string, Set<string>>();
  const read = async (object: ObjectModel): Promise<void> => {
    labels.set(object.name, await readLabels(client, object));
  };
  for (const object of objects) await read(object);
  const of = (object: string): Set<string> => labels.get(object) ?? new Set();
  return {
    has: (object, field, label) => of(object).has(keyOf(field, label)),
    add: (object, field, label) => void of(object).add(keyOf(field, label)),
    remove: (object, field, label) => void of(object).delete(keyOf(field, label)),
    reload: read,
  };
}

async function readLabels(client: ClientBase, { namespace, name }: ObjectModel): Promise<Set<string>> {
  const table = quotedOptionsTable(namespace);
  const known = await client.query<{ oid: string | null }>('SELECT to_regclass($1)::text AS oid', [table]);
  if (known.rows[0]?.oid == null) return new Set();
  const result = await client.query<{ field: string; label: string }>(
    `SELECT field, label FROM ${table} WHERE object = $1`,
    [name],
  );
  return new Set(result.rows.map(({ field, label }) => keyOf(field, label)));
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
