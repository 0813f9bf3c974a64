import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openEmbeddedPostgres } from '../../runner/postgres/embedded.ts';
import type { EmbeddedPostgres } from '../../runner/postgres/embedded.ts';
import { openPool } from '../../runner/postgres/pool.ts';
import type { PoolOptions, SqlPool } from '../../runner/postgres/pool.ts';
import { quoteIdentifier } from '../../runner/postgres/sql.ts';

/** An empty database on the shared embedded server. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Removes it, cutting the connections that are left. */
  drop(): Promise<void>;
}

const PREFIX = 'test_';
const ABANDONED_AFTER_MS = 2 * 3600 * 1000;

/** A server to test on, by a URL that ends in `/postgres`; for other versions of PostgreSQL, or with a pooler in between. */
const OTHER_SERVER = process.env['TEST_POSTGRES_URL'];

let server: Promise<EmbeddedPostgres> | null = null;

/**
 * One server for all test files, workers and runs of this user: whoever comes first starts it, and it stops a minute
 * after the last test process is gone. Nothing on it is durable.
 */
export function testServer(): Promise<EmbeddedPostgres> {
  if (OTHER_SERVER !== undefined) return Promise.resolve({ url: OTHER_SERVER, release: () => Promise.resolve() });
  server ??= openEmbeddedPostgres({
    stateDirectory: join(tmpdir(), `smartconnector-test-${process.getuid?.() ?? 0}`),
    idleSeconds: 60,
    durable: false,
  });
  return server;
}

/**
 * A new empty database, or a copy of one that nobody is connected to. Drop it when the tests are done; those of killed runs
 * are dropped after two hours.
 */
export async function freshDatabase(template?: TestDatabase): Promise<TestDatabase> {
  const { url } = await testServer();
  const name = `${PREFIX}${Date.now()}_${randomUUID().slice(0, 8)}`;
  await onServer(url, async (pool) => {
    await dropAbandoned(pool);
    const source = template === undefined ? '' : ` TEMPLATE ${quoteIdentifier(template.name)}`;
    await pool.query({ text: `CREATE DATABASE ${quoteIdentifier(name)}${source}`, values: [] });
  });
  return {
    url: url.replace(/\/postgres$/, `/${name}`),
    name,
    drop: () =>
      onServer(url, async (pool) => {
        await pool.query({ text: `DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`, values: [] });
      }),
  };
}

/** A pool on a new empty database, and the way to remove both. */
export async function freshPool(options?: PoolOptions): Promise<{ pool: SqlPool; url: string; drop(): Promise<void> }> {
  const database = await freshDatabase();
  const pool = openPool(database.url, options);
  return {
    pool,
    url: database.url,
    drop: async () => {
      await pool.close();
      await database.drop();
    },
  };
}

async function onServer(url: string, work: (pool: SqlPool) => Promise<void>): Promise<void> {
  const pool = openPool(url, { maxConnections: 1 });
  try {
    await work(pool);
  } finally {
    await pool.close();
  }
}

async function dropAbandoned(pool: SqlPool): Promise<void> {
  const { rows } = await pool.query({
    text: 'SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)',
    values: [PREFIX],
  });
  const names = rows.map((row) => String(row['datname']));
  for (const name of names) {
    const madeAt = Number(name.slice(PREFIX.length).split('_')[0]);
    if (Date.now() - madeAt > ABANDONED_AFTER_MS) {
      await pool.query({ text: `DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`, values: [] });
    }
  }
}
