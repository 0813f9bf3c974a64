import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepModel } from '../../../core/model/connector.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import type { RowPlan } from '../../../core/planner/plan.ts';
import { buildOutcome, compileOutcomeLines } from '../../../runner/load/outcomes.ts';

const step = {
  index: 0,
  name: 'load "them"',
  scope: 'price\\list',
  object: { name: 'product' },
  mappings: [],
} as unknown as StepModel;

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '"', '\\', '\n', '\t', '\u0000', '\u001f', '\u007f', '\ud800', 'a\udfff', '😀', 'é', '\u2028'),
);
const value: fc.Arbitrary<FieldValue> = fc.oneof(fc.constant(null), fc.boolean(), text, fc.array(text));
const values = fc.option(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), value));
const problem = fc.record(
  { code: fc.constantFrom('A', 'B'), message: text, field: text },
  { requiredKeys: ['code', 'message'] },
);

const plan: fc.Arbitrary<RowPlan> = fc.record({
  row: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  status: fc.constantFrom('Created', 'Updated', 'Unchanged', 'Failed'),
  reason: fc.option(fc.constantFrom('NoMatch', 'SingleMatch')),
  record: fc.option(fc.uuid()),
  rule: fc.option(fc.integer({ min: 1, max: 3 })),
  before: values,
  after: values,
  errors: fc.array(problem, { maxLength: 2 }),
  warnings: fc.array(problem, { maxLength: 2 }),
  write: fc.constant(null),
  newOptions: fc.constant([]),
  unresolved: fc.boolean(),
});

describe('lines of outcomes', () => {
  it('are what JSON.stringify makes of an outcome, whatever its values', () => {
    const line = compileOutcomeLines(step, []);
    fc.assert(
      fc.property(plan, (one) => {
        expect(line(one)).toBe(`${JSON.stringify(buildOutcome(step, one))}\n`);
      }),
      { numRuns: 500 },
    );
  });
});
