import type { ColumnType, FieldModel, FieldType } from '../../core/model/object.ts';

/** What a column remembers of its field. */
export type FieldKind = Pick<FieldModel, 'type' | 'columnType' | 'object'>;

/** A field's type as a column remembers it: `Email`, or `Relationship:vendor`. */
export function describeField(field: FieldKind): string {
  return field.object === null ? field.type : `${field.type}:${field.object}`;
}

/** The field that a column remembers. */
export function parseField(description: string, columnType: string): FieldKind {
  const [type = '', object = null] = description.split(':');
  return { type: type as FieldType, columnType: columnType as ColumnType, object };
}

const FREE_TEXT: readonly FieldType[] = ['Text', 'LongText', 'Wysiwyg'];
const ONE_OPTION: readonly FieldType[] = ['Dropdown', 'Radio', 'Status'];
const FREE_NUMBER: readonly FieldType[] = ['Decimal', 'Money'];

/**
 * Whether every value stored under one type is one under the other, so that the change destroys and falsifies nothing.
 * Both have the same column type.
 */
export function isWideningChange(from: string, to: FieldKind): boolean {
  if (from === describeField(to)) {
    return true;
  }
  const source = from.split(':')[0] ?? '';
  switch (to.columnType) {
    case 'text':
      return isOneOf(FREE_TEXT, to.type) || (isOneOf(ONE_OPTION, to.type) && isOneOf(ONE_OPTION, source));
    case 'numeric':
      return isOneOf(FREE_NUMBER, to.type) || (to.type === 'Integer' && source === 'Rating');
    case 'text[]':
      return to.type === 'DynamicTags';
    default:
      return false;
  }
}

function isOneOf(types: readonly FieldType[], type: string): boolean {
  return types.some((one) => one === type);
}

const NUMBER_PATTERN = String.raw`^\s*[+-]?[0-9]+(\.[0-9]+)?\s*$`;
const UUID_PATTERN = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

/**
 * The value of a column under another type. Values that have none there become blank: a change of type is asked for
 * with an annotation that says so.
 */
export function conversionExpression(from: string, to: ColumnType, column: string): string {
  const text = textOf(from, column);
  switch (to) {
    case 'text':
      return text;
    case 'text[]':
      return from === 'uuid[]' ? `${column}::text[]` : `CASE WHEN ${column} IS NOT NULL THEN ARRAY[${text}] END`;
    case 'numeric':
      return from === 'text'
        ? `CASE WHEN ${column} ~ '${NUMBER_PATTERN}' THEN ${column}::numeric END`
        : 'NULL::numeric';
    case 'boolean':
      return from === 'text'
        ? `CASE lower(${column}) WHEN 'true' THEN true WHEN 'false' THEN false WHEN 'yes' THEN true WHEN 'no' THEN false END`
        : 'NULL::boolean';
    case 'date':
      return from === 'timestamptz' ? `(${column} AT TIME ZONE 'UTC')::date` : 'NULL::date';
    case 'timestamptz':
      return from === 'date' ? `${column}::timestamp AT TIME ZONE 'UTC'` : 'NULL::timestamptz';
    case 'uuid':
      return uuidOf(from, column);
    case 'uuid[]':
      return from === 'uuid' ? `CASE WHEN ${column} IS NOT NULL THEN ARRAY[${column}] END` : 'NULL::uuid[]';
  }
}

function textOf(from: string, column: string): string {
  switch (from) {
    case 'text':
      return column;
    case 'text[]':
    case 'uuid[]':
      return `array_to_string(${column}, '; ')`;
    case 'timestamptz':
      return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    default:
      return `${column}::text`;
  }
}

function uuidOf(from: string, column: string): string {
  if (from === 'text') {
    return `CASE WHEN ${column} ~ '${UUID_PATTERN}' THEN ${column}::uuid END`;
  }
  return from === 'uuid[]' ? `CASE WHEN cardinality(${column}) = 1 THEN ${column}[1] END` : 'NULL::uuid';
}
