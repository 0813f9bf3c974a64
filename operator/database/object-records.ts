import { invalid } from '../../core/errors/app-error.ts';
import { sqlStateOf } from '../../runner/postgres/database-error.ts';
import { quotedTable } from '../../runner/postgres/object-table.ts';
import { withTransaction, type SqlPool } from '../../runner/postgres/pool.ts';
import { raw, sql } from '../../runner/postgres/sql.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/** Up to here, live records are counted; beyond, the statistics of PostgreSQL answer at once. */
const COUNTED = 10_000;

/** Whoever rewrites a table holds it for hours; the count is not worth a worker that other objects wait for. */
const LOCK_LIMIT = '1s';

/**
 * How many live records an object has: exact where they are few, else what the last ANALYZE or VACUUM saw, archived ones
 * among them.
 *
 * @returns null where somebody holds the table for himself
 */
export async function estimateRecords(pool: SqlPool, namespace: string, object: string): Promise<number | null> {
  const table = quotedTable(namespace, object);
  let count: number;
  try {
    count = await countRecords(pool, table);
  } catch (error) {
    if (sqlStateOf(error) === LOCK_NOT_AVAILABLE) return null;
    throw error;
  }
  if (count <= COUNTED) return count;
  const estimated = await pool.query(
    sql`SELECT reltuples::bigint AS count FROM pg_class WHERE oid = to_regclass(${table})`,
  );
  return Math.max(count, Number(estimated.rows[0]?.['count'] ?? 0));
}

/**
 * Up to one more than are counted. The table belongs to the role of its namespace, which could hide functions behind it that
 * would run with the rights of the operator: what is read is a table, and not through policies.
 */
async function countRecords(pool: SqlPool, table: string): Promise<number> {
  return withTransaction(
    pool,
    async (connection) => {
      await connection.query(raw('SET LOCAL row_security = off'));
      await connection.query(raw(`LOCK TABLE ${table} IN ACCESS SHARE MODE`));
      const { rows } = await connection.query(
        sql`SELECT relkind IN ('r', 'p') AS "isTable" FROM pg_class WHERE oid = to_regclass(${table})`,
      );
      if (rows[0]?.['isTable'] !== true)
        throw invalid(`${table} is not a table any more; make it one again, or remove it`);
      const counted = await connection.query(sql`
      SELECT count(*)::int AS count FROM (
        SELECT FROM ${raw(table)} WHERE archived_at IS NULL LIMIT ${COUNTED + 1}) AS live`);
      return Number(counted.rows[0]?.['count'] ?? 0);
    },
    { readOnly: true, settings: { lock_timeout: LOCK_LIMIT } },
  );
}
