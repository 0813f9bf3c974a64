import { describe, expect, test } from 'vitest';
import {
  explainRecord,
  unexplainedFields,
  type RecordEvent,
  type RecordExplanation,
  type RecordSource,
} from '../../../core/explain/explain-record.ts';
import type { FieldValues } from '../../../core/model/outcome.ts';
import { buildField, buildObject } from '../../support/postgres-objects.ts';

const OBJECT = buildObject('part', [buildField('a', 'Text'), buildField('n', 'Decimal')]);

const record = (values: FieldValues): FieldValues => ({
  id: 'r1',
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-02T00:00:00.000Z',
  archived_at: null,
  execution_id: null,
  ...values,
});

const event = (execution: string, overrides: Partial<RecordEvent>): RecordEvent => ({
  execution,
  connector: 'c',
  reverts: null,
  startedAt: '2026-01-01T00:00:00.000Z',
  row: 1,
  scope: 's',
  step: 's',
  object: 'part',
  status: 'Updated',
  reason: null,
  record: 'r1',
  rule: 1,
  before: {},
  after: {},
  errors: [],
  warnings: [],
  ...overrides,
});

const CREATED = event('e1', { status: 'Created', rule: null, before: null, after: { a: 'x', n: '1.5' } });
const UPDATED = event('e2', { before: { n: '1.5' }, after: { n: '2' } });
const ARCHIVED = event('e3', { reason: 'Archived', reverts: 'e1' });
const UNARCHIVED = event('e4', { status: 'Unarchived' });
const UNCHANGED = event('e5', { status: 'Unchanged', before: null, after: null });
const REFUSED = event('e6', { status: 'Failed', before: null, after: null });
const KNOWN: RecordSource = {
  execution: 'e0',
  connector: 'c',
  reverts: null,
  startedAt: '2026-01-01T00:00:00.000Z',
  scope: 's',
  step: 's',
  row: 1,
  rule: null,
  status: null,
  reason: null,
};

/** `a=state by execution; n=state by execution`, then who created it and who moved it. */
function say({ fields, createdBy, archivedBy, unarchivedBy }: RecordExplanation): string {
  const said = fields.map(({ field, state, source }) => `${field}=${state} ${source?.execution ?? '-'}`);
  const by = [createdBy, archivedBy, unarchivedBy].map((source) => source?.execution ?? '-');
  return `${said.join(', ')}; ${by.join(' ')}`;
}

const ARCHIVED_NOW = { archived_at: '2026-01-03T00:00:00.000Z' };

const CASES: Readonly<Record<string, readonly [FieldValues, readonly RecordEvent[], string]>> = {
  'a created record is what its execution made it': [
    { a: 'x', n: '1.50' },
    [CREATED],
    'a=AsWritten e1, n=AsWritten e1; e1 - -',
  ],
  'the newest execution that wrote a field is its source': [
    { a: 'x', n: '2.0' },
    [UPDATED, CREATED],
    'a=AsWritten e1, n=AsWritten e2; e1 - -',
  ],
  'rows that wrote nothing are no source': [
    { a: 'x', n: '1.5' },
    [REFUSED, UNCHANGED, CREATED],
    'a=AsWritten e1, n=AsWritten e1; e1 - -',
  ],
  'a value that is another now was changed outside': [
    { a: 'y', n: null },
    [CREATED],
    'a=ChangedOutside e1, n=ChangedOutside e1; e1 - -',
  ],
  'a value that no execution wrote was set outside, a blank was never written': [
    { a: 'y', n: null },
    [],
    'a=ChangedOutside -, n=NeverWritten -; e0 - -',
  ],
  'a revert that archived it is named while it is archived': [
    { a: 'x', n: '1.5', ...ARCHIVED_NOW },
    [ARCHIVED, CREATED],
    'a=AsWritten e1, n=AsWritten e1; e1 e3 -',
  ],
  'a record that somebody took out of the archive is archived by nobody': [
    { a: 'x', n: '1.5' },
    [ARCHIVED, CREATED],
    'a=AsWritten e1, n=AsWritten e1; e1 - -',
  ],
  'an execution that unarchived it is named while it is live': [
    { a: 'x', n: '1.5' },
    [UNARCHIVED, ARCHIVED, CREATED],
    'a=AsWritten e1, n=AsWritten e1; e1 - e4',
  ],
  'a record that somebody archived after an execution unarchived it is archived by nobody': [
    { a: 'x', n: '1.5', ...ARCHIVED_NOW },
    [UNARCHIVED, ARCHIVED, CREATED],
    'a=AsWritten e1, n=AsWritten e1; e1 - -',
  ],
};

describe('the explanation of a record', () => {
  test.each(Object.entries(CASES))('%s', (_, [values, events, expected]) => {
    expect(say(explainRecord(OBJECT, record(values), KNOWN, { events, complete: true }))).toBe(expected);
  });

  test('where the search ended early, a field without a source is unknown, blank or not', () => {
    const found = { events: [UPDATED], complete: false };
    expect(say(explainRecord(OBJECT, record({ a: 'x', n: '2' }), null, found))).toBe(
      'a=Unknown -, n=AsWritten e2; - - -',
    );
    expect(say(explainRecord(OBJECT, record({ a: null, n: '2' }), null, found))).toBe(
      'a=Unknown -, n=AsWritten e2; - - -',
    );
  });

  test('fields that hold a value which no event wrote are still to be explained', () => {
    expect(unexplainedFields(OBJECT, record({ a: 'x', n: '2' }), [UPDATED, UNCHANGED])).toEqual(['a']);
    expect(unexplainedFields(OBJECT, record({ a: null, n: '2' }), [UPDATED])).toEqual([]);
  });
});
