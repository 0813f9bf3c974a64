import type { FaultCases } from './fault-case.ts';

export const objects: FaultCases = {
  'a reserved field name': {
    edits: [['{ name: zone, type: Timezone }', '{ name: created_at, type: Timezone }']],
    path: 'spec.fields[4].name',
    message: 'created_at is reserved: every table has a column of that name',
  },
  'a field named like a part of every JavaScript object': {
    edits: [['{ name: zone, type: Timezone }', '{ name: constructor, type: Timezone }']],
    path: 'spec.fields[4].name',
    message: /constructor cannot name a field/,
  },
  'a field declared twice': {
    edits: [['{ name: zone, type: Timezone }', '{ name: sku, type: Timezone }']],
    path: 'spec.fields[4].name',
    message: 'the field sku is declared twice',
  },
  'a field type that does not exist': {
    edits: [['{ name: zone, type: Timezone }', '{ name: zone, type: TimeZone }']],
    path: 'spec.fields[4].type',
    message: /"TimeZone" is not one of/,
    hint: 'did you mean Timezone?',
  },
  'a dropdown without options': {
    edits: [['{ name: state, type: Dropdown, options: [New, Sold] }', '{ name: state, type: Dropdown }']],
    path: 'spec.fields[11].options',
    message: 'a Dropdown needs options',
  },
  'an option listed twice': {
    edits: [['options: [Red, Blue]', 'options: [Red, Red]']],
    path: 'spec.fields[13].options[1]',
    message: 'the option "Red" is listed twice',
  },
  'options on a text': {
    edits: [['{ name: zone, type: Timezone }', '{ name: zone, type: Text, options: [A] }']],
    path: 'spec.fields[4].options',
    message: 'a field of type Text has no options',
  },
  'a minimum over the maximum': {
    edits: [["minimum: '0', maximum: '99'", "minimum: '100', maximum: '99'"]],
    path: 'spec.fields[5].minimum',
    message: 'minimum 100 is more than maximum 99',
  },
  'a scale on a text': {
    edits: [['{ name: zone, type: Timezone }', '{ name: zone, type: Text, scale: 2 }']],
    path: 'spec.fields[4].scale',
    message: 'a field of type Text has no scale',
  },
  'a relationship to nothing': {
    edits: [['type: Relationship, object: vendor, inverse: products', 'type: Relationship']],
    path: 'spec.fields[17].object',
    message: 'a Relationship needs object',
    at: '- { name: vendor, type: Relationship }',
  },
  'a relationship to an object that is not there': {
    edits: [['type: Relationship, object: vendor,', 'type: Relationship, object: vendr,']],
    path: 'spec.fields[17].object',
    message: 'there is no KizenObject vendr',
    hint: 'did you mean vendor?',
  },
  'an inverse that is a field of the other object': {
    edits: [['inverse: products', 'inverse: email']],
    path: 'spec.fields[17].inverse',
    message: 'vendor has a field email',
  },
  'a filter by an operator that does not fit': {
    edits: [
      [
        "{ field: sold_out, operator: Equals, value: 'false' }",
        "{ field: sold_out, operator: LessThan, value: 'false' }",
      ],
    ],
    path: 'spec.filterGroups[0].filter.all[0].operator',
    message: 'LessThan does not fit sold_out, which is of type Checkbox',
  },
  'a filter by a value that is not of the type': {
    edits: [["operator: Equals, value: 'false'", "operator: Equals, value: 'no'"]],
    path: 'spec.filterGroups[0].filter.all[0].value',
    message: '"no" is not a value of sold_out (Checkbox)',
    hint: 'write true or false',
  },
  'a filter by an option that does not exist': {
    edits: [['operator: In, values: [New]', 'operator: In, values: [Nw]']],
    path: 'spec.filterGroups[0].filter.all[1].values[0]',
    message: '"Nw" is not an option of state',
    hint: 'did you mean New?',
  },
  'a filter without its value': {
    edits: [[", value: 'false' }", ' }']],
    path: 'spec.filterGroups[0].filter.all[0].value',
    message: 'Equals needs value',
    at: '- { field: sold_out, operator: Equals }',
  },
  'a filter with a value too many': {
    edits: [["operator: Equals, value: 'false'", "operator: IsBlank, value: 'false'"]],
    path: 'spec.filterGroups[0].filter.all[0].value',
    message: 'IsBlank takes no value',
  },
};
