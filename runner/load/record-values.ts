import type { ColumnType, FieldModel } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';

/**
 * A value as PostgreSQL prints it, as a field value: date-times in UTC as ISO 8601, the rest as it is. The session's time
 * zone must be UTC and its date style ISO.
 */
export function parseColumn(type: ColumnType, value: unknown): FieldValue {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'boolean':
      return value === true || value === 't';
    case 'timestamptz':
      return parseTimestamp(asText(value));
    case 'text[]':
    case 'uuid[]':
      return Array.isArray(value) ? (value as string[]) : null;
    default:
      return asText(value);
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function parseTimestamp(text: string): string {
  const match = /^(\d{4,6}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00(?::00)?$/.exec(text);
  return match === null ? text : `${match[1] ?? ''}T${match[2] ?? ''}Z`;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

const escapeText = (text: string): string =>
  /[\\\t\n\r\b\f\v]/.test(text) ? text.replace(/[\\\t\n\r\b\f\v]/g, (c) => escapes[c] ?? c) : text;

function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** A value as one column of `COPY … FROM STDIN` in text format. */
export function renderCopyColumn(value: FieldValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return escapeText(typeof value === 'string' ? value : arrayLiteral(value));
}

/** The id and the fields of a record as one line of `COPY … FROM STDIN`, without what follows. */
export function renderCopyFields(fields: readonly FieldModel[], values: Readonly<Record<string, FieldValue>>): string {
  let line = '';
  for (const field of fields) line += `\t${renderCopyColumn(values[field.name] ?? null)}`;
  return line;
}
