import pg from 'pg';

import { quoteIdentifier, quoteLiteral, type SqlText } from './sql.ts';
import { durably, type FaultPoint } from '../faults/fault-point.ts';
import { databaseError, isDatabaseFault } from './database-error.ts';
import { TEXT_TYPES } from './text-types.ts';

/** What runs one statement: a pool, or one connection of it inside a transaction. */
export interface SqlClient {
  query(statement: SqlText): Promise<SqlRows>;
}

export interface SqlRows {
  /** Values as PostgreSQL writes them: text, boolean, small integers as numbers, text arrays, or null. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly rowCount: number;
}

/** One connection, for what needs the same session: transactions, COPY, cursors, session locks. */
export interface SqlConnection extends SqlClient {
  /** The connection of `pg`, for pg-copy-streams and notices. */
  readonly pg: pg.ClientBase;
}

export interface SqlPool extends SqlClient {
  /** Runs `work` on one connection and gives it back; a broken one is thrown away. What `pg` throws becomes an AppError. */
  withConnection<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PoolOptions {
  /** Default 5: a run writes, looks ahead, holds its turn, tells how far it is, and builds an index. */
  readonly maxConnections?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** Default 10 s. */
  readonly connectTimeoutMs?: number;
}

/**
 * Asks for times in UTC as the connection starts. As parameters of their own, which poolers carry from session to session;
 * they refuse `options`.
 */
class UtcClient extends pg.Client {
  getStartupConf(): Record<string, unknown> {
    // Not in the types of `pg`: what the startup message says.
    const inherited = Reflect.get(pg.Client.prototype, 'getStartupConf') as () => Record<string, unknown>;
    return { ...inherited.call(this), TimeZone: 'UTC', DateStyle: 'ISO, YMD' };
  }
}

/**
 * Opens a pool on a `postgres://` URL. Connections are made when they are needed.
 *
 * @throws AppError by every call: `class: 'transient'` where the same call may succeed later, with the SQLSTATE in the
 * code (`Postgres40001`), else terminal. Passwords never appear.
 */
export function openPool(url: string, options: PoolOptions = {}): SqlPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections ?? 5,
    application_name: options.applicationName ?? 'smartconnector',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    Client: UtcClient,
    types: TEXT_TYPES,
    keepAlive: true,
    // A machine that is gone says nothing: whoever waits for its answer learns of it within half a minute.
    keepAliveInitialDelayMillis: 10_000,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined);

  async function withConnection<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => Promise.reject(databaseError(error, url)));
    const session: { lost: Error | null } = { lost: null };
    const onError = (error: Error): void => {
      session.lost ??= error;
    };
    client.on('error', onError);
    try {
      return await work(asConnection(client, url));
    } catch (error) {
      // What a socket says has no class of its own; that it is this connection's socket is what tells.
      throw error === session.lost || isDatabaseFault(error) ? databaseError(error, url) : error;
    } finally {
      client.off('error', onError);
      client.release(session.lost !== null);
    }
  }

  return {
    query: (statement) => runStatement(pool, statement, url),
    withConnection,
    close: () => pool.end(),
  };
}

/** A connection of `pg` that somebody else made and will close. It must have been made with TEXT_TYPES. */
export function asConnection(client: pg.ClientBase, url?: string): SqlConnection {
  return { pg: client, query: (statement) => runStatement(client, statement, url) };
}

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

export interface TransactionOptions {
  /** Default READ COMMITTED. */
  readonly isolation?: Isolation;
  readonly readOnly?: boolean;
  /** The fault point of the commit, for what a run writes. */
  readonly point?: FaultPoint;
  /** Settings of the server that hold until its end. They go with BEGIN: no further round trip. */
  readonly settings?: Readonly<Record<string, string>>;
  /** An advisory lock that it waits for, with BEGIN as well, and holds until its end. */
  readonly lock?: number;
}

/** One transaction: committed when `work` returns, rolled back when it throws. */
export function withTransaction<T>(
  pool: SqlPool,
  work: (connection: SqlConnection) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return pool.withConnection((connection) => inTransaction(connection, work, options));
}

/** As withTransaction, on a connection already at hand that is in no transaction. */
export async function inTransaction<T>(
  connection: SqlConnection,
  work: (connection: SqlConnection) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const isolation = options.isolation ?? 'READ COMMITTED';
  const access = options.readOnly === true ? 'READ ONLY' : 'READ WRITE';
  const settings = Object.entries(options.settings ?? {}).map(
    ([name, value]) => `; SET LOCAL ${quoteIdentifier(name)} = ${quoteLiteral(value)}`,
  );
  const lock = options.lock === undefined ? '' : `; SELECT pg_advisory_xact_lock(${options.lock})`;
  const begin = `BEGIN ISOLATION LEVEL ${isolation} ${access}${settings.join('')}${lock}`;
  let result: T;
  try {
    await connection.query({ text: begin, values: [] });
    result = await work(connection);
  } catch (error) {
    // The first error is the one that matters; a connection that cannot roll back is broken and will be dropped.
    await connection.query({ text: 'ROLLBACK', values: [] }).catch(() => undefined);
    throw error;
  }
  const commit = (): Promise<SqlRows> => connection.query({ text: 'COMMIT', values: [] });
  await (options.point === undefined ? commit() : durably(options.point, commit));
  return result;
}

async function runStatement(target: pg.Pool | pg.ClientBase, statement: SqlText, url?: string): Promise<SqlRows> {
  try {
    const result = await target.query<Record<string, unknown>>(statement.text, [...statement.values]);
    return { rows: result.rows, rowCount: result.rowCount ?? 0 };
  } catch (error) {
    throw databaseError(error, url);
  }
}
