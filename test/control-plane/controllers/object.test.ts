import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { computeKstatus } from '../../../core/control/kstatus.ts';
import { statusFaults } from '../../../core/control/status-invariants.ts';
import { messageOf, type AppError } from '../../../core/errors/app-error.ts';
import { API_VERSION, OBJECTS, type ObjectResource } from '../../../operator/api/kinds.ts';
import { createObjectReconcile } from '../../../operator/controllers/object/reconcile.ts';
import { ensureRunnerAccess, withNamespacePool } from '../../../operator/database/runner-secret.ts';
import type { EventNote, Reconcile } from '../../../operator/runtime/reconciler.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { schemaName } from '../../../runner/postgres/object-table.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { ListedStore } from '../../support/listed-store.ts';
import { freshPool } from '../../support/postgres.ts';

describeWithApiServer('The KizenObject controller', () => {
  let server: TestApiServer;
  let database: Awaited<ReturnType<typeof freshPool>>;
  let objects: ListedStore<ObjectResource>;
  let namespace: string;
  const notes: EventNote[] = [];

  beforeAll(async () => {
    [server, database] = await Promise.all([startApiServer(), freshPool()]);
    await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
    objects = new ListedStore(server.api, OBJECTS);
    namespace = await server.freshNamespace();
  });
  afterAll(async () => {
    const role = schemaName(namespace);
    await database.pool.query({ text: `DROP OWNED BY "${role}" CASCADE`, values: [] });
    await database.pool.query({ text: `DROP ROLE "${role}"`, values: [] });
    await database.drop();
    await server.stop();
  });

  const accessWith = (pool: SqlPool) => ({
    api: server.api,
    pool,
    databaseUrl: database.url,
    databaseHost: null,
  });
  const reconcileWith = (pool: SqlPool): Reconcile =>
    createObjectReconcile({
      api: server.api,
      objects,
      pool,
      asNamespace: async (of, work) => withNamespacePool(await ensureRunnerAccess(accessWith(pool), of), work),
      events: { record: (_about, note) => notes.push(note) },
      now: () => new Date('2026-01-31T06:00:00.123Z'),
      log: pino({ level: 'silent' }),
    });

  const create = (name: string, fields: object[], annotations: Record<string, string> = {}) =>
    server.api.create(OBJECTS, {
      apiVersion: API_VERSION,
      kind: 'KizenObject',
      metadata: { name, namespace, annotations },
      spec: { fields },
    });

  const change = (name: string, patch: object) => server.api.patch(OBJECTS, { namespace, name }, patch);

  /** Reconciles, and holds what is then in the API server against the rules of kstatus. */
  async function look(name: string, pool = database.pool, expected = /^none$/): Promise<ObjectResource> {
    await objects.refresh();
    const failure = await reconcileWith(pool)({ namespace, name }, AbortSignal.timeout(60_000)).then(
      () => 'none',
      (error: unknown) => `${(error as AppError).class}: ${messageOf(error)}`,
    );
    expect(failure).toMatch(expected);
    const object = await server.api.get(OBJECTS, { namespace, name });
    expect(statusFaults(object!)).toEqual([]);
    return object!;
  }

  const ready = (object: ObjectResource) => object.status?.conditions?.find(({ type }) => type === 'Ready');
  const columns = async (table: string): Promise<unknown[]> => {
    const { rows } = await database.pool.query({
      text: `SELECT column_name::text AS name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2`,
      values: [schemaName(namespace), table],
    });
    return rows.map((row) => row['name']);
  };
  const TEXT = { type: 'Text' };

  test('makes the table that the object asks for, which belongs to the runners of the namespace', async () => {
    await create('vendor', [{ name: 'name', ...TEXT }]);
    const object = await look('vendor');
    expect(computeKstatus(object)).toBe('Current');
    expect(object.status).toMatchObject({
      observedGeneration: 1,
      table: `${schemaName(namespace)}.vendor`,
      fieldCount: 1,
      recordCount: 0,
    });
    expect(await columns('vendor')).toContain('name');
    const { rows } = await database.pool.query({
      text: `SELECT tableowner::text AS owner FROM pg_tables WHERE schemaname = $1 AND tablename = 'vendor'`,
      values: [schemaName(namespace)],
    });
    expect(rows).toEqual([{ owner: schemaName(namespace) }]);
    expect(notes).toEqual([expect.objectContaining({ type: 'Normal', reason: 'Migrated' })]);
  });

  test('writes nothing when nothing has changed', async () => {
    const before = await server.api.get(OBJECTS, { namespace, name: 'vendor' });
    const after = await look('vendor');
    expect(after.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
  });

  test('adds a field and counts the records that are there', async () => {
    await database.pool.query({
      text: `INSERT INTO "${schemaName(namespace)}".vendor (id, name) VALUES (gen_random_uuid(), 'Acme')`,
      values: [],
    });
    await change('vendor', {
      spec: {
        fields: [
          { name: 'name', ...TEXT },
          { name: 'city', ...TEXT },
        ],
      },
    });
    const object = await look('vendor');
    expect(object.status).toMatchObject({ observedGeneration: 2, fieldCount: 2, recordCount: 1 });
    expect(await columns('vendor')).toContain('city');
  });

  test('waits for nobody who holds its table: the count is that of before', async () => {
    const locked = await database.pool.withConnection(async ({ pg }) => {
      await pg.query(`BEGIN; LOCK TABLE "${schemaName(namespace)}".vendor IN ACCESS EXCLUSIVE MODE`);
      const object = await look('vendor');
      await pg.query('ROLLBACK');
      return object;
    });
    expect(computeKstatus(locked)).toBe('Current');
    expect(locked.status).toMatchObject({ observedGeneration: 2, recordCount: 1 });
  });

  test('makes a column again that somebody dropped by hand', async () => {
    await database.pool.query({ text: `ALTER TABLE "${schemaName(namespace)}".vendor DROP COLUMN city`, values: [] });
    await look('vendor');
    expect(await columns('vendor')).toContain('city');
  });

  test('refuses a change that would lose values, says each one, and changes nothing', async () => {
    await change('vendor', {
      spec: {
        fields: [
          { name: 'name', type: 'Integer' },
          { name: 'new', ...TEXT },
        ],
      },
    });
    const object = await look('vendor');
    expect(computeKstatus(object)).toBe('Failed');
    expect(ready(object)).toMatchObject({ status: 'False', reason: 'MigrationRefused' });
    expect(ready(object)?.message).toMatch(/vendor\.name: the type changes.*vendor\.city: the field was removed/);
    expect(await columns('vendor')).not.toContain('new');
    expect(notes.at(-1)).toMatchObject({ type: 'Warning', reason: 'MigrationRefused' });
  });

  test('makes the same change where a person allows it', async () => {
    await change('vendor', {
      metadata: { annotations: { 'smartconnectors.dev/allow-destructive-migration': 'true' } },
    });
    expect(computeKstatus(await look('vendor'))).toBe('Current');
    expect(await columns('vendor')).toEqual(expect.arrayContaining(['name', 'new']));
    expect(await columns('vendor')).not.toContain('city');
  });

  test('is stalled by a relationship to an object that is not there, and goes on when it is', async () => {
    await create('product', [{ name: 'vendor', type: 'Relationship', cardinality: 'ManyToOne', object: 'vendr' }]);
    const stalled = await look('product');
    expect(ready(stalled)).toMatchObject({ status: 'False', reason: 'Invalid' });
    expect(ready(stalled)?.message).toContain(
      'spec.fields[0].object: there is no KizenObject vendr (did you mean vendor?)',
    );
    await create('vendr', [{ name: 'name', ...TEXT }]);
    expect(computeKstatus(await look('product'))).toBe('Current');
  });

  test('changes a table with the rights of its owner, whose checks would else run with those of the operator', async () => {
    await create('parcel', [{ name: 'weight', ...TEXT }]);
    await look('parcel');
    const schema = `"${schemaName(namespace)}"`;
    const role = openPool(await ensureRunnerAccess(accessWith(database.pool), namespace), { maxConnections: 1 });
    for (const text of [
      `CREATE TABLE ${schema}.seen (who name)`,
      `CREATE FUNCTION ${schema}.note(anyelement) RETURNS boolean LANGUAGE sql
       AS $$ INSERT INTO ${schema}.seen VALUES (current_user) RETURNING true $$`,
      `INSERT INTO ${schema}.parcel (id, weight) VALUES (gen_random_uuid(), '3')`,
      `ALTER TABLE ${schema}.parcel ADD CHECK (${schema}.note(weight))`,
      `DELETE FROM ${schema}.seen`,
    ]) {
      await role.query({ text, values: [] });
    }
    await change('parcel', {
      metadata: { annotations: { 'smartconnectors.dev/allow-destructive-migration': 'true' } },
      spec: { fields: [{ name: 'weight', type: 'Integer' }] },
    });
    expect(computeKstatus(await look('parcel'))).toBe('Current');
    const { rows } = await role.query({ text: `SELECT DISTINCT who::text AS who FROM ${schema}.seen`, values: [] });
    expect(rows).toEqual([{ who: schemaName(namespace) }]);
    await role.close();
  });

  test('is never stalled by an outage, and keeps what it knew', async () => {
    const away = openPool('postgres://nobody@127.0.0.1:1/none', { connectTimeoutMs: 1000 });
    const object = await look('vendor', away, /^transient: /);
    expect(computeKstatus(object)).toBe('InProgress');
    expect(ready(object)).toMatchObject({ status: 'False', reason: 'ProgressingWithRetry' });
    expect(object.status?.fieldCount).toBe(2);
    expect(computeKstatus(await look('vendor'))).toBe('Current');
    await away.close();
  });

  test('asks for another look where the object has changed since it was read', async () => {
    await create('late', [{ name: 'name', ...TEXT }]);
    await objects.refresh();
    await change('late', { metadata: { labels: { team: 'data' } } });
    const reconcile = reconcileWith(database.pool)({ namespace, name: 'late' }, AbortSignal.timeout(60_000));
    await expect(reconcile).rejects.toMatchObject({ code: 'Conflict', class: 'waiting' });
  });

  test('leaves the table of an object that is deleted', async () => {
    await server.api.delete(OBJECTS, { namespace, name: 'vendor' });
    await objects.refresh();
    expect(await reconcileWith(database.pool)({ namespace, name: 'vendor' }, AbortSignal.timeout(60_000))).toBeNull();
    expect(await columns('vendor')).toContain('name');
  });
});
