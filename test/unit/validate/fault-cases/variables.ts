import type { FaultCases } from './fault-case.ts';

export const variables: FaultCases = {
  'a variable type that does not exist': {
    edits: [['type: Number, inputFormat', 'type: Decimal, inputFormat']],
    path: 'spec.executionVariables[4].type',
    message: /"Decimal" is not one of Boolean/,
  },
  'a variable declared twice in a scope': {
    edits: [['  additionalVariables:', '    - { name: sku, scope: products, type: Email }\n  additionalVariables:']],
    path: 'spec.executionVariables[12].name',
    message: 'the variable sku is declared twice',
    at: '- { name: sku, scope: products, type: Email }',
  },
  'a variable named as an additional variable': {
    edits: [['  loadSteps:', '    - { name: vendor, type: String, value: x }\n  loadSteps:']],
    path: 'spec.executionVariables[0].name',
    message: 'the variable vendor is declared twice',
    at: '- { name: vendor, scope: vendors',
  },
  'a variable without a scope where there are several': {
    edits: [['{ name: phone, scope: products, type', '{ name: phone, type']],
    path: 'spec.executionVariables[7].scope',
    message: 'scope is missing, and there are several',
    at: '- { name: phone, type: PhoneNumber }\n    - { name: contact',
    hint: 'write one of vendors, products',
  },
  'an input format that does not fit the type': {
    edits: [['inputFormat: DecimalPoint', 'inputFormat: YesNo']],
    path: 'spec.executionVariables[4].inputFormat',
    message: /YesNo/,
  },
  'a phone region on a text': {
    edits: [
      [
        '{ name: state, scope: products, type: String }',
        '{ name: state, scope: products, type: String, phoneRegion: US }',
      ],
    ],
    path: 'spec.executionVariables[9].phoneRegion',
    message: 'phoneRegion belongs to variables of type PhoneNumber, not String',
  },
  'a delimiter that does not exist': {
    edits: [["array: { delimiter: ';' }", "array: { delimiter: '/' }"]],
    path: 'spec.executionVariables[10].array.delimiter',
    message: /"\/" is not one of/,
  },
  'a literal that is not of its type': {
    edits: [
      ['{ name: source, type: String, value: weekly-file }', '{ name: source, type: Number, value: weekly-file }'],
    ],
    path: 'spec.additionalVariables[0].value',
    message: /'weekly-file' is not a Number/,
  },
  'a literal and a fact at once': {
    edits: [['value: weekly-file', 'value: weekly-file, from: ConnectorName']],
    path: 'spec.additionalVariables[0].from',
    message: 'give exactly one of value and from, not both',
  },
  'neither a literal nor a fact': {
    edits: [[', value: weekly-file', '']],
    path: 'spec.additionalVariables[0]',
    message: 'give exactly one of value and from',
    at: '- { name: source',
  },
  'a fact of another type': {
    edits: [['{ name: loaded_at, type: DateTime', '{ name: loaded_at, type: Number']],
    path: 'spec.additionalVariables[1].type',
    message: 'ExecutionStartTime is not a Number',
  },
};
