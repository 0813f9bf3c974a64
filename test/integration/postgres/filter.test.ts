import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { FieldModel, FilterCondition, FilterOperator } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import { applyObjectMigration } from '../../../runner/postgres/apply-migration.ts';
import { renderFilter } from '../../../runner/postgres/filter.ts';
import { quotedTable } from '../../../runner/postgres/object-table.ts';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import { inlineValues, joinSql, raw, sql } from '../../../runner/postgres/sql.ts';
import { renderWhere } from '../../../runner/postgres/where.ts';
import { freshPool } from '../../support/postgres.ts';
import { buildField, buildObject } from '../../support/postgres-objects.ts';

const FORBID = { removeFields: false, changeTypes: false };

let pool: SqlPool;
let database: Awaited<ReturnType<typeof freshPool>>;

beforeAll(async () => {
  database = await freshPool();
  ({ pool } = database);
});
afterAll(() => database.drop());

const id = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const TEXTS = ['a', 'A', 'ab', 'a%b', 'a_b', 'a\\b', "a'b", '%', '_', '\\', 'é', ' a', '$1', 'x"y'];
const POOLS: Readonly<Record<string, readonly string[]>> = {
  text: TEXTS,
  mail: ['a@x.io', 'A@X.io', 'b@x.io', 'é@x.io'],
  price: ['0', '-0.5', '1', '1.0', '1.00000000000000000000000000001', '10', '9'],
  flag: ['true', 'false'],
  day: ['2026-01-31', '1950-01-10', '0001-01-01', '9999-12-31'],
  at: ['2026-01-31T00:00:00Z', '2026-01-30T19:00:00-05:00', '2026-01-31T00:00:00.000001Z'],
  tags: TEXTS,
  ref: [id(1), id(2), id(3)],
};

const FIELDS: readonly FieldModel[] = [
  buildField('text', 'Text'),
  buildField('mail', 'Email'),
  buildField('price', 'Decimal'),
  buildField('flag', 'Checkbox'),
  buildField('day', 'Date'),
  buildField('at', 'DateTime'),
  buildField('tags', 'DynamicTags'),
  buildField('ref', 'Selector'),
];
const OBJECT = buildObject('thing', FIELDS);

type Row = Readonly<Record<string, FieldValue>>;

const valueOf = (field: FieldModel): fc.Arbitrary<FieldValue> => {
  const one = fc.constantFrom(...(POOLS[field.name] ?? []));
  if (field.columnType === 'text[]') {
    return fc.option(fc.uniqueArray(one, { minLength: 1, maxLength: 3 }));
  }
  return fc.option(one);
};
const rowArbitrary: fc.Arbitrary<Row> = fc.record(
  Object.fromEntries(FIELDS.map((field) => [field.name, valueOf(field)])),
);

const EQUALITY: readonly FilterOperator[] = ['Equals', 'NotEquals', 'In', 'NotIn', 'IsBlank', 'IsNotBlank'];
const ORDER: readonly FilterOperator[] = ['LessThan', 'LessThanOrEqual', 'GreaterThan', 'GreaterThanOrEqual'];

function operatorsOf(field: FieldModel): readonly FilterOperator[] {
  switch (field.columnType) {
    case 'text':
      return [...EQUALITY, 'Contains', 'StartsWith'];
    case 'text[]':
      return ['Contains', 'IsBlank', 'IsNotBlank'];
    case 'boolean':
    case 'uuid':
      return EQUALITY;
    default:
      return [...EQUALITY, ...ORDER];
  }
}

const conditionArbitrary: fc.Arbitrary<FilterCondition> = fc.constantFrom(...FIELDS).chain((field) =>
  fc
    .record({
      field: fc.constant(field.name),
      operator: fc.constantFrom(...operatorsOf(field)),
      values: fc.array(fc.constantFrom(...(POOLS[field.name] ?? [])), { minLength: 1, maxLength: 3 }),
    })
    .map((condition) => ({
      ...condition,
      values: ['In', 'NotIn'].includes(condition.operator) ? condition.values : condition.values.slice(0, 1),
    })),
);

