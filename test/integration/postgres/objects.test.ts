import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { FieldModel, ObjectModel } from '../../../core/model/object.ts';
import { applyObjectMigration, readObjectMigration } from '../../../runner/postgres/apply-migration.ts';
import { renderFilter } from '../../../runner/postgres/filter.ts';
import { ensureMatchingIndexes, planMatchingIndexes } from '../../../runner/postgres/matching-indexes.ts';
import { matchCondition } from '../../../runner/postgres/match-key.ts';
import { quotedOptionsTable, quotedTable, schemaName } from '../../../runner/postgres/object-table.ts';
import { openPool, withTransaction } from '../../../runner/postgres/pool.ts';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import { quoteIdentifier, quoteQualified, raw, sql } from '../../../runner/postgres/sql.ts';
import { freshPool } from '../../support/postgres.ts';
import { buildField, buildObject } from '../../support/postgres-objects.ts';

const FORBID = { removeFields: false, changeTypes: false };
const ALLOW = { removeFields: true, changeTypes: true };
const ID = '00000000-0000-7000-8000-000000000001';

let pool: SqlPool;
let url: string;
let database: Awaited<ReturnType<typeof freshPool>>;

beforeAll(async () => {
  database = await freshPool();
  ({ pool, url } = database);
});
afterAll(() => database.drop());

const tableSql = (object: ObjectModel) => raw(quotedTable(object.namespace, object.name));

describe('migrations', () => {
  it('makes schema, table and table of options, and finds nothing to do the second time', async () => {
    const object = buildObject('product', [buildField('sku', 'Text'), buildField('tags', 'DynamicTags')]);
    expect(await applyObjectMigration(pool, object, FORBID)).toBe(true);
    expect(await applyObjectMigration(pool, object, FORBID)).toBe(false);
    await pool.query(sql`INSERT INTO ${raw(quotedOptionsTable('default'))} VALUES ('product', 'tags', 'x')`);
    const { rows } = await pool.query(
      sql`INSERT INTO ${tableSql(object)} (id, tags) VALUES (${ID}, ARRAY['a']) RETURNING *`,
    );
    expect(rows[0]).toMatchObject({ id: ID, tags: ['a'], sku: null, archived_at: null, execution_id: null });
  });

  it('lets many commands migrate at once', async () => {
    const object = buildObject('crowd', [buildField('a', 'Text')], { namespace: 'crowd' });
    const pools = Array.from({ length: 6 }, () => openPool(url, { maxConnections: 1 }));
    const changed = await Promise.all(pools.map((one) => applyObjectMigration(one, object, FORBID)));
    await Promise.all(pools.map((one) => one.close()));
    expect(changed.filter(Boolean)).toHaveLength(1);
  });

  it('refuses to remove a field and keeps its values', async () => {
    const before = buildObject('keep', [buildField('a', 'Text'), buildField('b', 'Text')]);
    await applyObjectMigration(pool, before, FORBID);
    await pool.query(sql`INSERT INTO ${tableSql(before)} (id, b) VALUES (${ID}, 'kept')`);
    const after = buildObject('keep', [buildField('a', 'Text')]);
    await expect(applyObjectMigration(pool, after, FORBID)).rejects.toMatchObject({
      code: 'MigrationRefused',
      class: 'terminal',
      details: [{ message: expect.stringContaining('keep.b') as unknown }],
    });
    expect((await readObjectMigration(pool, after, FORBID)).refusals).toHaveLength(1);
    expect((await pool.query(sql`SELECT b FROM ${tableSql(before)}`)).rows).toEqual([{ b: 'kept' }]);
    await applyObjectMigration(pool, after, ALLOW);
    expect((await pool.query(sql`SELECT * FROM ${tableSql(after)}`)).rows[0]).not.toHaveProperty('b');
  });

  it.each<[string, FieldModel, FieldModel, string, unknown]>([
    ['text to a number', buildField('f', 'Text'), buildField('f', 'Decimal'), '1.50', '1.50'],
    ['text that is no number', buildField('f', 'Text'), buildField('f', 'Decimal'), 'abc', null],
    ['a number to text', buildField('f', 'Decimal'), buildField('f', 'Text'), '1.50', '1.50'],
    ['text to a checkbox', buildField('f', 'Text'), buildField('f', 'Checkbox'), 'Yes', true],
    [
      'a date to a date-time',
      buildField('f', 'Date'),
      buildField('f', 'DateTime'),
      '2026-01-31',
      '2026-01-31 00:00:00+00',
    ],
    [
      'a date-time to a date',
      buildField('f', 'DateTime'),
      buildField('f', 'Date'),
      '2026-01-31T23:00:00-05:00',
      '2026-02-01',
    ],
    ['a date to text', buildField('f', 'Date'), buildField('f', 'Text'), '2026-01-31', '2026-01-31'],
    ['text to a date becomes blank', buildField('f', 'Text'), buildField('f', 'Date'), '2026-01-31', null],
    ['text to tags', buildField('f', 'Text'), buildField('f', 'DynamicTags'), 'a,b', ['a,b']],
    ['tags to text', buildField('f', 'DynamicTags'), buildField('f', 'Text'), '{a,b}', 'a; b'],
    ['text to an id', buildField('f', 'Text'), buildField('f', 'Selector'), ID, ID],
    ['an id to files', buildField('f', 'Selector'), buildField('f', 'Files'), ID, [ID]],
    ['a checkbox to a number becomes blank', buildField('f', 'Checkbox'), buildField('f', 'Integer'), 'true', null],
    ['a checkbox to text', buildField('f', 'Checkbox'), buildField('f', 'Text'), 'true', 'true'],
  ])('changes the type where that is allowed: %s', async (name, before, after, value, expected) => {
    const objectName = `change-${name.replaceAll(/[^a-z]/g, '-')}`;
    const object = buildObject(objectName, [before]);
    await applyObjectMigration(pool, object, FORBID);
    await ensureMatchingIndexes(pool, object, [before]);
    await pool.query(sql`INSERT INTO ${tableSql(object)} (id, f) VALUES (${ID}, ${value})`);
    await expect(applyObjectMigration(pool, buildObject(objectName, [after]), FORBID)).rejects.toMatchObject({
      code: 'MigrationRefused',
    });
    await applyObjectMigration(pool, buildObject(objectName, [after]), ALLOW);
    expect((await pool.query(sql`SELECT f FROM ${tableSql(object)}`)).rows[0]?.['f']).toEqual(expected);
  });

  it('gives way to a long reader and comes back', async () => {
    const before = buildObject('busy', [buildField('a', 'Text')]);
    const after = buildObject('busy', [buildField('a', 'Text'), buildField('b', 'Text')]);
    await applyObjectMigration(pool, before, FORBID);
    const migrated = await withTransaction(pool, async (reader) => {
      await reader.query(sql`SELECT * FROM ${tableSql(before)}`);
      const migration = applyObjectMigration(pool, after, FORBID);
      // The migration waits for the reader; others must still be able to read within its lock timeout.
      await pool.query(sql`SELECT count(*) FROM ${tableSql(before)}`);
      return { migration };
    });
    expect(await migrated.migration).toBe(true);
  });
});

