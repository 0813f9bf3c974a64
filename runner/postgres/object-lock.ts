import type { ObjectModel } from '../../core/model/object.ts';
import type { SqlClient } from './pool.ts';
import { sql } from './sql.ts';

/**
 * Holds an object until the transaction ends: matching and writing see and make a state of it that nobody else changes in
 * between. One object a transaction, so that two connectors cannot wait for each other in a ring.
 */
export async function lockObject(client: SqlClient, object: ObjectModel): Promise<void> {
  const key = `smartconnector object ${object.namespace}/${object.name}`;
  await client.query(sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}
