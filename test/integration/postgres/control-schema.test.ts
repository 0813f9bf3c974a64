import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { freshPool } from '../../support/postgres.ts';

const FOLDER = join(import.meta.dirname, '../../../runner/executions/migrations');
const files = (await readdir(FOLDER)).sort();

let database: Awaited<ReturnType<typeof freshPool>>;
beforeEach(async () => {
  database = await freshPool();
});
afterEach(() => database.drop());

const migrate = (): Promise<void> => database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
const query = async (text: string): Promise<readonly unknown[]> =>
  (await database.pool.query({ text, values: [] })).rows;
const applied = (): Promise<readonly unknown[]> => query('SELECT name FROM smartconnector.migration ORDER BY name');
const all = files.map((name) => ({ name }));

test('each migration is applied once, whoever starts at the same time', async () => {
  await Promise.all([migrate(), migrate(), migrate()]);
  expect(await applied()).toEqual(all);
  await migrate();
  expect(await applied()).toEqual(all);
});

test('a database whose migrations were numbered goes on from its number', async () => {
  await query('CREATE SCHEMA smartconnector');
  await query(
    'CREATE TABLE smartconnector.migration (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  for (const [index, file] of files.slice(0, 9).entries()) {
    await query(await readFile(join(FOLDER, file), 'utf8'));
    await query(`INSERT INTO smartconnector.migration (version) VALUES (${index + 1})`);
  }
  await query(`INSERT INTO smartconnector.shared_key VALUES ('kept', 'x')`);
  await migrate();
  expect(await applied()).toEqual(all);
  expect(await query('SELECT name FROM smartconnector.shared_key')).toEqual([{ name: 'kept' }]);
});

test('a newer program may have added migrations: an older one works beside it', async () => {
  await migrate();
  await query(`INSERT INTO smartconnector.migration (name) VALUES ('9999-of-tomorrow.sql')`);
  await migrate();
  expect(await applied()).toEqual([...all, { name: '9999-of-tomorrow.sql' }]);
});
