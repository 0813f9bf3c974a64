import { describe, expect, it } from 'vitest';

import { databaseError, redactUrl } from '../../../runner/postgres/database-error.ts';
import { indexName, quotedTable, schemaName } from '../../../runner/postgres/object-table.ts';
import {
  identifier,
  inlineValues,
  joinSql,
  quoteIdentifier,
  quoteLiteral,
  quoteQualified,
  raw,
  sql,
} from '../../../runner/postgres/sql.ts';
import { buildField, buildObject } from '../../support/postgres-objects.ts';

describe('identifiers', () => {
  it.each([
    ['a plain name is quoted', 'price', '"price"'],
    ['capitals are kept', 'Price', '"Price"'],
    ['double quotes are doubled', 'a"; DROP TABLE x; --', '"a""; DROP TABLE x; --"'],
    ['63 bytes fit', 'x'.repeat(63), `"${'x'.repeat(63)}"`],
    ['a line end is part of the name', 'a\nb', '"a\nb"'],
  ])('%s', (_name, input, expected) => {
    expect(quoteIdentifier(input)).toBe(expected);
  });

  it.each([
    ['64 bytes', 'x'.repeat(64)],
    ['63 characters of more than 63 bytes', 'é'.repeat(63)],
    ['a NUL character', 'a\0b'],
    ['nothing', ''],
  ])('refuses %s', (_name, input) => {
    expect(() => quoteIdentifier(input)).toThrow(expect.objectContaining({ code: 'IdentifierInvalid' }));
  });

  it('joins the parts of a qualified name', () => {
    expect(quoteQualified('kz_sales', 'a.b')).toBe('"kz_sales"."a.b"');
  });
});

describe('statements', () => {
  it('turns values into parameters and splices fragments under new numbers', () => {
    const condition = sql`${identifier('r', 'price')} > ${'10'}::numeric`;
    const statement = sql`SELECT ${1} FROM t WHERE ${condition} AND ${joinSql([condition, raw('true')], ' OR ')}`;
    expect(statement.text).toBe(
      'SELECT $1 FROM t WHERE "r"."price" > $2::numeric AND "r"."price" > $3::numeric OR true',
    );
    expect(statement.values).toEqual([1, '10', '10']);
  });

  it('does not take a name that looks like a parameter for one', () => {
    const statement = sql`${'x'} = ${identifier('a$1')} AND ${sql`${identifier('$1')} = ${null}`}`;
    expect(statement.text).toBe('$1 = "a$1" AND "$1" = $2');
    expect(statement.values).toEqual(['x', null]);
    expect(inlineValues(sql`${identifier('$1')} = ${"it's"}`)).toBe(`"$1" = 'it''s'`);
  });

  it('writes literals that hold quotes and backslashes', () => {
    expect(quoteLiteral(`a'b`)).toBe(`'a''b'`);
    expect(quoteLiteral(`a\\'b`)).toBe(` E'a\\\\''b'`);
    expect(() => quoteLiteral('\0')).toThrow(/NUL/);
  });
});

describe('tables and indexes', () => {
  it('shortens names that PostgreSQL could not hold, without making two names one', () => {
    const long = 'a'.repeat(80);
    expect(quotedTable('sales', 'product')).toBe('"kz_sales"."product"');
    expect(Buffer.byteLength(schemaName('n'.repeat(63)))).toBeLessThanOrEqual(63);
    expect(schemaName(`${'n'.repeat(62)}a`)).not.toBe(schemaName(`${'n'.repeat(62)}b`));
    expect(quotedTable('sales', `${long}1`)).not.toBe(quotedTable('sales', `${long}2`));
  });

  it('names indexes the same every time and differently for names that join to the same', () => {
    const one = indexName(buildObject('a', []), buildField('b_c', 'Text'), 'match');
    expect(indexName(buildObject('a', []), buildField('b_c', 'Text'), 'match')).toBe(one);
    expect(indexName(buildObject('a_b', []), buildField('c', 'Text'), 'match')).not.toBe(one);
    expect(
      Buffer.byteLength(indexName(buildObject('é'.repeat(90), []), buildField('ß'.repeat(30), 'Text'), 'match')),
    ).toBeLessThanOrEqual(63);
  });
});

describe('errors', () => {
  it('leaves the password out of addresses and messages', () => {
    const url = 'postgres://me:s3cret%2Fpw@db.example:5432/app?password=other';
    expect(redactUrl(url)).toBe('postgres://me@db.example:5432/app');
    expect(databaseError(new Error('bad s3cret%2Fpw and s3cret/pw'), url).message).not.toMatch(/s3cret/);
  });

  it('calls a connection that was refused transient', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(databaseError(refused, 'postgres://me@h/x')).toMatchObject({
      class: 'transient',
      code: 'DatabaseUnavailable',
    });
    expect(databaseError(new AggregateError([refused]))).toMatchObject({ class: 'transient' });
    expect(databaseError(new Error('boom'))).toMatchObject({ class: 'terminal' });
  });
});