/** A number that orders like the value; for decimals scaled so that 29 digits after the point count. */
function comparable(field: FieldModel, value: string): bigint | string {
  switch (field.columnType) {
    case 'numeric': {
      const [whole = '', fraction = ''] = value.replace('-', '').split('.');
      const scaled = BigInt(whole + fraction.padEnd(30, '0'));
      return value.startsWith('-') ? -scaled : scaled;
    }
    case 'timestamptz':
      return BigInt(Date.parse(value)) * 1000n + BigInt(/\.\d{3}(\d{3})/.exec(value)?.[1] ?? 0);
    default:
      return field.type === 'Email' ? value.toLowerCase() : value;
  }
}

/** What a filter means, on plain values. */
function holds(condition: FilterCondition, row: Row): boolean {
  const field = FIELDS.find((one) => one.name === condition.field) ?? buildField('none', 'Text');
  const actual = row[condition.field] ?? null;
  const { operator, values } = condition;
  if (operator === 'IsBlank' || operator === 'IsNotBlank') {
    return (actual === null) === (operator === 'IsBlank');
  }
  if (operator === 'NotEquals' || operator === 'NotIn') {
    return !holds({ ...condition, operator: 'In' }, row);
  }
  if (actual === null) {
    return false;
  }
  if (Array.isArray(actual)) {
    return actual.includes(values[0]);
  }
  const own = comparable(field, String(actual));
  const others = values.map((value) => comparable(field, value));
  const [other = ''] = others;
  switch (operator) {
    case 'Contains':
      return String(own).includes(String(other));
    case 'StartsWith':
      return String(own).startsWith(String(other));
    case 'LessThan':
      return own < other;
    case 'LessThanOrEqual':
      return own <= other;
    case 'GreaterThan':
      return own > other;
    case 'GreaterThanOrEqual':
      return own >= other;
    default:
      return others.includes(own);
  }
}

