import type { VariableRef, VariableType } from '../model/connector.ts';
import type { FieldModel, FieldType } from '../model/object.ts';
import { isListColumn, isTextKind } from './field-kinds.ts';

const ANY: readonly VariableType[] = [
  'Boolean',
  'Date',
  'DateTime',
  'Email',
  'Number',
  'PhoneNumber',
  'String',
  'UUID',
];

/** Which variables a field takes. Free text takes every one, written out. */
const TAKES: Readonly<Record<FieldType, readonly VariableType[]>> = {
  Text: ANY,
  LongText: ANY,
  Wysiwyg: ANY,
  Email: ['Email', 'String'],
  PhoneNumber: ['PhoneNumber', 'String'],
  Timezone: ['String'],
  Integer: ['Number'],
  Decimal: ['Number'],
  Money: ['Number'],
  Rating: ['Number'],
  Checkbox: ['Boolean'],
  Date: ['Date', 'DateTime'],
  DateTime: ['DateTime', 'Date'],
  Dropdown: ['String', 'Number'],
  Radio: ['String', 'Number'],
  Status: ['String', 'Number'],
  YesNoMaybe: ['String', 'Boolean', 'Number'],
  Checkboxes: ['String', 'UUID'],
  DynamicTags: ['String', 'UUID'],
  Choices: ['String', 'UUID'],
  Files: ['String', 'UUID'],
  TeamSelector: ['String', 'UUID'],
  Selector: ['String', 'UUID'],
  Relationship: ['UUID'],
};

export interface Disagreement {
  /** What is to be changed. */
  readonly on: 'field' | 'variable';
  readonly message: string;
  readonly hint: string;
}

/** Why a variable cannot be written into a field; null if it can. */
export function writeDisagreement(field: FieldModel, variable: VariableRef): Disagreement | null {
  if (variable.isArray && !isListColumn(field.columnType)) return arrayDisagreement(field, variable);
  return typeDisagreement(field, variable);
}

/** Why a variable cannot be compared with a field, as matching and lookups do; null if it can. */
export function compareDisagreement(field: FieldModel, variable: VariableRef): Disagreement | null {
  if (isListColumn(field.columnType)) {
    const message = `${field.name} holds several values (${field.type}) and cannot be matched`;
    return { on: 'field', message, hint: 'match on a field that holds one value' };
  }
  return variable.isArray ? arrayDisagreement(field, variable) : typeDisagreement(field, variable);
}

/** As `compareDisagreement`, for the elements of a variable. */
export function elementDisagreement(field: FieldModel, variable: VariableRef): Disagreement | null {
  return compareDisagreement(field, { ...variable, isArray: false });
}

function arrayDisagreement(field: FieldModel, variable: VariableRef): Disagreement {
  const kind = isTextKind(field.type) ? 'text' : field.type;
  return {
    on: 'variable',
    message: `${variable.name} is a list, and the field ${field.name} (${kind}) holds one value`,
    hint: 'remove array from the variable, or use a field that holds several values',
  };
}

function typeDisagreement(field: FieldModel, variable: VariableRef): Disagreement | null {
  const takes = field.columnType === 'uuid' ? TAKES.Relationship : TAKES[field.type];
  if (takes.includes(variable.type)) return null;
  const type = field.name === 'id' ? 'record id' : field.type;
  return {
    on: 'variable',
    message: `${variable.name} is of type ${variable.type}, which the field ${field.name} (${type}) does not take`,
    hint: `${field.name} takes ${takes.join(' or ')}`,
  };
}
