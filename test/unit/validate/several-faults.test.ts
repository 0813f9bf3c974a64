import { expect, test } from 'vitest';
import { edited, FILE, resolveText } from './edited.ts';

test('fifteen faults of two manifests are reported at once, in the order of the file', () => {
  const text = edited(
    ['{ name: zone, type: Timezone }', '{ name: updated_at, type: Timezone }'],
    ['options: [Red, Blue]', 'options: [Red, Red]'],
    ["operator: Equals, value: 'false'", "operator: Equals, value: 'no'"],
    ['America/Denver', 'America/Denvr'],
    ['500Mi', '500MB'],
    ['key: sample.csv', 'key: sampel.csv'],
    ['filterGroup: current', 'filterGroup: curent'],
    ['kind: PostgreSQL', 'kind: Postgres'],
    ['inputFormat: DecimalPoint', 'inputFormat: Decimal'],
    ['{ name: source, type: String', '{ name: source, type: Number'],
    ['{ field: sku, variable: sku,', '{ field: skuu, variable: sku,'],
    ['onArchivedMatch: UnarchiveAndUpdate', 'onArchivedMatch: NextRule'],
    ['{ field: phone, variables: [phone] }', '{ field: phone, variables: [price] }'],
    ['sameRowOf: sellers', 'sameRowOf: seller'],
    ['maxExecutions: 1', 'maxExecutions: 2'],
  );
  const { faults, connectors, objects } = resolveText(text);
  expect(faults.map(({ path }) => path)).toEqual([
    'spec.fields[4].name',
    'spec.fields[13].options[1]',
    'spec.filterGroups[0].filter.all[0].value',
    'spec.timeZone',
    'spec.spreadsheet.maxBytes',
    'spec.sql.sample.configMapKeyRef.key',
    'spec.referenceData[0].filterGroup',
    'spec.externalSources[0].kind',
    'spec.executionVariables[4].inputFormat',
    'spec.additionalVariables[0].value',
    'spec.loadSteps[2].matching[0].field',
    'spec.loadSteps[2].matching[0].onArchivedMatch',
    'spec.loadSteps[2].mapping[5].variables[0]',
    'spec.loadSteps[2].mapping[9].sameRowOf',
    'spec.concurrency.maxExecutions',
  ]);
  const lines = faults.map(({ line }) => line ?? 0);
  expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  expect(faults.every(({ file, column, hint }) => file === FILE && column !== undefined && hint !== undefined)).toBe(
    true,
  );
  expect(connectors).toEqual([]);
  expect(objects.map(({ name }) => name)).toEqual(['vendor']);
});

test('what was declared wrongly is reported where it is declared, not again at every use', () => {
  const { faults } = resolveText(edited(['{ name: sku, type: Text }', '{ name: sku, type: Txt }']));
  expect(faults.map(({ path }) => path)).toEqual(['spec.fields[0].type']);
});

test.each<readonly [sentence: string, find: string, write: string, paths: readonly string[]]>([
  ['a field without a name', '{ name: sku, type: Text }', '{ type: Text }', ['spec.fields[0].name']],
  [
    'a field list that is none',
    '  fields:\n    - { name: name',
    '  Fields:\n    - { name: name',
    ['spec.Fields', 'spec.fields'],
  ],
  [
    'a variable without a name',
    '{ name: vendor, scope: vendors, type: String, required: true }',
    '{ scope: vendors, type: String }',
    ['spec.executionVariables[0].name'],
  ],
  ['a step without a name', '- name: sellers\n      object', '- object', ['spec.loadSteps[1].name']],
  [
    'a filter group without a name',
    '    - name: current\n      filter:',
    '    - filter:',
    ['spec.filterGroups[0].name'],
  ],
])('%s is one fault, and nothing that may have meant it is another', (_, find, write, paths) => {
  const { faults } = resolveText(edited([find, write]));
  expect(faults.map(({ path }) => path).toSorted()).toEqual(paths);
});

test.each<readonly [sentence: string, find: string, write: string, message: string, hint: string]>([
  [
    'capitals in a reference',
    'variable: sku,',
    'variable: SKU,',
    'there is no variable SKU in the scope products',
    'did you mean sku?',
  ],
  [
    'a reference of the wrong type',
    'variable: sku,',
    'variable: [sku],',
    'must be a text, and is a list',
    'write a text',
  ],
  ['an empty reference', 'variable: sku,', "variable: '',", 'the text is empty', 'write it or leave the field out'],
])('%s is said once', (_, find, write, message, hint) => {
  expect(resolveText(edited([find, write])).faults).toMatchObject([{ message, hint }]);
});

test.each<readonly [sentence: string, find: string, write: string, path: string]>([
  ['no name', 'metadata:\n  name: price-list\n', 'metadata: {}\n', 'metadata.name'],
  ['metadata that is no map', 'metadata:\n  name: price-list\n', 'metadata: price-list\n', 'metadata'],
  ['a kind that is nearly one', 'kind: SmartConnector\n', 'kind: SmartConector\n', 'kind'],
  [
    'no apiVersion',
    'apiVersion: smartconnectors.dev/v1alpha1\nkind: SmartConnector\n',
    'kind: SmartConnector\n',
    'apiVersion',
  ],
  [
    'a version that does not exist',
    'smartconnectors.dev/v1alpha1\nkind: SmartConnector\n',
    'smartconnectors.dev/v1\nkind: SmartConnector\n',
    'apiVersion',
  ],
])('a manifest of %s has its other faults too', (_, find, write, path) => {
  const text = edited([find, write], ['America/Denver', 'America/Denvr']);
  expect(resolveText(text).faults.map((fault) => fault.path)).toEqual([path, 'spec.timeZone']);
});

test('a variable that is written twice into one field is a warning', () => {
  const { faults, warnings } = resolveText(edited(['variables: [source, loaded_at]', 'variables: [source, source]']));
  expect(faults).toEqual([]);
  expect(warnings).toMatchObject([
    { path: 'spec.additionalVariables[1]' },
    { path: 'spec.loadSteps[2].mapping[1].variables[1]' },
  ]);
});

test.each(['onNoMatch', 'onSingleMatch', 'onMultipleMatches', 'onArchivedMatch'])(
  'the last rule cannot go on to a next one in %s',
  (situation) => {
    const text = edited(['onArchivedMatch: UnarchiveAndUpdate', `${situation}: NextRuleIgnorePrevious`]);
    expect(resolveText(text).faults).toMatchObject([
      {
        path: `spec.loadSteps[2].matching[0].${situation}`,
        message: 'the last rule cannot say NextRuleIgnorePrevious: there is no rule after it',
      },
    ]);
  },
);

test('a rule that never goes on hides the rules after it, and that is a warning', () => {
  const text = edited(['onNoMatch: NextRuleIgnorePrevious, onSingleMatch', 'onNoMatch: CreateNew, onSingleMatch']);
  const { faults, warnings } = resolveText(text);
  expect(faults).toEqual([]);
  expect(warnings).toMatchObject([
    { path: 'spec.loadSteps[1].matching[0]', message: expect.stringContaining('never goes on') },
  ]);
});

test('a variable that no step uses is a warning', () => {
  const { faults, warnings } = resolveText(edited(['        - { field: released, variables: [released] }\n', '']));
  expect(faults).toEqual([]);
  expect(warnings).toMatchObject([
    { path: 'spec.executionVariables[6]', message: 'no load step uses the variable released' },
  ]);
});
