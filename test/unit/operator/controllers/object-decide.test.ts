import { expect, test } from 'vitest';
import type { ObjectModel } from '../../../../core/model/object.ts';
import { decide, type Decision } from '../../../../operator/controllers/object/decide.ts';
import type { Observation } from '../../../../operator/controllers/object/observe.ts';

const model = { namespace: 'sales', name: 'vendor', fields: [] } as unknown as ObjectModel;
const allow = { removeFields: false, changeTypes: false };
const fault = { message: 'field name: is there twice' };
const seen = (over: Partial<Observation>): Observation => ({
  checked: { model, faults: null },
  allow,
  migration: { statements: [], refusals: [] },
  ...over,
});
const alter = { text: 'ALTER TABLE', values: [] };

const cases: [sentence: string, observation: Observation, decision: Decision][] = [
  [
    'an object with faults leaves its table alone and names them',
    seen({ checked: { model: null, faults: [fault] }, migration: null }),
    { kind: 'Refuse', reason: 'Invalid', faults: [fault] },
  ],
  [
    'a refused change holds back the others too',
    seen({ migration: { statements: [alter], refusals: [fault] } }),
    { kind: 'Refuse', reason: 'MigrationRefused', faults: [fault] },
  ],
  [
    'a table that has to change is migrated',
    seen({ migration: { statements: [alter], refusals: [] } }),
    { kind: 'Migrate', model, allow, isChange: true },
  ],
  ['a table as it should be is only seen to', seen({}), { kind: 'Migrate', model, allow, isChange: false }],
  [
    'what a person allows is handed on',
    seen({ allow: { removeFields: true, changeTypes: true } }),
    { kind: 'Migrate', model, allow: { removeFields: true, changeTypes: true }, isChange: false },
  ],
];

test.each(cases)('%s', (_sentence, observation, decision) => {
  expect(decide(observation)).toEqual(decision);
});
