import { expect, test } from 'vitest';
import type { SqlResult } from '../../../core/model/stages.ts';
import { isIdle } from '../../../runner/diff/idle.ts';

type Past = Parameters<typeof isIdle>[0];

const scope = {
  name: 'items',
  rows: 5,
  rejected: 1,
  unchangedByDiff: 4,
  columns: [],
  formats: {},
  file: '',
  hashFile: '',
  unchangedHashSum: '77',
  sha256: '',
  sampleFile: '',
};
const sql = (change: Partial<typeof scope> = {}): SqlResult => ({
  scopes: [{ ...scope, ...change }],
  warnings: [],
  failure: null,
});
const past: Past = { reverts: null, overtaken: false, phase: 'PartialSuccess', scopes: sql() };
const stored = { signature: 's', totals: { count: 4, sum: '77' } };
const rejectedOnly = [{ rows: 1, counts: { Rejected: 1 } }];

test.each<[string, boolean, Partial<Past>, readonly { rows: number; counts: Record<string, number> }[]]>([
  ['a run that saw every row of the baseline again and reached no record', true, {}, rejectedOnly],
  ['a run that reached a record', false, {}, [{ rows: 1, counts: { Unchanged: 1 } }]],
  ['a run that reached a record in another step', false, {}, [...rejectedOnly, { rows: 2, counts: { Rejected: 1 } }]],
  ['a run that saw fewer rows again', false, { scopes: sql({ unchangedByDiff: 3 }) }, []],
  ['a run that saw as many rows again, but others', false, { scopes: sql({ unchangedHashSum: '78' }) }, []],
  ['a failed run that reached no record', true, { phase: 'Failed', scopes: sql({ unchangedByDiff: 0 }) }, []],
  ['a failed run that reached a record', false, { phase: 'Failed' }, [{ rows: 1, counts: { Created: 1 } }]],
  ['a run in which others ran', false, { overtaken: true }, []],
  ['a revert', false, { reverts: 'e1' }, []],
])('%s', (_, expected, change, totals) => {
  expect(isIdle({ ...past, ...change }, 's', 'items', totals, stored)).toBe(expected);
});

test('a baseline of another signature, or without totals, is never passed over; the only scope needs no name', () => {
  expect(isIdle(past, 'other', 'items', [], stored)).toBe(false);
  expect(isIdle(past, 's', 'items', [], { ...stored, totals: null })).toBe(false);
  expect(isIdle(past, 's', '', [], stored)).toBe(true);
});
