/**
 * ClickHouse `TabSeparated` text: one LF a row, a tab between columns, backslash escapes, `\N` for NULL. Values never
 * hold a raw tab or LF.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  r: '\r',
  n: '\n',
  t: '\t',
  '0': '\0',
};
const ESCAPE = /\\(.)/gs;
const SPECIAL = /[\\\t\n\r\b\f\0]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\0': '\\0',
};

/** One column of a row as text, or null for `\N`. */
export function unescapeField(field: string): string | null {
  if (!field.includes('\\')) return field;
  if (field === '\\N') return null;
  return field.replace(ESCAPE, (_, char: string) => ESCAPES[char] ?? char);
}

/** A text, or null, as one column of a row. */
export function escapeField(value: string | null): string {
  return value === null ? '\\N' : value.replace(SPECIAL, (char) => ESCAPED[char] ?? char);
}
