import type { ColumnType, FieldModel, FieldType, ObjectModel } from '../../core/model/object.ts';

const COLUMN_TYPES: Partial<Record<FieldType, ColumnType>> = {
  Integer: 'numeric',
  Decimal: 'numeric',
  Money: 'numeric',
  Rating: 'numeric',
  Checkbox: 'boolean',
  Date: 'date',
  DateTime: 'timestamptz',
  Checkboxes: 'text[]',
  DynamicTags: 'text[]',
  Relationship: 'uuid',
  Selector: 'uuid',
  TeamSelector: 'uuid',
  Choices: 'uuid[]',
  Files: 'uuid[]',
};

/** A field with nothing declared but its name and type. */
export function buildField(name: string, type: FieldType, overrides: Partial<FieldModel> = {}): FieldModel {
  return {
    name,
    type,
    columnType: COLUMN_TYPES[type] ?? 'text',
    maxLength: null,
    minimum: null,
    maximum: null,
    scale: null,
    options: null,
    object: null,
    inverse: null,
    ...overrides,
  };
}

export function buildObject(
  name: string,
  fields: readonly FieldModel[],
  overrides: Partial<ObjectModel> = {},
): ObjectModel {
  return { namespace: 'default', name, fields, filterGroups: [], ...overrides };
}
