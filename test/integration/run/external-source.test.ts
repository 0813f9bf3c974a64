import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliResult, type CliWorld } from '../../support/cli.ts';
import { freshPool } from '../../support/postgres.ts';
import { STOCK_OBJECT } from './manifests.ts';

const PASSWORD = 'pass-Wörd$7h"\'\\x';
const HIDDEN = 'Wörd$7h';

type Fresh = Awaited<ReturnType<typeof freshPool>>;
let world: CliWorld;
let source: Fresh;
let records: Fresh;
let user: string;
/** The test server listens on a socket in a directory; other databases of this world on a port. */
let door: Server;

const connector = (table: string, secretRef = '{name: erp-readonly}'): string => `${STOCK_OBJECT}
---
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: {name: stock}
spec:
  type: Spreadsheet
  spreadsheet: {tables: [{name: stock, columns: [sku]}]}
  externalSources:
    - {name: erp, kind: PostgreSQL, secretRef: ${secretRef}}
  sql:
    script: |
      CREATE TABLE output.stock AS
        SELECT i._row, i.sku, e.amount FROM input.stock AS i
        LEFT JOIN postgresql(erp, table = '${table}') AS e ON e.sku = i.sku;
  executionVariables:
    - {name: sku, scope: stock, type: String, required: true}
    - {name: amount, scope: stock, type: Number}
  loadSteps:
    - name: stock
      object: stock
      scope: stock
      matching: [{field: sku, variable: sku}]
      mapping: [{field: sku, variables: [sku]}, {field: amount, variables: [amount]}]
`;

