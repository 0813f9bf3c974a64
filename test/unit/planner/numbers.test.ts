import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalNumber, compareNumbers } from '../../../core/planner/field-value.ts';
import { compareDecimals } from '../../support/oracle/oracle-values.ts';
import { seeded } from '../../support/oracle/seed.ts';

const digits = (most: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('0', '0', '0', '1', '2', '3', '5', '8', '9', '9'), { minLength: 1, maxLength: most })
    .map((list) => list.join(''));
const decimal = fc
  .tuple(fc.constantFrom('', '-'), digits(45), fc.option(digits(45)))
  .map(([sign, whole, fraction]) => sign + whole + (fraction === null ? '' : `.${fraction}`));

describe('canonical numbers', () => {
  it.each([
    ['1.10', '1.1'],
    ['001', '1'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['0.10', '0.1'],
    ['100', '100'],
    ['1e3', '1000'],
    ['1.25e1', '12.5'],
    ['125e-4', '0.0125'],
    ['-1.5E-1', '-0.15'],
    ['1234567890123456789012345678901234567890', '1234567890123456789012345678901234567890'],
    ['0.1234567890123456789012345678901234567890', '0.123456789012345678901234567890123456789'],
    ['NaN', 'NaN'],
    ['', ''],
    ['.', '.'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalNumber(text)).toBe(canonical);
  });

  it('keep the value, have one form per value and are stable', () => {
    fc.assert(
      fc.property(decimal, decimal, (left, right) => {
        const one = canonicalNumber(left);
        expect(compareDecimals(left, one)).toBe(0);
        expect(canonicalNumber(one)).toBe(one);
        expect(one === canonicalNumber(right)).toBe(compareDecimals(left, right) === 0);
        expect(canonicalNumber(`00${left.replace('-', '')}`)).toBe(one.replace('-', ''));
      }),
      seeded({ numRuns: 500 }),
    );
  });

  it('are ordered by value, however long they are', () => {
    const near = fc
      .tuple(decimal, fc.nat(3))
      .map(([text, cut]) => [text, text.slice(0, text.length - cut) || '0'] as const);
    const pair = fc.oneof(fc.tuple(decimal, decimal), near);
    fc.assert(
      fc.property(pair, ([left, right]) => {
        fc.pre(right !== '-' && right !== '');
        const order = compareNumbers(canonicalNumber(left), canonicalNumber(right));
        expect(Math.sign(order)).toBe(compareDecimals(left, right.replace(/\.$/, '')));
      }),
      seeded({ numRuns: 500 }),
    );
  });
});
