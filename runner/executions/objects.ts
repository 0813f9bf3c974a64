import type { ClientBase } from 'pg';
import type { ObjectModel } from '../../core/model/object.ts';
import { durably } from '../faults/fault-point.ts';

/** Remembers the schema of objects whose tables were made, so that their records can be read without the manifests. */
export async function storeObjects(client: ClientBase, objects: readonly ObjectModel[]): Promise<void> {
  for (const object of objects) {
    const values = [object.namespace, object.name, JSON.stringify(object)];
    const known = await client.query(
      'SELECT FROM smartconnector.object WHERE namespace = $1 AND name = $2 AND model = $3',
      values,
    );
    if (known.rowCount === 1) continue;
    await durably('object-model', () =>
      client.query(
        `INSERT INTO smartconnector.object (namespace, name, model) VALUES ($1, $2, $3)
       ON CONFLICT (namespace, name) DO UPDATE SET model = excluded.model`,
        values,
      ),
    );
  }
}

/** The objects of a namespace, or of all. */
export async function findObjects(client: ClientBase, namespace: string | null): Promise<ObjectModel[]> {
  const result = await client.query<{ model: ObjectModel }>(
    'SELECT model FROM smartconnector.object WHERE $1::text IS NULL OR namespace = $1 ORDER BY namespace, name',
    [namespace],
  );
  return result.rows.map((row) => row.model);
}
