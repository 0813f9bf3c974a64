import { quotedTable } from '../../runner/postgres/object-table.ts';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import { raw, sql } from '../../runner/postgres/sql.ts';

/** Up to here, live records are counted; beyond, the statistics of PostgreSQL answer at once. */
const COUNTED = 10_000;

/** How many live records an object has: exact where they are few, else what the last ANALYZE or VACUUM saw, archived ones among them. */
export async function estimateRecords(pool: SqlPool, namespace: string, object: string): Promise<number> {
  const table = quotedTable(namespace, object);
  const counted = await pool.query(sql`
    SELECT count(*)::int AS count FROM (
      SELECT FROM ${raw(table)} WHERE archived_at IS NULL LIMIT ${COUNTED + 1}) AS live`);
  const count = Number(counted.rows[0]?.['count'] ?? 0);
  if (count <= COUNTED) return count;
  const estimated = await pool.query(
    sql`SELECT reltuples::bigint AS count FROM pg_class WHERE oid = to_regclass(${table})`,
  );
  return Math.max(count, Number(estimated.rows[0]?.['count'] ?? 0));
}
