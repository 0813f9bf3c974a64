import { describe, expect, test } from 'vitest';
import type { FieldValues, Outcome } from '../../../core/model/outcome.ts';
import { addOutcome, type NetEffect } from '../../../core/revert/net-effect.ts';

type Written = [status: Outcome['status'], before: FieldValues | null, after: FieldValues, reason?: string];

function effectOf(written: readonly Written[]): NetEffect | null {
  let effect: NetEffect | null = null;
  for (const [index, [status, before, after, reason = null]] of written.entries()) {
    effect = addOutcome(effect, 'r1', { row: index + 1, step: 's', status, reason, record: 'r1', before, after });
  }
  return effect;
}

const CASES: Readonly<Record<string, readonly [readonly Written[], Partial<NetEffect>]>> = {
  'one update is its before and after': [
    [['Updated', { a: '1' }, { a: '2' }]],
    { created: false, archiving: null, fields: { a: { before: '1', after: '2' } } },
  ],
  'of several rows, the first before and the last after of each field count': [
    [
      ['Updated', { a: '1' }, { a: '2' }],
      ['Updated', { a: '2', b: null }, { a: '3', b: 'x' }],
      ['Updated', { b: 'x' }, { b: null }],
    ],
    { fields: { a: { before: '1', after: '3' }, b: { before: null, after: null } } },
  ],
  'a blank before is not taken for none': [
    [
      ['Updated', { a: null }, { a: '2' }],
      ['Updated', { a: '2' }, { a: '3' }],
    ],
    { fields: { a: { before: null, after: '3' } } },
  ],
  'a record that a row creates and another updates is created': [
    [
      ['Created', null, { a: '1' }],
      ['Updated', { b: null }, { b: '2' }],
    ],
    { created: true, fields: { a: { before: null, after: '1' }, b: { before: null, after: '2' } }, row: 2 },
  ],
  'an unarchived record stays unarchived when it is updated after that': [
    [
      ['Unarchived', {}, {}],
      ['Updated', { a: '1' }, { a: '2' }],
    ],
    { archiving: 'Unarchived' },
  ],
  'a revert says by its reason that it archived': [[['Updated', {}, {}, 'Archived']], { archiving: 'Archived' }],
  'a field that is called like a member of every object is a field': [
    [['Updated', { constructor: 'x' }, { constructor: 'y' }]],
    { fields: { constructor: { before: 'x', after: 'y' } } },
  ],
};

describe('what an execution did to a record', () => {
  test.each(Object.entries(CASES))('%s', (_name, [written, expected]) => {
    expect(effectOf(written)).toMatchObject(expected);
  });
});
