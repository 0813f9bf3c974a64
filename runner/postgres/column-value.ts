import type { ColumnType } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';

/**
 * A value as PostgreSQL writes it, as a value for JSON: numbers and dates as text, date-times as ISO 8601 in UTC, lists as
 * lists of texts. The session's time zone must be UTC and its date style ISO, as in the connections of openPool.
 */
export function parseColumnValue(type: ColumnType, value: unknown): FieldValue {
  if (value === null || value === undefined) {
    return null;
  }
  if (typeof value === 'boolean') {
    return value;
  }
  if (Array.isArray(value)) {
    return value.filter((item): item is string => typeof item === 'string');
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return type === 'timestamptz' ? text.replace(/^(\S+) (\S+?)\+00(?::00)?$/, '$1T$2Z') : text;
}
