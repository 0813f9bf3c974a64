import { describe, expect, test } from 'vitest';
import type { VariableRef, VariableType } from '../../../core/model/connector.ts';
import { ID_FIELD, type FieldModel, type FieldType } from '../../../core/model/object.ts';
import { columnTypeOf } from '../../../core/validate/field-kinds.ts';
import { compareDisagreement, writeDisagreement } from '../../../core/validate/type-agreement.ts';

const VARIABLE_TYPES: readonly VariableType[] = [
  'Boolean',
  'Date',
  'DateTime',
  'Email',
  'Number',
  'PhoneNumber',
  'String',
  'UUID',
];

/** One column a variable type, in the order above: x where the field takes it. */
const TABLE: Readonly<Record<FieldType, string>> = {
  Text: 'xxxxxxxx',
  LongText: 'xxxxxxxx',
  Wysiwyg: 'xxxxxxxx',
  Email: '...x..x.',
  PhoneNumber: '.....xx.',
  Timezone: '......x.',
  Integer: '....x...',
  Decimal: '....x...',
  Money: '....x...',
  Rating: '....x...',
  Checkbox: 'x.......',
  Date: '.xx.....',
  DateTime: '.xx.....',
  Dropdown: '....x.x.',
  Radio: '....x.x.',
  Status: '....x.x.',
  YesNoMaybe: 'x...x.x.',
  Checkboxes: '......xx',
  DynamicTags: '......xx',
  Choices: '......xx',
  Files: '......xx',
  TeamSelector: '......xx',
  Selector: '......xx',
  Relationship: '.......x',
};

const LISTS: readonly FieldType[] = ['Checkboxes', 'DynamicTags', 'Choices', 'Files'];

function field(type: FieldType, isManyToMany = false): FieldModel {
  return { ...ID_FIELD, name: 'field', type, columnType: columnTypeOf(type, isManyToMany) };
}

function variable(type: VariableType, isArray = false): VariableRef {
  return { name: 'variable', type, isArray, outputFormat: null };
}

describe.each(Object.entries(TABLE) as [FieldType, string][])('a field of type %s', (type, takes) => {
  test('takes the variables of the table, one by one', () => {
    const taken = VARIABLE_TYPES.map((from) => (writeDisagreement(field(type), variable(from)) === null ? 'x' : '.'));
    expect(taken.join('')).toBe(takes);
  });

  test('takes lists only where it holds several values', () => {
    const taken = VARIABLE_TYPES.map((from) =>
      writeDisagreement(field(type), variable(from, true)) === null ? 'x' : '.',
    );
    expect(taken.join('')).toBe(LISTS.includes(type) ? takes : '........');
  });

  test('is matched by the variables that it takes, unless it holds several values', () => {
    const taken = VARIABLE_TYPES.map((from) => (compareDisagreement(field(type), variable(from)) === null ? 'x' : '.'));
    expect(taken.join('')).toBe(LISTS.includes(type) ? '........' : takes);
  });
});

test('a relationship to several records takes lists of ids and is not matched', () => {
  expect(writeDisagreement(field('Relationship', true), variable('UUID', true))).toBeNull();
  expect(compareDisagreement(field('Relationship', true), variable('UUID'))).not.toBeNull();
});

test('the id is matched by UUIDs only', () => {
  const taken = VARIABLE_TYPES.filter((from) => compareDisagreement(ID_FIELD, variable(from)) === null);
  expect(taken).toEqual(['UUID']);
});
