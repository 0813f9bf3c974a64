import type pg from 'pg';

type Parse = (text: string) => unknown;

/** Types whose text becomes a JavaScript value without loss, by their oid. */
const SCALARS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [16, (text) => text === 't'], // boolean
  [17, (text) => Buffer.from(text.slice(2), 'hex')], // bytea, as `\x…`
  [21, Number], // int2
  [23, Number], // int4
  [26, Number], // oid
  [114, (text): unknown => JSON.parse(text)], // json
  [3802, (text): unknown => JSON.parse(text)], // jsonb
]);

/** One-dimensional arrays that are read as arrays of their elements' text: boolean, name, text, numbers, times, uuid. */
const ARRAYS: ReadonlySet<number> = new Set([
  1000, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1115, 1182, 1185, 1231, 2951,
]);

const asText: Parse = (text) => text;

/**
 * Type parsers that keep every digit: numeric, bigint, dates, timestamps and uuid stay text; no JavaScript Date, no
 * float. Arrays become arrays of text.
 */
export const TEXT_TYPES: pg.CustomTypesConfig = {
  // The declared type enumerates the oids and results of the default parsers, which these replace.
  getTypeParser: ((oid: number): Parse =>
    SCALARS.get(oid) ?? (ARRAYS.has(oid) ? parseTextArray : asText)) as pg.CustomTypesConfig['getTypeParser'],
};

/** `{a,"b c",NULL}` as PostgreSQL writes one-dimensional arrays: quoted where needed, backslash before `"` and `\`. */
export function parseTextArray(text: string): (string | null)[] {
  const items: (string | null)[] = [];
  const token = /(?:"((?:[^"\\]|\\[\s\S])*)"|([^",{}]+))(?:,|\}$)/g;
  // A lower bound other than 1 is written before the braces: [0:1]={a,b}.
  const start = text.indexOf('{') + 1;
  token.lastIndex = start;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [, quoted, bare] = match;
    items.push(
      quoted === undefined ? (bare === 'NULL' ? null : (bare ?? null)) : quoted.replaceAll(/\\([\s\S])/g, '$1'),
    );
  }
  return items;
}
