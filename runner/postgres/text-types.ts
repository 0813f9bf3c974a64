import pg from 'pg';

/** Types whose text `pg` may turn into JavaScript without loss. Everything else stays as PostgreSQL writes it. */
const BOOLEAN = 16;
const INT2 = 21;
const INT4 = 23;
const OID = 26;
const JSON_OID = 114;
const JSONB = 3802;
const BYTEA = 17;

/** One-dimensional arrays that are read as arrays of their elements' text. */
const TEXT_ARRAYS: ReadonlySet<number> = new Set([
  199, // json
  1000, // boolean
  1005, // int2
  1007, // int4
  1009, // text
  1014, // char
  1015, // varchar
  1016, // int8
  1003, // name
  1115, // timestamp
  1182, // date
  1185, // timestamptz
  1231, // numeric
  2951, // uuid
]);

const TEXT_ARRAY: number = 1009;
const parseTextArray: (text: string) => unknown = pg.types.getTypeParser(TEXT_ARRAY, 'text');

/**
 * Type parsers that keep every digit: numeric, bigint, dates, timestamps and uuid stay text; no JavaScript Date, no
 * float. Arrays become arrays of text.
 */
export const TEXT_TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') {
      return pg.types.getTypeParser(oid, 'binary');
    }
    if ([BOOLEAN, INT2, INT4, OID, JSON_OID, JSONB, BYTEA].includes(oid)) {
      return pg.types.getTypeParser(oid, 'text');
    }
    return TEXT_ARRAYS.has(oid) ? parseTextArray : (text: string) => text;
  }) as pg.CustomTypesConfig['getTypeParser'],
};
