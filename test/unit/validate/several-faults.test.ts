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
