import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyIn } from '../../../runner/load/copy.ts';
import { databaseError, isDatabaseAway, isOutage } from '../../../runner/postgres/database-error.ts';
import { freshPool } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof freshPool>>;
beforeAll(async () => {
  database = await freshPool();
});
afterAll(() => database.drop());

test('rows for a column that has another type by now are refused for good: it is no outage, which would be waited for', async () => {
  const refused = await database.pool.withConnection(async ({ pg }) => {
    await pg.query('CREATE TABLE changed (was_boolean bigint)');
    // One field of one byte, as a boolean has.
    const row = Buffer.from([0, 1, 0, 0, 0, 1, 1]);
    const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
    const parts = [header, row, Buffer.from([0xff, 0xff])];
    return copyIn(pg, 'COPY changed FROM STDIN (FORMAT binary)', parts).catch((error: unknown) => error);
  });
  const error = databaseError(refused);
  expect(error.code).toBe('Postgres08P01');
  expect(error.class).toBe('terminal');
  expect(error.message).toContain('a column of the table was changed');
  expect(isOutage(error)).toBe(false);
  expect(isDatabaseAway(error)).toBe(false);
});
