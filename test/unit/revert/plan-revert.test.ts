import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../../core/model/outcome.ts';
import type { NetEffect } from '../../../core/revert/net-effect.ts';
import { planRevert, type CurrentRecord } from '../../../core/revert/plan-revert.ts';
import { buildField } from '../../support/postgres-objects.ts';

const FIELDS = new Map(
  [buildField('a', 'Text'), buildField('n', 'Decimal'), buildField('tags', 'DynamicTags')].map((one) => [
    one.name,
    one,
  ]),
);

const effect = (overrides: Partial<NetEffect>): NetEffect => ({
  record: 'r1',
  created: false,
  archiving: null,
  fields: {},
  step: 's',
  row: 1,
  ...overrides,
});

const now = (values: FieldValues, overrides: Partial<CurrentRecord> = {}): CurrentRecord => ({
  id: 'r1',
  archived: false,
  writtenSince: false,
  values,
  ...overrides,
});

const UPDATE = effect({ fields: { a: { before: 'x', after: 'y' }, n: { before: null, after: '2.50' } } });
const CREATE = effect({ created: true, fields: { a: { before: null, after: 'y' } } });
const UNARCHIVE = effect({ archiving: 'Unarchived', fields: { a: { before: 'x', after: 'y' } } });
const ARCHIVE = effect({ archiving: 'Archived', fields: { a: { before: 'y', after: 'x' } } });

interface Expected {
  /** `Status Reason`, then codes of warnings with their fields. */
  readonly says: string;
  /** What is written; none: nothing. */
  readonly values?: FieldValues;
  readonly archive?: boolean;
}

const CASES: Readonly<Record<string, readonly [NetEffect, CurrentRecord | null, Expected]>> = {
  'values as the execution left them go back': [
    UPDATE,
    now({ a: 'y', n: '2.5' }),
    { says: 'Updated Restored', values: { a: 'x', n: null } },
  ],
  'a value that was changed since stays, and is named': [
    UPDATE,
    now({ a: 'z', n: '2.5' }),
    { says: 'Updated Restored ChangedSince:a', values: { n: null } },
  ],
  'a value that was cleared since stays blank': [
    UPDATE,
    now({ a: null, n: '2.5' }),
    { says: 'Updated Restored ChangedSince:a', values: { n: null } },
  ],
  'where everything was changed since, nothing is written': [
    UPDATE,
    now({ a: 'z', n: '7' }),
    { says: 'SkippedByRule ChangedSince ChangedSince:a ChangedSince:n' },
  ],
  'values that are back already are left': [UPDATE, now({ a: 'x', n: null }), { says: 'Unchanged AlreadyRestored' }],
  'of values that are back already, the others still go back': [
    UPDATE,
    now({ a: 'x', n: '2.50' }),
    { says: 'Updated Restored', values: { n: null } },
  ],
  'lists are the same in any order': [
    effect({ fields: { tags: { before: ['q'], after: ['p', 'q'] } } }),
    now({ tags: ['q', 'p'] }),
    { says: 'Updated Restored', values: { tags: ['q'] } },
  ],
  'a record that is gone is said to be': [UPDATE, null, { says: 'SkippedByRule RecordGone' }],
  'a field that is gone is said to be, and the others go back': [
    effect({ fields: { a: { before: 'x', after: 'y' }, old: { before: '1', after: '2' } } }),
    now({ a: 'y' }),
    { says: 'Updated Restored FieldGone:old', values: { a: 'x' } },
  ],
  'where all its fields are gone there is nothing to write': [
    effect({ fields: { old: { before: '1', after: '2' } } }),
    now({}),
    { says: 'SkippedByRule FieldGone FieldGone:old' },
  ],
  'an archived record gets its values back and stays archived': [
    UPDATE,
    now({ a: 'y', n: '2.5' }, { archived: true }),
    { says: 'Updated Restored ArchivedSince', values: { a: 'x', n: null } },
  ],
  'a created record goes into the archive with its values': [
    CREATE,
    now({ a: 'y' }),
    { says: 'Updated Archived', values: {}, archive: true },
  ],
  'a created record that was changed since stays': [
    CREATE,
    now({ a: 'z' }),
    { says: 'SkippedByRule ChangedSince ChangedSince:a' },
  ],
  'a created record that got another value since stays': [
    CREATE,
    now({ a: 'y', n: '1' }),
    { says: 'SkippedByRule ChangedSince ChangedSince:n' },
  ],
  'a created record that another run wrote and that is the same again goes into the archive': [
    CREATE,
    now({ a: 'y' }, { writtenSince: true }),
    { says: 'Updated Archived', values: {}, archive: true },
  ],
  'a created record that is archived stays archived': [
    CREATE,
    now({ a: 'y' }, { archived: true }),
    { says: 'Unchanged AlreadyArchived' },
  ],
  'an unarchived record goes back into the archive': [
    UNARCHIVE,
    now({ a: 'y' }),
    { says: 'Updated Archived', values: { a: 'x' }, archive: true },
  ],
  'an unarchived record that was changed since stays out of the archive': [
    UNARCHIVE,
    now({ a: 'z' }),
    { says: 'SkippedByRule ChangedSince ChangedSince:a' },
  ],
  'an unarchived record that another run wrote since stays out of the archive': [
    UNARCHIVE,
    now({ a: 'y' }, { writtenSince: true }),
    { says: 'Updated Restored ChangedSince', values: { a: 'x' } },
  ],
  'an unarchived record that was archived since gets its values back': [
    UNARCHIVE,
    now({ a: 'y' }, { archived: true }),
    { says: 'Updated Restored', values: { a: 'x' } },
  ],
  'what a revert archived comes out of the archive': [
    ARCHIVE,
    now({ a: 'x' }, { archived: true }),
    { says: 'Unarchived Restored', values: { a: 'y' }, archive: false },
  ],
  'what a revert archived and somebody brought back is left': [
    effect({ archiving: 'Archived' }),
    now({ a: 'z' }),
    { says: 'Unchanged AlreadyRestored' },
  ],
};

describe('the revert of one record', () => {
  test.each(Object.entries(CASES))('%s', (_name, [given, current, expected]) => {
    const { plan, write } = planRevert(given, 7, FIELDS, current);
    const warnings = plan.warnings.map(({ code, field }) => (field === undefined ? code : `${code}:${field}`));
    expect([plan.status, plan.reason, ...warnings].join(' ')).toBe(expected.says);
    expect(plan).toMatchObject({ row: 7, record: 'r1', errors: [] });
    if (expected.values === undefined) {
      expect([write, plan.before, plan.after]).toEqual([null, null, null]);
      return;
    }
    expect(write).toEqual({ record: 'r1', values: expected.values, archive: expected.archive ?? null });
    expect(plan.after).toEqual(expected.values);
    for (const name of Object.keys(expected.values)) expect(plan.before?.[name]).toEqual(current?.values[name] ?? null);
  });
});
