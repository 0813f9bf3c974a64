import { createHash } from 'node:crypto';
import { schemaName } from '../../runner/postgres/object-table.ts';
import type { SqlClient, SqlConnection, SqlPool, SqlRows } from '../../runner/postgres/pool.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified, raw, sql, type SqlText } from '../../runner/postgres/sql.ts';
import { withShortTransaction } from './short-transaction.ts';

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
 * indexes. Costs one query, and takes no lock, when there is nothing to do.
 *
 * @param password that the role is to have; null: the one that it has, or none
 */
export async function ensureNamespaceRole(pool: SqlPool, namespace: string, password: string | null): Promise<void> {
  if (await isInOrder(pool, namespace, password)) return;
  const ensure = async (connection: SqlConnection): Promise<void> => {
    await ensureRole(connection, namespace);
    if (password !== null) await ensurePassword(connection, namespace, password);
    await ensureOwnership(connection, namespace);
  };
  await withShortTransaction(pool, 'namespace-role', ensure, ROLE_LOCK);
}

/** Whether nothing has to be done, in one statement, without a lock that others would wait for. */
const isInOrder = (client: SqlClient, namespace: string, password: string | null): Promise<boolean> =>
  exists(
    client,
    sql`SELECT FROM pg_roles r JOIN pg_namespace n ON n.nspname = ${schemaName(namespace)} AND n.nspowner = r.oid
      WHERE r.rolname = ${roleName(namespace)}
        AND EXISTS (${selectComplete(namespace)})
        AND (${password === null} OR EXISTS (${selectCredential(namespace, password ?? '')}))
        AND NOT EXISTS (
          SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND c.relowner <> r.oid)`,
  );

async function ensureRole(client: SqlClient, namespace: string): Promise<void> {
  const name = roleName(namespace);
  const role = quoteIdentifier(name);
  if (!(await exists(client, sql`SELECT FROM pg_roles WHERE rolname = ${name}`))) {
    await client.query(sql`CREATE ROLE ${raw(role)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT`);
  }
  if (await isComplete(client, namespace)) return;
  // The operator alters tables that the role owns.
  await client.query(sql`GRANT ${raw(role)} TO CURRENT_USER`);
  await client.query(sql`GRANT USAGE ON SCHEMA smartconnector TO ${raw(role)}`);
  const tables = RUNNER_TABLES.map((table) => quoteQualified('smartconnector', table)).join(', ');
  await client.query(sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ${raw(tables)} TO ${raw(role)}`);
  await client.query(sql`GRANT SELECT ON smartconnector.migration, smartconnector.namespace_role TO ${raw(role)}`);
  await client.query(sql`
    INSERT INTO smartconnector.namespace_role (namespace, role) VALUES (${namespace}, ${name}) ON CONFLICT DO NOTHING`);
}

const isComplete = (client: SqlClient, namespace: string): Promise<boolean> =>
  exists(client, selectComplete(namespace));

/** What a backup brings back may lack the rights of roles that were not there. */
const selectComplete = (namespace: string): SqlText => sql`
      SELECT FROM smartconnector.namespace_role known JOIN pg_roles ON rolname = known.role
      WHERE known.role = ${roleName(namespace)}
        AND pg_has_role(current_user, pg_roles.oid, 'MEMBER')
        AND has_schema_privilege(pg_roles.oid, 'smartconnector', 'USAGE')
        AND has_table_privilege(pg_roles.oid, 'smartconnector.execution', 'INSERT')`;

/**
 * PostgreSQL does not tell what the password of a role is, so it is remembered which one was set. DDL takes no parameters;
 * the server hashes the password before it is stored, and logs no statement by default.
 */
async function ensurePassword(client: SqlClient, namespace: string, password: string): Promise<void> {
  if (await hasPassword(client, namespace, password)) return;
  const role = quoteIdentifier(roleName(namespace));
  await client.query(sql`ALTER ROLE ${raw(role)} LOGIN PASSWORD ${raw(quoteLiteral(password))}`);
  await client.query(sql`
    INSERT INTO smartconnector.namespace_credential (namespace, fingerprint)
    VALUES (${namespace}, ${fingerprintOf(namespace, password)})
    ON CONFLICT (namespace) DO UPDATE SET fingerprint = EXCLUDED.fingerprint`);
}

const hasPassword = (client: SqlClient, namespace: string, password: string): Promise<boolean> =>
  exists(client, selectCredential(namespace, password));

const selectCredential = (namespace: string, password: string): SqlText => sql`
      SELECT FROM smartconnector.namespace_credential c JOIN pg_roles ON rolname = ${roleName(namespace)}
      WHERE c.namespace = ${namespace} AND c.fingerprint = ${fingerprintOf(namespace, password)} AND rolcanlogin`;

const fingerprintOf = (namespace: string, password: string): string =>
  createHash('sha256').update(`${namespace}\n${password}`).digest('hex');

async function ensureOwnership(client: SqlClient, namespace: string): Promise<void> {
  const role = quoteIdentifier(roleName(namespace));
  const schema = schemaName(namespace);
  await client.query(sql`CREATE SCHEMA IF NOT EXISTS ${raw(quoteIdentifier(schema))} AUTHORIZATION ${raw(role)}`);
  for (const { table } of await notOwned(client, namespace)) {
    const what =
      typeof table === 'string' ? `TABLE ${quoteQualified(schema, table)}` : `SCHEMA ${quoteIdentifier(schema)}`;
    await client.query(sql`ALTER ${raw(what)} OWNER TO ${raw(role)}`);
  }
}

/** The schema (null) and the tables of a namespace that its role does not own. */
async function notOwned(client: SqlClient, namespace: string): Promise<SqlRows['rows']> {
  const name = roleName(namespace);
  const schema = schemaName(namespace);
  const { rows } = await client.query(sql`
    SELECT NULL AS "table" FROM pg_namespace WHERE nspname = ${schema} AND nspowner <> ${name}::regrole
    UNION ALL
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ${schema} AND c.relkind IN ('r', 'p') AND c.relowner <> ${name}::regrole`);
  return rows;
}

async function exists(client: SqlClient, query: SqlText): Promise<boolean> {
  return (await client.query(query)).rows.length > 0;
}
