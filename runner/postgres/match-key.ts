import type { FieldModel } from '../../core/model/object.ts';

/** A btree entry holds about 2,700 bytes; 255 characters always fit, and longer texts are compared exactly afterwards. */
const KEY_CHARACTERS = 255;

/**
 * The expression by which records are found by a field: used by the index and by every query that should use it. Texts
 * are cut to 255 characters, so that a query must compare the whole value too (see matchCondition); e-mail addresses are
 * lower-cased; other types are themselves.
 */
export function matchKeyExpression(field: FieldModel, columnSql: string): string {
  if (field.columnType !== 'text') {
    return columnSql;
  }
  const key = `left(${columnSql}, ${KEY_CHARACTERS})`;
  return field.type === 'Email' ? `lower(${key})` : key;
}

/** The value by which two values of a field are the same: e-mail addresses regardless of case, all others exactly. */
export function equalityExpression(field: FieldModel, columnSql: string): string {
  return field.type === 'Email' ? `lower(${columnSql})` : columnSql;
}

/** True where column and value are the same under the rules of matching; finds its rows through the index of the field. */
export function matchCondition(field: FieldModel, columnSql: string, valueSql: string): string {
  const exact = `${equalityExpression(field, columnSql)} = ${equalityExpression(field, valueSql)}`;
  return field.columnType === 'text'
    ? `(${matchKeyExpression(field, columnSql)} = ${matchKeyExpression(field, valueSql)} AND ${exact})`
    : exact;
}
