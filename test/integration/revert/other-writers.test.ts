import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import { withTransaction } from '../../../runner/postgres/pool.ts';
import { fetchCurrent } from '../../../runner/revert/revert-records.ts';
import { freshPool } from '../../support/postgres.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const TABLE = { name: 'record', fields: new Map() };

describe('other programs that write records while they are reverted', () => {
  let database: { readonly pool: SqlPool; drop(): Promise<void> };

  beforeAll(async () => {
    database = await freshPool();
    await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
    for (const text of [
      'CREATE TABLE record (id uuid PRIMARY KEY, archived_at timestamptz, execution_id text)',
      `INSERT INTO record VALUES ('${ID}')`,
    ]) {
      await database.pool.query({ text, values: [] });
    }
  });
  afterAll(() => database.drop());

  const writeBesides = (): Promise<unknown> =>
    withTransaction(database.pool, async (connection) => {
      await connection.query({ text: `SET LOCAL lock_timeout = '50ms'`, values: [] });
      return connection.query({ text: `UPDATE record SET execution_id = 'other'`, values: [] });
    });

  test('wait for a revert that writes: what they wrote in between would be gone', async () => {
    await withTransaction(database.pool, async ({ pg }) => {
      const current = await fetchCurrent(pg, TABLE, [ID], 'reverted', true);
      expect(current.get(ID)).toMatchObject({ archived: false, writtenSince: true });
      await expect(writeBesides()).rejects.toMatchObject({ code: 'Postgres55P03' });
    });
  });

  test('do not wait for a dry run, which reads only', async () => {
    const reading = async ({ pg }: Parameters<Parameters<SqlPool['withConnection']>[0]>[0]): Promise<void> => {
      expect((await fetchCurrent(pg, TABLE, [ID], 'reverted', false)).size).toBe(1);
      await writeBesides();
    };
    await withTransaction(database.pool, reading, { isolation: 'REPEATABLE READ', readOnly: true });
  });
});
