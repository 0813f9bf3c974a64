import { join } from 'node:path';
import { readConnector } from '../../cli/manifests.ts';
import { migrateControlSchema } from '../../runner/executions/control-schema.ts';
import type { Snapshot } from '../../runner/executions/executions.ts';
import { quotedTable } from '../../runner/postgres/object-table.ts';
import { openPool } from '../../runner/postgres/pool.ts';
import { prepareObjects } from '../../runner/stages/prepare-objects.ts';

export const CONNECTOR = 'members';
export const MANIFESTS = join(import.meta.dirname, '..', 'connector');

/** The table that the product makes for the benchmark's object. */
export const MEMBER_TABLE = quotedTable('bench', 'member');

/** Makes the table as the product does, with the same columns and indexes. */
export async function makeMemberTable(databaseUrl: string): Promise<void> {
  const snapshot: Snapshot = await readConnector([MANIFESTS], CONNECTOR, null, null);
  const pool = openPool(databaseUrl, { maxConnections: 2 });
  try {
    await pool.withConnection((connection) => migrateControlSchema(connection.pg));
    await prepareObjects(pool, snapshot, () => false);
  } finally {
    await pool.close();
  }
}
