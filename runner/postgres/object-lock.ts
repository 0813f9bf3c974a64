import type { ObjectModel } from '../../core/model/object.ts';
import type { SqlClient } from './pool.ts';
import { sql } from './sql.ts';

/**
 * Holds an object until the transaction ends: matching and writing see and make a state of it that nobody else changes in
 * between. One object a transaction, so that two connectors cannot wait for each other in a ring.
 *
 * @returns the number of this change: one more than that of the change before, whoever made it
 */
export async function lockObject(client: SqlClient, object: ObjectModel): Promise<bigint> {
  const key = `smartconnector object ${object.namespace}/${object.name}`;
  await client.query(sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
  const { rows } = await client.query(sql`
    INSERT INTO smartconnector.object_change AS known (namespace, object, change)
    VALUES (${object.namespace}, ${object.name}, 1)
    ON CONFLICT (namespace, object) DO UPDATE SET change = known.change + 1 RETURNING change`);
  return toChange(rows[0]?.['change']);
}

/** The number of the last committed change of an object; 0 before the first. */
export async function readObjectChange(client: SqlClient, object: ObjectModel): Promise<bigint> {
  const { rows } = await client.query(
    sql`SELECT change FROM smartconnector.object_change WHERE namespace = ${object.namespace} AND object = ${object.name}`,
  );
  return toChange(rows[0]?.['change']);
}

const toChange = (value: unknown): bigint => (typeof value === 'string' ? BigInt(value) : 0n);
