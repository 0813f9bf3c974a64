import type { ColumnType, FieldType } from '../model/object.ts';

/** Column types of all field types but Relationship, whose cardinality decides. */
const COLUMN_TYPES: Readonly<Record<Exclude<FieldType, 'Relationship'>, ColumnType>> = {
  Text: 'text',
  LongText: 'text',
  Wysiwyg: 'text',
  Email: 'text',
  PhoneNumber: 'text',
  Timezone: 'text',
  Integer: 'numeric',
  Decimal: 'numeric',
  Money: 'numeric',
  Rating: 'numeric',
  Checkbox: 'boolean',
  Date: 'date',
  DateTime: 'timestamptz',
  Dropdown: 'text',
  Radio: 'text',
  Status: 'text',
  YesNoMaybe: 'text',
  Checkboxes: 'text[]',
  DynamicTags: 'text[]',
  TeamSelector: 'text',
  Selector: 'text',
  Choices: 'text[]',
  Files: 'text[]',
};

/** The PostgreSQL type of the column of a field. */
export function columnTypeOf(type: FieldType, isManyToMany: boolean): ColumnType {
  if (type === 'Relationship') return isManyToMany ? 'uuid[]' : 'uuid';
  return COLUMN_TYPES[type];
}

const DEFAULT_MAX_LENGTHS: Readonly<Partial<Record<FieldType, number>>> = {
  Text: 10_000,
  LongText: 1_000_000,
  Wysiwyg: 1_000_000,
  Email: 254,
  PhoneNumber: 32,
  TeamSelector: 255,
  Selector: 255,
};

/** The longest text of a field, in Unicode code points, where the manifest does not say; null: no bound of its own. */
export function defaultMaxLength(type: FieldType): number | null {
  return DEFAULT_MAX_LENGTHS[type] ?? null;
}

export function takesMaxLength(type: FieldType): boolean {
  return DEFAULT_MAX_LENGTHS[type] !== undefined;
}

/** Free text, which takes any value written out. */
export function isTextKind(type: FieldType): boolean {
  return type === 'Text' || type === 'LongText' || type === 'Wysiwyg';
}

export function isNumberKind(type: FieldType): boolean {
  return type === 'Integer' || type === 'Decimal' || type === 'Money' || type === 'Rating';
}

/** Fields whose labels the manifest lists. */
export function listsOptions(type: FieldType): boolean {
  return type === 'Dropdown' || type === 'Radio' || type === 'Status' || type === 'Checkboxes';
}

/** Fields to which several options can be added. */
export function isSeveralOptions(type: FieldType): boolean {
  return type === 'Checkboxes' || type === 'DynamicTags' || type === 'Choices';
}

/** Fields whose value is a list. */
export function isListColumn(columnType: ColumnType): boolean {
  return columnType === 'text[]' || columnType === 'uuid[]';
}

export const YES_NO_MAYBE: readonly string[] = ['Yes', 'No', 'Maybe'];