describe('indexes for matching', () => {
  it('builds the ones that are missing, once, and again where a build was interrupted', async () => {
    const fields = [
      buildField('name', 'Text'),
      buildField('mail', 'Email'),
      buildField('price', 'Decimal'),
      buildField('vendor', 'Relationship', { object: 'vendor' }),
      buildField('parts', 'Relationship', { object: 'part', columnType: 'uuid[]' }),
    ];
    const object = buildObject('indexed', fields);
    await applyObjectMigration(pool, object, FORBID);
    expect(await ensureMatchingIndexes(pool, object, fields.slice(0, 3))).toHaveLength(5);
    expect(await ensureMatchingIndexes(pool, object, fields)).toEqual([]);
    const [plan] = planMatchingIndexes(object, fields);
    const index = quoteQualified(schemaName('default'), plan?.name ?? '');
    await pool.query(sql`UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(${index})`);
    expect(await ensureMatchingIndexes(pool, object, fields)).toEqual([plan?.name]);
  });

  it('is used by the condition of matching, and holds values longer than an index entry', async () => {
    const object = buildObject('long', [buildField('name', 'LongText'), buildField('mail', 'Email')]);
    await applyObjectMigration(pool, object, FORBID);
    await ensureMatchingIndexes(pool, object, object.fields);
    const long = 'é'.repeat(50_000);
    await pool.query(sql`INSERT INTO ${tableSql(object)} (id, name, mail) VALUES (${ID}, ${long}, 'Ann@Example.com')`);
    for (const [name, value, count] of [
      ['name', long, '1'],
      ['name', `${long}x`, '0'],
      ['mail', 'ann@example.COM', '1'],
    ] as const) {
      const field = object.fields.find((one) => one.name === name) ?? buildField(name, 'Text');
      const condition = matchCondition(field, `r.${quoteIdentifier(name)}`, '$1::text');
      const text = `SELECT count(*) AS n FROM ${quotedTable('default', 'long')} r WHERE ${condition}`;
      expect((await pool.query({ text, values: [value] })).rows).toEqual([{ n: count }]);
      const plan = await withTransaction(pool, async (connection) => {
        await connection.query(raw('SET LOCAL enable_seqscan = off'));
        return connection.query({ text: `EXPLAIN ${text}`, values: [value] });
      });
      expect(JSON.stringify(plan.rows)).toContain('Index');
    }
  });
});

