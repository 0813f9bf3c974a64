import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunError } from '../../../core/model/run-result.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';

const PASSWORD = 'canary-4b1d';

describe('a database that cannot be used', () => {
  let database: TestDatabase;
  let pool: SqlPool;
  let world: CliWorld;
  let user: string;

  beforeAll(async () => {
    database = await freshDatabase();
    pool = openPool(database.url, { maxConnections: 1 });
    world = await openCliWorld();
    user = `${database.name}_user`;
    await pool.query({ text: `CREATE ROLE "${user}" LOGIN PASSWORD '${PASSWORD}'`, values: [] });
  });
  afterAll(async () => {
    await pool.query({ text: `DROP ROLE "${user}"`, values: [] });
    await pool.close();
    await Promise.all([database.drop(), world.close()]);
  });

  /** The URL of the database for the user. */
  const as = (password: string, more = ''): string =>
    database.url.replace(/:\/\/[^@]*@/, `://${user}:${password}@`) + more;

  test.each<[string, () => string, number, string, string]>([
    ['has no URL', () => `host=localhost password=${PASSWORD}`, 2, 'Invalid', 'postgres://user@host'],
    ['has another kind of URL', () => `mysql://u:${PASSWORD}@h/d`, 2, 'Invalid', 'postgres://user@host'],
    ['is down', () => `postgres://u:${PASSWORD}@127.0.0.1:1/d`, 75, 'DatabaseUnavailable', 'check that it runs'],
    ['has another password', () => as(`${PASSWORD}x`), 2, 'Postgres28P01', 'check the user and the password'],
    ['is not there', () => as(PASSWORD, 'gone'), 2, 'Postgres3D000', 'create it'],
    ['belongs to somebody else', () => as(PASSWORD), 2, 'Postgres42501', 'connect as its owner'],
    [
      'is read only',
      () => `${database.url}?options=-c%20default_transaction_read_only%3Don`,
      2,
      'Postgres25006',
      'that may write',
    ],
  ])('%s: the error says where and what to do, and no password', async (_name, url, status, code, advice) => {
    const ended = await world.run(['--database', url(), 'executions', '-o', 'json']);
    const { error } = ended.json() as { error: RunError };
    expect([ended.stderr, ended.status, error.code, error.details]).toEqual(['', status, code, []]);
    expect(error.message).toContain(advice);
    if (code !== 'Invalid') expect(error.message).toContain('postgres://');
    expect(ended.stdout).not.toContain(PASSWORD);
  });
});
