import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ReferenceDataModel } from '../../../core/model/connector.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { applyObjectMigration } from '../../../runner/postgres/apply-migration.ts';
import { quotedTable } from '../../../runner/postgres/object-table.ts';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import { archiveRecords, readRecords } from '../../../runner/postgres/records.ts';
import { buildReferenceColumns, exportReference } from '../../../runner/postgres/reference-data.ts';
import { raw, sql } from '../../../runner/postgres/sql.ts';
import { freshPool } from '../../support/postgres.ts';
import { buildField, buildObject } from '../../support/postgres-objects.ts';

const FORBID = { removeFields: false, changeTypes: false };
const id = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const OBJECT = buildObject('thing', [
  buildField('text', 'LongText'),
  buildField('price', 'Decimal'),
  buildField('whole', 'Integer'),
  buildField('flag', 'Checkbox'),
  buildField('day', 'Date'),
  buildField('at', 'DateTime'),
  buildField('ref', 'Selector'),
  buildField('tags', 'DynamicTags'),
  buildField('files', 'Files'),
]);
const TABLE = raw(quotedTable('default', 'thing'));
const ODD = 'tab\tline\nreturn\rback\\slash \\N \\t quote\' double" é 🙂 ,]';

let pool: SqlPool;
let database: Awaited<ReturnType<typeof freshPool>>;
let directory: string;

beforeAll(async () => {
  database = await freshPool();
  ({ pool } = database);
  // As every command does first: the lock of an object counts its changes there.
  await pool.withConnection((connection) => migrateControlSchema(connection.pg));
  directory = await mkdtemp(join(tmpdir(), 'records-'));
  await applyObjectMigration(pool, OBJECT, FORBID);
  await pool.query(sql`INSERT INTO ${TABLE} (id, text, price, whole, flag, day, at, ref, tags, files) VALUES
    (${id(1)}, ${ODD}, 1.10, ${'1234567890123456789012345678901234567890'}, true, '2026-01-31', '2026-01-31T23:59:59.123456-05:00', ${id(9)}, ${[ODD, 'b', "'", '\\']}, ARRAY[${id(1)}::uuid]),
    (${id(2)}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (${id(3)}, '', -0.0000000000000000000000001, -5, false, '9999-12-31', '1850-01-01T00:00:00Z', NULL, '{}', '{}')`);
  await pool.query(sql`INSERT INTO ${TABLE} (id, text, archived_at) VALUES (${id(4)}, 'gone', now())`);
});
afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}

const read = (options: Parameters<typeof readRecords>[2]) =>
  pool.withConnection((connection) => collect(readRecords(connection, OBJECT, options)));

describe('readRecords', () => {
  it('gives values that JSON holds without loss', async () => {
    const [first, second] = await read({});
    expect(first).toMatchObject({
      id: id(1),
      text: ODD,
      price: '1.10',
      whole: '1234567890123456789012345678901234567890',
      flag: true,
      day: '2026-01-31',
      at: '2026-02-01T04:59:59.123456Z',
      tags: [ODD, 'b', "'", '\\'],
      files: [id(1)],
      archived_at: null,
    });
    expect(second).toMatchObject({ id: id(2), text: null, tags: null, flag: null });
  });

  it.each([
    ['live records', {}, [1, 2, 3]],
    ['archived ones too', { archived: true }, [1, 2, 3, 4]],
    ['a condition', { where: sql`r.whole < ${'0'}::numeric` }, [3]],
    ['a limit', { limit: 2 }, [1, 2]],
  ])('selects %s', async (_name, options, expected) => {
    expect((await read(options)).map((row) => row['id'])).toEqual(expected.map(id));
  });

  it('reads more than one batch, and leaves the connection usable when it is left early', async () => {
    const many = buildObject('many', [buildField('n', 'Integer')]);
    await applyObjectMigration(pool, many, FORBID);
    await pool.query(
      sql`INSERT INTO ${raw(quotedTable('default', 'many'))} (id, n) SELECT lpad(to_hex(i), 32, '0')::uuid, i FROM generate_series(1, 2500) i`,
    );
    await pool.withConnection(async (connection) => {
      const all = await collect(readRecords(connection, many));
      expect(all.map((row) => row['n'])).toEqual(Array.from({ length: 2500 }, (_unused, index) => String(index + 1)));
      for await (const row of readRecords(connection, many)) {
        expect(row['n']).toBe('1');
        break;
      }
      expect((await connection.query(raw('SELECT 1 AS n'))).rows).toEqual([{ n: 1 }]);
    });
  });

  it('takes an object without a table for one without records, and a new field for blank', async () => {
    const none = buildObject('none', [buildField('a', 'Text')]);
    const grown = buildObject('thing', [buildField('text', 'LongText'), buildField('later', 'Money')]);
    await pool.withConnection(async (connection) => {
      expect(await collect(readRecords(connection, none))).toEqual([]);
      const where = sql`r.later IS NULL`;
      expect(await collect(readRecords(connection, grown, { where, limit: 1 }))).toMatchObject([{ later: null }]);
    });
  });
});

