/** Field types of a KizenObject, as in its schema. */
export type FieldType =
  | 'Text'
  | 'LongText'
  | 'Wysiwyg'
  | 'Email'
  | 'PhoneNumber'
  | 'Timezone'
  | 'Integer'
  | 'Decimal'
  | 'Money'
  | 'Rating'
  | 'Checkbox'
  | 'Date'
  | 'DateTime'
  | 'Dropdown'
  | 'Radio'
  | 'Status'
  | 'YesNoMaybe'
  | 'Checkboxes'
  | 'DynamicTags'
  | 'Relationship'
  | 'TeamSelector'
  | 'Selector'
  | 'Choices'
  | 'Files';

/** PostgreSQL types of the columns that hold fields. */
export type ColumnType = 'text' | 'numeric' | 'boolean' | 'date' | 'timestamptz' | 'uuid' | 'text[]' | 'uuid[]';

/** One field of an object, with every default filled in. */
export interface FieldModel {
  readonly name: string;
  readonly type: FieldType;
  readonly columnType: ColumnType;
  /** In Unicode code points. */
  readonly maxLength: number | null;
  /** Decimal text. */
  readonly minimum: string | null;
  /** Decimal text. */
  readonly maximum: string | null;
  /** Most digits after the decimal point; null: any. */
  readonly scale: number | null;
  /** Labels allowed; null: any label, or not an option field. */
  readonly options: readonly string[] | null;
  /** The object a Relationship refers to. */
  readonly object: string | null;
  /** The name of the relationship seen from the other object. */
  readonly inverse: string | null;
}

export type FilterOperator =
  | 'Equals'
  | 'NotEquals'
  | 'In'
  | 'NotIn'
  | 'LessThan'
  | 'LessThanOrEqual'
  | 'GreaterThan'
  | 'GreaterThanOrEqual'
  | 'Contains'
  | 'StartsWith'
  | 'IsBlank'
  | 'IsNotBlank';

export interface FilterCondition {
  readonly field: string;
  readonly operator: FilterOperator;
  /** None for IsBlank and IsNotBlank, one for most, one or more for In and NotIn. Texts read by the type of the field. */
  readonly values: readonly string[];
}

/** All of `all`, and at least one of `any` where there is one. */
export interface FilterModel {
  readonly all: readonly FilterCondition[];
  readonly any: readonly FilterCondition[];
}

export interface ObjectModel {
  readonly namespace: string;
  readonly name: string;
  readonly fields: readonly FieldModel[];
  readonly filterGroups: readonly { readonly name: string; readonly filter: FilterModel }[];
}

/** Columns that every table of Records has besides its fields. */
export const SYSTEM_COLUMNS = ['id', 'archived_at', 'created_at', 'updated_at', 'execution_id'] as const;

/** The pseudo field that matches and looks up by record id. */
export const ID_FIELD: FieldModel = {
  name: 'id',
  type: 'Selector',
  columnType: 'uuid',
  maxLength: null,
  minimum: null,
  maximum: null,
  scale: null,
  options: null,
  object: null,
  inverse: null,
};
