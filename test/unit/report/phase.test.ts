import { describe, expect, it } from 'vitest';
import type { ScopeCounts, StepCounts } from '../../../core/model/outcome.ts';
import { checkSums, phaseOf } from '../../../core/report/phase.ts';
import { aScopeCount, aStep } from './report-source.ts';

type Case = [sentence: string, scopes: ScopeCounts[], steps: StepCounts[], expected: string];

const rows = (count: number, overrides: Partial<ScopeCounts> = {}) => [
  aScopeCount('products', { rows: count, ...overrides }),
];
const step = (overrides: Partial<StepCounts> = {}) => aStep('products', 'product', 'products', overrides);

describe('phaseOf', () => {
  it.each<Case>([
    ['no rows at all is a success', rows(0), [step()], 'Succeeded'],
    ['no scopes and no steps is a success', [], [], 'Succeeded'],
    ['every row created is a success', rows(3), [step({ created: 3 })], 'Succeeded'],
    ['rows skipped by a rule alone are a success', rows(3), [step({ skippedByRule: 3 })], 'Succeeded'],
    ['rows unchanged by the diff check are a success', rows(3, { unchangedByDiff: 3 }), [step()], 'Succeeded'],
    ['one failed row of three is a partial success', rows(3), [step({ created: 2, failed: 1 })], 'PartialSuccess'],
    [
      'one rejected row of three is a partial success',
      rows(3, { rejected: 1 }),
      [step({ created: 2 })],
      'PartialSuccess',
    ],
    ['one ambiguous row of three is one too', rows(3), [step({ created: 2, skippedAmbiguous: 1 })], 'PartialSuccess'],
    ['bad rows beside skipped ones are one too', rows(2), [step({ failed: 1, skippedByRule: 1 })], 'PartialSuccess'],
    ['bad rows beside unchanged ones', rows(2, { rejected: 1, unchangedByDiff: 1 }), [step()], 'PartialSuccess'],
    ['every row failed is a failure', rows(3), [step({ failed: 3 })], 'Failed'],
    ['every row rejected is a failure', rows(3, { rejected: 3 }), [step()], 'Failed'],
    [
      'every row bad in one way or another',
      rows(3, { rejected: 1 }),
      [step({ failed: 1, skippedAmbiguous: 1 })],
      'Failed',
    ],
    [
      'a step without a good row beside a step with one',
      rows(2),
      [step({ failed: 2 }), aStep('more', 'other', 'products', { created: 2 })],
      'PartialSuccess',
    ],
    [
      'rejected rows of a scope that no step reads',
      [...rows(1), aScopeCount('spare', { rows: 1, rejected: 1 })],
      [step({ created: 1 })],
      'PartialSuccess',
    ],
    ['good rows of a scope that no step reads', [aScopeCount('spare', { rows: 2, rejected: 1 })], [], 'PartialSuccess'],
  ])('%s', (_, scopes, steps, expected) => {
    expect(phaseOf(scopes, steps)).toBe(expected);
  });
});

describe('checkSums', () => {
  it.each<[string, ScopeCounts[], StepCounts[], string[]]>([
    [
      'every status counts once',
      rows(12, { rejected: 2, unchangedByDiff: 2 }),
      [
        step({
          created: 1,
          updated: 1,
          unarchived: 1,
          unchanged: 1,
          skippedByRule: 1,
          skippedAmbiguous: 1,
          failed: 1,
          notProcessed: 1,
        }),
      ],
      [],
    ],
    [
      'a lost row is a fault that names the step and the scope',
      rows(3, { rejected: 1 }),
      [step({ created: 1 })],
      [
        'step "products": 1 rows by status + 1 rejected + 0 unchanged by the diff check = 2, ' +
          'but scope "products" has 3 rows',
      ],
    ],
    ['a step whose scope was never made has no rows', [], [step()], []],
    [
      'a step with rows of a scope that is not there is a fault',
      [],
      [step({ created: 1 })],
      ['step "products" counts 1 rows of scope "products", which does not exist'],
    ],
  ])('%s', (_, scopes, steps, expected) => {
    expect(checkSums(scopes, steps)).toEqual(expected);
  });
});