describe('archiveRecords', () => {
  it('archives, counts those archived before, and names those that are not there', async () => {
    const object = buildObject('archive', [buildField('a', 'Text')]);
    await applyObjectMigration(pool, object, FORBID);
    const table = raw(quotedTable('default', 'archive'));
    const upper = '0000000A-0000-7000-8000-00000000000B';
    await pool.query(sql`INSERT INTO ${table} (id) VALUES (${id(1)}), (${upper})`);
    const first = await archiveRecords(pool, object, [upper, id(7), id(1), id(1)]);
    expect(first).toEqual({ archived: [upper.toLowerCase(), id(1)], missing: [id(7)] });
    const before = (await pool.query(sql`SELECT archived_at FROM ${table} ORDER BY id`)).rows;
    expect(await archiveRecords(pool, object, [id(1)])).toEqual({ archived: [id(1)], missing: [] });
    expect((await pool.query(sql`SELECT archived_at FROM ${table} ORDER BY id`)).rows).toEqual(before);
    await expect(archiveRecords(pool, object, ['abc'])).rejects.toMatchObject({ code: 'Invalid' });
  });
});

describe('exportReference', () => {
  const reference = (overrides: Partial<ReferenceDataModel> = {}): ReferenceDataModel => ({
    object: OBJECT,
    table: 'thing',
    filter: null,
    fields: OBJECT.fields,
    ...overrides,
  });

  it('is read by ClickHouse as the same values, live records only, in the order of ids', async () => {
    const file = join(directory, 'thing.tsv');
    const exported = await exportReference(pool, reference(), file);
    expect(exported.rows).toBe(3);
    expect(exported.warnings.map((warning) => [warning.code, warning.count])).toEqual([
      ['ReferenceDateOutOfRange', 1],
      ['ReferenceDateOutOfRange', 1],
    ]);
    const structure = exported.columns.map((column) => `${column.name} ${column.type}`).join(', ');
    const session = new Session();
    try {
      const text = session.query(
        `SELECT * FROM file('${file}', TabSeparated, '${structure.replaceAll("'", "\\'")}') SETTINGS output_format_json_quote_decimals = 1, output_format_decimal_trailing_zeros = 0 FORMAT JSONEachRow`,
      );
      const rows = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(rows).toEqual([
        {
          kizen_id: id(1),
          text: ODD,
          price: '1.1',
          whole: '1234567890123456789012345678901234567890',
          flag: true,
          day: '2026-01-31',
          at: '2026-02-01 04:59:59.123456',
          ref: id(9),
          tags: [ODD, 'b', "'", '\\'],
          files: [id(1)],
        },
        {
          kizen_id: id(2),
          text: null,
          price: null,
          whole: null,
          flag: null,
          day: null,
          at: null,
          ref: null,
          tags: [],
          files: [],
        },
        {
          kizen_id: id(3),
          text: '',
          price: '-0.0000000000000000000000001',
          whole: '-5',
          flag: false,
          day: '2299-12-31',
          at: '1900-01-01 00:00:00.000000',
          ref: null,
          tags: [],
          files: [],
        },
      ]);
    } finally {
      session.cleanup();
    }
  });

  it('applies the filter and only the fields asked for', async () => {
    const file = join(directory, 'filtered.tsv');
    const fields = OBJECT.fields.slice(0, 1);
    const filter = { all: [{ field: 'text', operator: 'Contains' as const, values: ["quote'"] }], any: [] };
    const exported = await exportReference(pool, reference({ fields, filter }), file);
    expect(exported).toMatchObject({ rows: 1, columns: [{ name: 'kizen_id', type: 'UUID' }, { name: 'text' }] });
    expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${id(1)}\\ttab\\\\tline\\\\n`));
  });

  it('writes an empty file of the right types where there is no table', async () => {
    const object = buildObject('absent', OBJECT.fields);
    const filter = { all: [{ field: 'execution_id', operator: 'Equals' as const, values: ['x'] }], any: [] };
    const file = join(directory, 'absent.tsv');
    const exported = await exportReference(pool, reference({ object, filter }), file);
    expect(exported).toEqual({ rows: 0, warnings: [], columns: buildReferenceColumns(reference()) });
    expect(await readFile(file, 'utf8')).toBe('');
  });

  it.each([
    ['more digits than ClickHouse has', `1${'0'.repeat(76)}`],
    ['no number', 'NaN'],
  ])('refuses %s and names the field', async (name, value) => {
    const object = buildObject(`huge-${name.length}`, [buildField('n', 'Decimal')]);
    await applyObjectMigration(pool, object, FORBID);
    await pool.query(sql`INSERT INTO ${raw(quotedTable('default', object.name))} VALUES (${id(1)}, ${value})`);
    await expect(
      exportReference(pool, reference({ object, fields: object.fields }), join(directory, 'huge.tsv')),
    ).rejects.toMatchObject({
      code: 'ReferenceDataTooLarge',
      message: expect.stringContaining('kizen.thing.n') as unknown,
    });
  });
});
