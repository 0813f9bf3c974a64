import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VariableRef, VariableType } from '../../../core/model/connector.ts';
import type { ColumnType, FieldModel, FieldType } from '../../../core/model/object.ts';
import {
  convertOne,
  passesQuickTest,
  quickTest,
  takesTexts,
  type ConversionContext,
} from '../../../core/planner/convert.ts';

const COLUMN_TYPES: readonly (readonly [FieldType, ColumnType])[] = [
  ['Text', 'text'],
  ['LongText', 'text'],
  ['Email', 'text'],
  ['PhoneNumber', 'text'],
  ['Timezone', 'text'],
  ['Dropdown', 'text'],
  ['YesNoMaybe', 'text'],
  ['Decimal', 'numeric'],
  ['Checkbox', 'boolean'],
  ['Date', 'date'],
  ['DateTime', 'timestamptz'],
  ['Relationship', 'uuid'],
  ['DynamicTags', 'text[]'],
];

/** Canonical texts of each type of variable. */
const TEXTS: Readonly<Record<VariableType, fc.Arbitrary<string>>> = {
  Boolean: fc.constantFrom('true', 'false'),
  Date: fc.constantFrom('2026-01-31', '0001-01-01', '9999-12-31'),
  DateTime: fc.constantFrom('2026-01-31T23:59:59Z', '2026-01-31T23:59:59.120Z', '0001-01-01T00:00:00Z'),
  Email: fc.constantFrom('Ann@Example.com', 'a@b.co'),
  Number: fc.constantFrom('0', '-1.50', '12', '123456789012345678901234567890.123', '00.1'),
  PhoneNumber: fc.constantFrom('+13035550100'),
  String: fc.oneof(
    fc.string({ minLength: 1 }).filter((text) => !text.includes('\0')),
    fc.constantFrom('Yes', 'a', 'Europe/Berlin', '+1 303 555 0100', 'x@y.org', '12.50', 'true'),
  ),
  UUID: fc.uuid(),
};

const half = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 2 });

const NO_LIMITS = { maxLength: null, minimum: null, maximum: null, scale: null, options: null };

// One alone as often as any of them together: enough runs then meet each kind of test.
const limits = fc.oneof(
  fc.constantFrom(NO_LIMITS, { ...NO_LIMITS, maxLength: 5 }, { ...NO_LIMITS, scale: 2 }),
  fc.record({
    maxLength: half(fc.constantFrom(1, 5)),
    minimum: half(fc.constant('0')),
    maximum: half(fc.constant('10')),
    scale: half(fc.constantFrom(0, 2)),
    options: half(fc.constant(['Yes', 'a'])),
  }),
);

const context: ConversionContext = { timeZone: 'America/Denver', phoneRegion: 'US', hasAddedOption: () => false };
const PAIRS = COLUMN_TYPES.flatMap(([type, columnType]) =>
  (Object.keys(TEXTS) as VariableType[]).map((variableType) => ({ type, columnType, variableType })),
);

test('a field that takes all texts of a variable converts none of them, and one that takes some tells of which', () => {
  const told = new Set<string>();
  for (const { type, columnType, variableType } of PAIRS) {
    fc.assert(
      fc.property(limits, TEXTS[variableType], fc.boolean(), (limit, text, isArray) => {
        const field: FieldModel = { name: 'f', type, columnType, object: null, inverse: null, ...limit };
        const variable: VariableRef = { name: 'v', type: variableType, isArray, outputFormat: null };
        const taken = takesTexts(field, variable);
        told.add(taken);
        const quick = taken === 'Some' ? quickTest(field, variable) : null;
        if (taken !== 'All' && (quick === null || !passesQuickTest(quick, text))) return;
        if (quick !== null) told.add(`Quick ${columnType}`);
        const value = columnType === 'boolean' ? text === 'true' : text;
        expect(convertOne(field, variable, text, false, context)).toEqual({ value, problem: null, newOptions: [] });
      }),
      { numRuns: 400 },
    );
  }
  expect([...told].sort()).toEqual(['All', 'None', 'Quick numeric', 'Quick text', 'Quick timestamptz', 'Some']);
});