describe('renderFilter', () => {
  it('selects what the filter means, with parameters and written into the text', async () => {
    await applyObjectMigration(pool, OBJECT, FORBID);
    const table = raw(quotedTable('default', 'thing'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(rowArbitrary, { minLength: 1, maxLength: 12 }),
        fc.array(
          fc.record({
            all: fc.array(conditionArbitrary, { maxLength: 3 }),
            any: fc.array(conditionArbitrary, { maxLength: 3 }),
          }),
          { minLength: 4, maxLength: 4 },
        ),
        async (rows, filters) => {
          await pool.query(sql`TRUNCATE ${table}`);
          const tuples = rows.map((row, index) => {
            const values = FIELDS.map((field) => {
              const value = row[field.name] ?? null;
              return sql`${typeof value === 'boolean' ? String(value) : value}::${raw(field.columnType)}`;
            });
            return sql`(${id(index)}::uuid, ${joinSql(values, ', ')})`;
          });
          const names = raw(FIELDS.map((field) => `"${field.name}"`).join(', '));
          await pool.query(sql`INSERT INTO ${table} (id, ${names}) VALUES ${joinSql(tuples, ', ')}`);
          for (const filter of filters) {
            const where = renderFilter(OBJECT, filter, 'r');
            const expected = rows.flatMap((row, index) =>
              filter.all.every((condition) => holds(condition, row)) &&
              (filter.any.length === 0 || filter.any.some((condition) => holds(condition, row)))
                ? [id(index)]
                : [],
            );
            const select = sql`SELECT id FROM ${table} r WHERE ${where} ORDER BY id`;
            expect((await pool.query(select)).rows.map((row) => row['id'])).toEqual(expected);
            expect((await pool.query(raw(inlineValues(select)))).rows.map((row) => row['id'])).toEqual(expected);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['a field that is not there', { field: 'nope', operator: 'IsBlank' as const, values: [] }, /no field "nope"/],
    ['a value of another type', { field: 'price', operator: 'Equals' as const, values: ['1e5'] }, /thing\.price/],
    ['an order of texts', { field: 'text', operator: 'LessThan' as const, values: ['a'] }, /LessThan does not fit/],
    ['a NUL character', { field: 'text', operator: 'Equals' as const, values: ['a\0'] }, /NUL/],
    ['no value', { field: 'text', operator: 'Equals' as const, values: [] }, /without a value/],
  ])('refuses %s', (_name, condition, message) => {
    expect(() => renderFilter(OBJECT, { all: [condition], any: [] }, 'r')).toThrow(message);
  });
});

describe('renderWhere', () => {
  const vendor = buildObject('vendor', [buildField('name', 'Text'), buildField('tags', 'DynamicTags')]);
  const product = buildObject('product', [
    buildField('sku', 'Text'),
    buildField('price', 'Money'),
    buildField('vendor', 'Relationship', { object: 'vendor', inverse: 'products' }),
    buildField('others', 'Relationship', { object: 'vendor', inverse: 'other_products', columnType: 'uuid[]' }),
  ]);
  const objects = [vendor, product];

  beforeAll(async () => {
    await applyObjectMigration(pool, vendor, FORBID);
    await applyObjectMigration(pool, product, FORBID);
    await pool.query(sql`INSERT INTO ${raw(quotedTable('default', 'vendor'))} (id, name, tags) VALUES
      (${id(1)}, 'Acme', ARRAY['big','old']), (${id(2)}, 'a=b', NULL), (${id(3)}, NULL, ARRAY['big'])`);
    await pool.query(sql`INSERT INTO ${raw(quotedTable('default', 'product'))} (id, sku, price, vendor, others, archived_at) VALUES
      (${id(11)}, 'A-1', 10, ${id(1)}, ARRAY[${id(2)}::uuid, ${id(3)}::uuid], NULL),
      (${id(12)}, 'A-2', 2.50, ${id(1)}, NULL, NULL),
      (${id(13)}, 'B-1', 3, ${id(2)}, NULL, now())`);
  });

  it.each([
    ['a field', vendor, ['name=Acme'], [1]],
    ['a value with an equals sign', vendor, ['name=a=b'], [2]],
    ['blank', vendor, ['name='], [3]],
    ['not blank', vendor, ['name!='], [1, 2]],
    ['not equal includes blank', vendor, ['name!=Acme'], [2, 3]],
    ['a list that has the value', vendor, ['tags=big'], [1, 3]],
    ['a list that has it not', vendor, ['tags!=old'], [2, 3]],
    ['several, all of which hold', vendor, ['tags=big', 'name=Acme'], [1]],
    ['an id', vendor, [`id=${id(2)}`], [2]],
    ['order', product, ['price>=3'], [11, 13]],
    ['a relationship', product, [`vendor=${id(1)}`], [11, 12]],
    ['a field of the related record', product, ['vendor.name=Acme'], [11, 12]],
    ['a relationship to several', product, [`others=${id(3)}`], [11]],
    ['an inverse name, only over live records', vendor, ['products.sku=B-1'], []],
    ['an inverse name with an id', vendor, [`products=${id(12)}`], [1]],
    ['an inverse name without a value', vendor, ['products='], [2, 3]],
    ['an inverse name with any value', vendor, ['products!='], [1]],
    ['an inverse of a relationship to several', vendor, ['other_products.price>5'], [2, 3]],
    ['none of the related', vendor, ['products.sku!=A-1'], [2, 3]],
    ['a path there and back', product, ['vendor.products.sku=A-1'], [11, 12]],
  ])('selects by %s', async (_name, object, conditions, expected) => {
    const where = renderWhere(object, conditions, objects, 'r');
    const { rows } = await pool.query(
      sql`SELECT id FROM ${raw(quotedTable('default', object.name))} r WHERE ${where} ORDER BY id`,
    );
    expect(rows.map((row) => row['id'])).toEqual(expected.map(id));
  });

  it.each([
    ['nonsense', 'nonsense', /write field=value/],
    ['an unknown name', 'nope=1', /there is id, name, tags, products, other_products/],
    ['a path through a plain field', 'name.x=1', /no relationship "name"/],
    ['a value of another type', 'products=abc', /write a record id/],
  ])('refuses %s', (_name, condition, message) => {
    expect(() => renderWhere(vendor, [condition], objects, 'r')).toThrow(message);
  });
});