describe('hostile names', () => {
  const NAMES = [
    'x"; DROP SCHEMA kz_default CASCADE; --',
    "x'; SELECT pg_sleep(9); --",
    'select',
    '$1',
    'a$1b',
    'UPPER and space',
    'new\nline',
    'back\\slash',
    'é"ß',
    '%s %I',
    ':name ?',
    '/* */',
    'x'.repeat(63),
  ];

  it.each(NAMES)('are names and nothing else: %j', async (name) => {
    const field = buildField(name, 'Text', { options: [name] });
    const tags = buildField(`${name.slice(0, 40)}_t`, 'DynamicTags');
    const object = buildObject(name, [field, tags], { namespace: name.slice(0, 30) });
    await applyObjectMigration(pool, object, FORBID);
    await ensureMatchingIndexes(pool, object, object.fields);
    expect(await applyObjectMigration(pool, object, FORBID)).toBe(false);
    await pool.query(
      sql`INSERT INTO ${tableSql(object)} (id, ${raw(quoteIdentifier(name))}, ${raw(quoteIdentifier(tags.name))}) VALUES (${ID}, ${name}, ${[name]})`,
    );
    for (const condition of [
      { field: name, operator: 'Equals' as const, values: [name] },
      { field: name, operator: 'In' as const, values: [name, 'other'] },
      { field: name, operator: 'Contains' as const, values: [name.slice(1)] },
      { field: name, operator: 'StartsWith' as const, values: [name.slice(0, 2)] },
      { field: tags.name, operator: 'Contains' as const, values: [name] },
    ]) {
      const where = renderFilter(object, { all: [condition], any: [] }, 'r');
      const { rows } = await pool.query(sql`SELECT id FROM ${tableSql(object)} r WHERE ${where}`);
      expect(rows).toEqual([{ id: ID }]);
    }
    const changed = buildObject(name, [buildField(name, 'DynamicTags')], { namespace: name.slice(0, 30) });
    await applyObjectMigration(pool, changed, ALLOW);
    expect((await pool.query(sql`SELECT to_regnamespace('kz_default') IS NOT NULL AS there`)).rows).toEqual([
      { there: true },
    ]);
  });
});

describe('errors of PostgreSQL', () => {
  it.each([
    ['a unique violation passes with its state', 'SELECT 1/0', { code: 'Postgres22012', class: 'terminal' }],
    [
      'a serialization failure may be tried again',
      `DO $$ BEGIN RAISE SQLSTATE '40001'; END $$`,
      { class: 'transient' },
    ],
    ['a full disk may be tried again', `DO $$ BEGIN RAISE SQLSTATE '53100'; END $$`, { class: 'transient' }],
  ])('%s', async (_name, text, expected) => {
    await expect(pool.query(raw(text))).rejects.toMatchObject(expected);
  });

  it('a connection that the server ends is transient, and the pool recovers', async () => {
    const one = openPool(url, { maxConnections: 1 });
    await expect(one.query(raw('SELECT pg_terminate_backend(pg_backend_pid())'))).rejects.toMatchObject({
      class: 'transient',
    });
    expect((await one.query(raw('SELECT 1 AS n'))).rows).toEqual([{ n: 1 }]);
    await one.close();
  });

  it('a wrong password is terminal and is not shown', async () => {
    const wrong = openPool(url.replace(/:[^:@]*@/, ':wrong-pass@'));
    const error: unknown = await wrong.query(raw('SELECT 1')).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'Postgres28P01', class: 'terminal' });
    expect(String(error)).not.toContain('wrong-pass');
    await wrong.close();
  });
});
