import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome } from '../../../core/model/outcome.ts';
import { ROW_STATUSES } from '../../../core/model/outcome.ts';
import { OutcomeLine } from '../../../runner/stages/outcome-line.ts';
import { anOutcome } from './report-source.ts';

const odd = fc.constantFrom(
  'a',
  '"',
  '\\',
  '","status":"',
  ',"record":"x"',
  '\u2028',
  '{"row":1',
  ',"errors":[],"warnings":[]}',
  'é',
);
const text = fc.array(odd, { maxLength: 4 }).map((parts) => parts.join(''));
const problems = fc.array(fc.record({ code: text, message: text }), { maxLength: 2 });
const values = fc.option(
  fc.dictionary(
    fc.constantFrom('status', 'record', 'reason', 'a', 'errors'),
    fc.oneof(text, fc.boolean(), fc.constant(null), fc.array(text)),
  ),
);

const outcomes: fc.Arbitrary<Outcome> = fc
  .record({
    row: fc.integer({ min: 1 }),
    scope: text,
    step: text,
    object: text,
    status: fc.constantFrom(...ROW_STATUSES),
    reason: fc.option(text),
    record: fc.option(fc.uuid()),
    rule: fc.option(fc.nat(9)),
    before: values,
    after: values,
    errors: problems,
    warnings: problems,
  })
  .map((outcome) => (outcome.status === 'Created' ? { ...outcome, before: null } : outcome));

const read = (line: OutcomeLine): Outcome => ({
  row: line.row,
  status: line.status,
  errors: line.errors,
  warnings: line.warnings,
  before: line.before,
  reason: line.reason,
  record: line.record,
  rule: line.rule,
  scope: line.scope,
  step: line.step,
  object: line.object,
  after: line.after,
});

test('a line that is read member by member tells what the whole of it says, whatever its texts hold', () => {
  fc.assert(
    fc.property(outcomes, (outcome) => {
      const line = JSON.stringify(outcome);
      expect(read(new OutcomeLine(line))).toEqual(outcome);
      expect(new OutcomeLine(line).outcome).toEqual(outcome);
    }),
    { numRuns: 1000 },
  );
});

test('the order of the members does not matter', () => {
  const { row, ...rest } = anOutcome({ row: 7, status: 'Updated', before: { a: '1' }, after: { a: '2' } });
  expect(read(new OutcomeLine(JSON.stringify({ ...rest, row })))).toEqual({ ...rest, row });
});
