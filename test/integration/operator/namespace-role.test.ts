import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureNamespaceRole, roleName } from '../../../operator/database/namespace-role.ts';
import { estimateRecords } from '../../../operator/database/object-records.ts';
import { openArtifact } from '../../../operator/http/stored-artifacts.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliResult } from '../../support/cli.ts';
import { freshPool } from '../../support/postgres.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/price-list', import.meta.url));

describe('the database role of a namespace', () => {
  // Roles belong to the server, not to the database of this test.
  const [own, other] = [`t${randomUUID().slice(0, 8)}`, `t${randomUUID().slice(0, 8)}`];
  let database: Awaited<ReturnType<typeof freshPool>>;
  let runner: SqlPool;

  beforeAll(async () => {
    database = await freshPool();
    await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
    for (const namespace of [own, other]) await ensureNamespaceRole(database.pool, namespace, 'secret');
    runner = openPool(urlOf(own));
  });
  afterAll(async () => {
    await runner.close();
    for (const role of [roleName(own), roleName(other)]) {
      await database.pool.query({ text: `DROP OWNED BY ${role} CASCADE`, values: [] });
      await database.pool.query({ text: `DROP ROLE ${role}`, values: [] });
    }
    await database.drop();
  });

  const urlOf = (namespace: string): string =>
    database.url.replace(/^(postgres(?:ql)?:\/\/)[^@/]+@/, `$1${roleName(namespace)}:secret@`);

  const runExample = async (namespace: string, url: string): Promise<CliResult> => {
    const world = await openCliWorld(url);
    try {
      for (const name of ['connector.yaml', 'objects.yaml', 'sample.yaml']) {
        const manifest = await readFile(join(EXAMPLE, name), 'utf8');
        await world.file(name, manifest.replaceAll('namespace: sales', `namespace: ${namespace}`));
      }
      const input = join(EXAMPLE, 'price-list-2026-11-02.csv');
      return await world.run(['run', world.directory, '--connector', 'price-list', '--input', input]);
    } finally {
      await world.close();
    }
  };

  test('is enough for a whole run, and for the next one, which finds its records and baseline', async () => {
    for (const _run of [1, 2]) {
      const result = await runExample(own, urlOf(own));
      expect(result.stderr).toBe('');
      expect([0, 3]).toContain(result.status);
    }
  });

  test('sees nothing of another namespace: no record, execution, artifact or credential', async () => {
    await database.pool.withConnection(async ({ pg }) => {
      await pg.query(
        `INSERT INTO smartconnector.artifact (id, namespace, kind, file_name, complete) VALUES ('theirs', $1, 'Input', 'a.csv', true)`,
        [other],
      );
      await pg.query(`INSERT INTO smartconnector.artifact_piece (artifact, piece, content) VALUES ('theirs', 0, 'x')`);
      await pg.query(`CREATE TABLE kz_${other}.thing (id int)`);
    });
    await ensureNamespaceRole(database.pool, other, null);
    const counts = await runner.query({
      text: `SELECT (SELECT count(*) FROM smartconnector.execution)::int AS executions,
        (SELECT count(*) FROM smartconnector.artifact WHERE id = 'theirs')::int AS artifacts,
        (SELECT count(*) FROM smartconnector.artifact_piece WHERE artifact = 'theirs')::int AS pieces`,
      values: [],
    });
    expect(counts.rows).toEqual([{ executions: 2, artifacts: 0, pieces: 0 }]);
    for (const table of [`kz_${other}.thing`, 'smartconnector.shared_key', 'pg_authid']) {
      await expect(runner.query({ text: `SELECT * FROM ${table}`, values: [] })).rejects.toMatchObject({
        code: 'Postgres42501',
      });
    }
  });

  test.each([
    [
      'writes no execution for another namespace',
      `INSERT INTO smartconnector.validation (id, namespace, connector, connector_uid, script_hash, environment_hash, snapshot, state)
       VALUES ('forged', 'elsewhere', 'c', 'u', 's', 'e', '{}', 'Passed')`,
    ],
    ['gives itself no other namespace', `INSERT INTO smartconnector.namespace_role VALUES ('elsewhere', current_user)`],
    ['makes no schema', 'CREATE SCHEMA elsewhere'],
    ['becomes nobody else', 'SET ROLE postgres'],
  ])('%s', async (_name, text) => {
    await expect(runner.query({ text, values: [] })).rejects.toMatchObject({ code: 'Postgres42501' });
  });

  test('passes for no other namespace with operators of its own', async () => {
    const schema = `kz_${own}`;
    await runner.withConnection(async ({ pg }) => {
      for (const type of ['name', 'text']) {
        await pg.query(`CREATE FUNCTION ${schema}.always(${type}, ${type}) RETURNS boolean LANGUAGE sql RETURN true`);
        await pg.query(
          `CREATE OPERATOR ${schema}.= (FUNCTION = ${schema}.always, LEFTARG = ${type}, RIGHTARG = ${type})`,
        );
      }
      await pg.query(`SET search_path = ${schema}, pg_catalog`);
      const { rows } = await pg.query(`SELECT smartconnector.is_own('elsewhere') AS passes`);
      await pg.query('RESET search_path');
      expect(rows).toEqual([{ passes: false }]);
    });
  });

  test('hides nothing behind the name of its table that the operator would run as it counts', async () => {
    const schema = `kz_${own}`;
    for (const text of [
      `CREATE TABLE ${schema}.seen (who name)`,
      `CREATE FUNCTION ${schema}.note() RETURNS timestamptz LANGUAGE sql
       AS $$ INSERT INTO ${schema}.seen VALUES (current_user) RETURNING NULL::timestamptz $$`,
      `CREATE VIEW ${schema}.thing AS SELECT ${schema}.note() AS archived_at`,
    ]) {
      await runner.query({ text, values: [] });
    }
    await expect(estimateRecords(database.pool, own, 'thing')).rejects.toThrow('is not a table any more');
    const { rows } = await runner.query({ text: `SELECT * FROM ${schema}.seen`, values: [] });
    expect(rows).toEqual([]);
  });

  test('has the operator hand out no file of another namespace as its input', async () => {
    await database.pool.query({
      text: `INSERT INTO smartconnector.artifact (id, namespace, kind, file_name, complete) VALUES ('secret', $1, 'Report', 'r.xlsx', true)`,
      values: [other],
    });
    const { rows } = await runner.query({
      text: `UPDATE smartconnector.execution SET input_artifact = 'secret' WHERE id = (SELECT min(id) FROM smartconnector.execution) RETURNING id`,
      values: [],
    });
    expect(await openArtifact(database.pool, String(rows[0]?.['id']), 'Input')).toBeNull();
  });

  test('owns tables that the operator made before, so that runs can add columns and indexes', async () => {
    await database.pool.query({ text: `CREATE TABLE kz_${own}.earlier (id int)`, values: [] });
    await ensureNamespaceRole(database.pool, own, null);
    await runner.query({ text: `ALTER TABLE kz_${own}.earlier ADD COLUMN extra text`, values: [] });
  });
});