beforeAll(async () => {
  [source, records] = await Promise.all([freshPool(), freshPool()]);
  world = await openCliWorld(records.url);
  user = `erp_${Date.now()}`;
  const literal = `E'${PASSWORD.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  for (const text of [
    `CREATE ROLE ${user} LOGIN PASSWORD ${literal}`,
    `CREATE TABLE stock AS SELECT 'a' AS sku, 7 AS amount`,
    // Held open by the test: who reads it waits for the lock.
    `CREATE FUNCTION held() RETURNS int LANGUAGE sql AS 'SELECT 8 FROM pg_advisory_xact_lock(4711)'`,
    `CREATE VIEW slow AS SELECT 'a'::text AS sku, held() AS amount`,
    `GRANT SELECT ON stock, slow TO ${user}`,
  ]) {
    await source.pool.query({ text, values: [] });
  }
  const { hostname, pathname } = new URL(source.url);
  const socket = join(decodeURIComponent(hostname), '.s.PGSQL.5432');
  door = createServer((client) => {
    const server = connect(socket);
    client.pipe(server).pipe(client);
    for (const end of [client, server]) end.on('error', () => [client.destroy(), server.destroy()]);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const port = String((door.address() as AddressInfo).port);
  const values = { host: '127.0.0.1', port, database: pathname.slice(1), user, password: PASSWORD };
  for (const [key, value] of Object.entries(values)) await world.file(`secrets/erp-readonly/${key}`, `${value}\n`);
  await world.file('secrets/erp-json/all', JSON.stringify({ ...values, port: Number(port) }));
  await world.file('secrets/erp-wrong/hots', 'x');
  await world.file('in.csv', 'sku\na\nb\n');
});

afterAll(async () => {
  door.close();
  await source.pool.query({ text: `DROP OWNED BY ${user}`, values: [] });
  await source.pool.query({ text: `DROP ROLE ${user}`, values: [] });
  await Promise.all([source.drop(), records.drop(), world.close()]);
});

const run = async (manifest: string, onStart?: (pid: number) => void): Promise<CliResult> => {
  const file = await world.file('c.yaml', manifest);
  const args = ['run', file, '-c', 'stock', '-i', join(world.directory, 'in.csv'), '-o', 'json'];
  const secrets = ['--secrets', join(world.directory, 'secrets')];
  return world.run([...args, ...secrets], onStart === undefined ? {} : { onStart });
};

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Arguments and environments of every process that this user may look at. */
function processTexts(): string {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name) && name !== String(process.pid));
  return pids.map((pid) => read(`/proc/${pid}/cmdline`) + read(`/proc/${pid}/environ`)).join('\n');
}

describe('an external PostgreSQL', () => {
  test.each([
    ['one file for each key', '{name: erp-readonly}'],
    ['one key that holds everything', '{name: erp-json, key: all}'],
  ])('is read by its name, its Secret being %s', async (_, secretRef) => {
    const result = await run(connector('stock', secretRef));
    expect(result.json()).toMatchObject({ phase: 'Succeeded', inputs: [{ rows: 2 }] });
    const { stdout } = await world.run(['records', 'stock', '-o', 'json']);
    expect(stdout).toContain('"amount":"7"');
  });

  test('has a password that no process, file or message shows, while the script reads and after it', async () => {
    const holder = openPool(source.url, { maxConnections: 1 });
    let seen = '';
    let files: string[] = [];
    const result = await holder.withConnection(async ({ pg }) => {
      await pg.query('BEGIN');
      await pg.query('SELECT pg_advisory_xact_lock(4711)');
      const state = { ended: false };
      const running = run(connector('slow')).finally(() => (state.ended = true));
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND wait_event = 'advisory'`;
      for (let rows = 0; rows === 0;) rows = (await source.pool.query({ text: waiting, values: [user] })).rows.length;
      seen = processTexts();
      files = filesBelow(join(world.directory, 'state')).filter((file) => readFileSync(file).includes(HIDDEN));
      await pg.query('ROLLBACK');
      return running;
    });
    await holder.close();
    expect(result.json()).toMatchObject({ phase: 'Succeeded' });
    expect(seen).toContain('sql-job.json');
    expect(seen).not.toContain(HIDDEN);
    expect(files).toEqual([]);
    const later = filesBelow(join(world.directory, 'state')).filter((file) => readFileSync(file).includes(HIDDEN));
    expect(later).toEqual([]);
    expect(result.stdout + result.stderr).not.toContain(HIDDEN);
  });

  test('that refuses the query is a fault of the script at its place', async () => {
    const result = await run(connector('nowhere'));
    expect(result.status).toBe(4);
    expect(result.json()).toMatchObject({ phase: 'Failed', error: { code: 'SqlFailed', details: [{ line: 24 }] } });
    expect(result.stdout).not.toContain(HIDDEN);
  });

  test.each([
    ['is not there', '{name: nobody}', 'cannot be read', '--secrets'],
    ['lacks keys', '{name: erp-wrong}', 'the key host is missing', 'no key of a source of kind PostgreSQL'],
    ['is no JSON', '{name: erp-readonly, key: password}', 'does not hold a JSON object', 'spec.externalSources[0]'],
  ])('whose Secret %s makes no execution, and none valid', async (_, secretRef, message, more) => {
    const result = await run(connector('stock', secretRef));
    expect([result.status, (result.json() as { error: { code: string } }).error.code]).toEqual([2, 'SecretMissing']);
    expect(result.stdout).toMatch(/"path":"spec\.externalSources\[0\]\.secretRef"[^}]*"line":\d+,"column":\d+/);
    expect(result.stdout).toContain(message);
    expect(result.stdout).toContain(more);
    expect(result.stdout).not.toContain(HIDDEN);
    const secrets = ['--secrets', join(world.directory, 'secrets')];
    const validated = await world.run(['validate', join(world.directory, 'c.yaml'), ...secrets]);
    expect(validated.status).toBe(2);
    expect(validated.stderr).toContain(message);
  });

  test('is tried by validate', async () => {
    const file = await world.file('c.yaml', connector('stock'));
    const result = await world.run(['validate', file, '--secrets', join(world.directory, 'secrets')]);
    expect([result.status, result.stdout]).toEqual([0, 'valid: 1 connector, 1 object\n']);
  });
});
