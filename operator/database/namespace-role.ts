import { schemaName } from '../../runner/postgres/object-table.ts';
import type { SqlClient, SqlPool } from '../../runner/postgres/pool.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified, raw, sql } from '../../runner/postgres/sql.ts';

/** Any number; two operators that make the same role at once would trip over each other. */
const ROLE_LOCK = 7_205_301_115;

/** Tables of the control schema that a runner reads and writes; row policies keep it to its own namespace. */
const RUNNER_TABLES = [
  'execution',
  'object',
  'object_change',
  'chunk',
  'outbox',
  'diff_baseline',
  'artifact',
  'artifact_piece',
  'validation',
] as const;

/** The role of the runners of a namespace: it has the name of the schema with the namespace's records. */
export const roleName = schemaName;

/**
 * Makes the role and the schema of a namespace, and gives the role every table in it: runners add columns and build
 * indexes. Costs two small queries when there is nothing to do.
 *
 * @param newPassword null: the role keeps the one it has
 */
export async function ensureNamespaceRole(
  pool: SqlPool,
  namespace: string,
  newPassword: string | null,
): Promise<{ readonly hasLogin: boolean }> {
  return pool.withConnection(async (connection) => {
    await connection.query(sql`BEGIN`);
    try {
      await connection.query(sql`SELECT pg_advisory_xact_lock(${ROLE_LOCK})`);
      await ensureRole(connection, namespace);
      if (newPassword !== null) await setPassword(connection, namespace, newPassword);
      await ensureOwnership(connection, namespace);
      const hasLogin = await exists(
        connection,
        sql`SELECT FROM pg_roles WHERE rolname = ${roleName(namespace)} AND rolcanlogin`,
      );
      await connection.query(sql`COMMIT`);
      return { hasLogin };
    } catch (error) {
      await connection.query(sql`ROLLBACK`).catch(() => undefined);
      throw error;
    }
  });
}

async function ensureRole(client: SqlClient, namespace: string): Promise<void> {
  const name = roleName(namespace);
  const role = quoteIdentifier(name);
  if (!(await exists(client, sql`SELECT FROM pg_roles WHERE rolname = ${name}`))) {
    await client.query(sql`CREATE ROLE ${raw(role)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT`);
  }
  if (await exists(client, sql`SELECT FROM smartconnector.namespace_role WHERE role = ${name}`)) return;
  // The operator alters tables that the role owns.
  await client.query(sql`GRANT ${raw(role)} TO CURRENT_USER`);
  await client.query(sql`GRANT USAGE ON SCHEMA smartconnector TO ${raw(role)}`);
  const tables = RUNNER_TABLES.map((table) => quoteQualified('smartconnector', table)).join(', ');
  await client.query(sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ${raw(tables)} TO ${raw(role)}`);
  await client.query(sql`GRANT SELECT ON smartconnector.migration, smartconnector.namespace_role TO ${raw(role)}`);
  await client.query(sql`INSERT INTO smartconnector.namespace_role (namespace, role) VALUES (${namespace}, ${name})`);
}

/** DDL takes no parameters; the server hashes the password before it is stored, and logs no statement by default. */
async function setPassword(client: SqlClient, namespace: string, password: string): Promise<void> {
  const role = quoteIdentifier(roleName(namespace));
  await client.query(sql`ALTER ROLE ${raw(role)} LOGIN PASSWORD ${raw(quoteLiteral(password))}`);
}

async function ensureOwnership(client: SqlClient, namespace: string): Promise<void> {
  const name = roleName(namespace);
  const role = quoteIdentifier(name);
  const schema = schemaName(namespace);
  await client.query(sql`CREATE SCHEMA IF NOT EXISTS ${raw(quoteIdentifier(schema))} AUTHORIZATION ${raw(role)}`);
  const { rows } = await client.query(sql`
    SELECT NULL AS "table" FROM pg_namespace WHERE nspname = ${schema} AND nspowner <> ${name}::regrole
    UNION ALL
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ${schema} AND c.relkind IN ('r', 'p') AND c.relowner <> ${name}::regrole`);
  for (const { table } of rows) {
    const what =
      typeof table === 'string' ? `TABLE ${quoteQualified(schema, table)}` : `SCHEMA ${quoteIdentifier(schema)}`;
    await client.query(sql`ALTER ${raw(what)} OWNER TO ${raw(role)}`);
  }
}

async function exists(client: SqlClient, query: ReturnType<typeof sql>): Promise<boolean> {
  return (await client.query(query)).rows.length > 0;
}
