import { describe, expect, it } from 'vitest';
import type { RuleModel } from '../../../core/model/connector.ts';
import { ID_FIELD } from '../../../core/model/object.ts';
import { field, mapping, object, ref, rule, step } from '../../support/oracle/builders.ts';
import { smallRun, type SmallRecord } from '../../support/oracle/small-run.ts';

const email = field('email', 'Email');
const name = field('name');
const city = field('city');
const person = object('person', [email, name, city]);
const vEmail = ref('email', 'Email');
const vName = ref('name');
const vCity = ref('city');

type Actions = Partial<Omit<RuleModel, 'field' | 'variable'>>;

const LIVE: SmallRecord = { id: 'live', email: 'a@x.org', name: 'Old' };
const ARCHIVED: SmallRecord = { id: 'archived', archived: true, email: 'a@x.org', name: 'Old' };

/** One row `a@x.org, New` against records, by one rule on e-mail that overwrites the name. */
function loadOne(records: readonly SmallRecord[], actions: Actions) {
  return smallRun({
    steps: [
      step(
        person,
        [rule(email, vEmail, actions)],
        [mapping(email, vEmail), mapping(name, vName, { conflictResolution: 'OverwriteClearIfBlank' })],
      ),
    ],
    variables: [vEmail, vName],
    rows: [{ email: 'a@x.org', name: 'New' }],
    records: { person: records },
  });
}

describe('one rule, every situation and action', () => {
  const table: readonly {
    readonly sentence: string;
    readonly records: readonly SmallRecord[];
    readonly actions: Actions;
    readonly status: string;
    readonly reason: string;
    readonly record: string | null;
    readonly rule?: number;
  }[] = [
    {
      sentence: 'no match creates',
      records: [],
      actions: { onNoMatch: 'CreateNew' },
      status: 'Created',
      reason: 'NoMatch',
      record: '0:1',
    },
    {
      sentence: 'no match skips where the rule says so',
      records: [],
      actions: { onNoMatch: 'DoNotUpload' },
      status: 'SkippedByRule',
      reason: 'NoMatch',
      record: null,
    },
    {
      sentence: 'one live match is updated',
      records: [LIVE],
      actions: {},
      status: 'Updated',
      reason: 'SingleMatch',
      record: 'live',
    },
    {
      sentence: 'one live match is left alone where the rule says so, and the row still names it',
      records: [LIVE],
      actions: { onSingleMatch: 'DoNotUpload' },
      status: 'SkippedByRule',
      reason: 'SingleMatch',
      record: 'live',
    },
    {
      sentence: 'two live matches are ambiguous',
      records: [LIVE, { ...LIVE, id: 'twin' }],
      actions: {},
      status: 'SkippedAmbiguous',
      reason: 'MultipleMatches',
      record: null,
    },
    {
      sentence: 'an archived match is not seen beside a live one',
      records: [ARCHIVED, LIVE],
      actions: { onArchivedMatch: 'UnarchiveOnly' },
      status: 'Updated',
      reason: 'SingleMatch',
      record: 'live',
    },
    {
      sentence: 'an archived match creates a new record by default',
      records: [ARCHIVED],
      actions: {},
      status: 'Created',
      reason: 'ArchivedMatch',
      record: '0:1',
    },
    {
      sentence: 'an archived match is unarchived and updated',
      records: [ARCHIVED],
      actions: { onArchivedMatch: 'UnarchiveAndUpdate' },
      status: 'Unarchived',
      reason: 'ArchivedMatch',
      record: 'archived',
    },
    {
      sentence: 'an archived match is only unarchived',
      records: [ARCHIVED],
      actions: { onArchivedMatch: 'UnarchiveOnly' },
      status: 'Unarchived',
      reason: 'ArchivedMatch',
      record: 'archived',
    },
    {
      sentence: 'an archived match is left archived where the rule says so, and the row still names it',
      records: [ARCHIVED],
      actions: { onArchivedMatch: 'DoNotUpload' },
      status: 'SkippedByRule',
      reason: 'ArchivedMatch',
      record: 'archived',
    },
    {
      sentence: 'several archived matches without a live one are multiple matches',
      records: [ARCHIVED, { ...ARCHIVED, id: 'older' }],
      actions: { onArchivedMatch: 'UnarchiveAndUpdate' },
      status: 'SkippedAmbiguous',
      reason: 'MultipleMatches',
      record: null,
    },
  ];
  it.each(table)('$sentence', ({ records, actions, status, reason, record }) => {
    expect(loadOne(records, actions).plan(1)).toMatchObject({ status, reason, record, rule: 1 });
  });

  it('unarchiving alone changes no value', () => {
    const result = loadOne([ARCHIVED], { onArchivedMatch: 'UnarchiveOnly' });
    expect([result.isArchived('archived'), result.record('archived')?.['name']]).toEqual([false, 'Old']);
  });

  it('unarchiving and updating writes the values with their conflict rules', () => {
    const result = loadOne([ARCHIVED], { onArchivedMatch: 'UnarchiveAndUpdate' });
    expect([result.isArchived('archived'), result.record('archived')?.['name']]).toEqual([false, 'New']);
    expect(result.plan(1)).toMatchObject({ before: { name: 'Old' }, after: { name: 'New' } });
  });

  it('a record that already holds everything is unchanged, with nothing before and after', () => {
    const result = loadOne([{ ...LIVE, name: 'New' }], {});
    expect(result.plan(1)).toMatchObject({
      status: 'Unchanged',
      record: 'live',
      before: null,
      after: null,
      write: null,
    });
  });

  it('a record that is only unarchived by an update counts as Unarchived, not as Unchanged', () => {
    const result = loadOne([{ ...ARCHIVED, name: 'New' }], { onArchivedMatch: 'UnarchiveAndUpdate' });
    expect(result.plan(1).status).toBe('Unarchived');
    expect(result.isArchived('archived')).toBe(false);
  });

  it('matches by record id', () => {
    const key = ref('key', 'UUID');
    const result = smallRun({
      steps: [step(person, [rule(ID_FIELD, key)], [mapping(city, vCity)])],
      variables: [key, vCity],
      rows: [{ key: 'live', city: 'Rome' }],
      records: { person: [LIVE] },
    });
    expect(result.plan(1)).toMatchObject({ status: 'Updated', record: 'live' });
  });
});

describe('going on to the next rule', () => {
  const twoRules = (first: Actions, second: Actions, records: readonly SmallRecord[], values = {}) =>
    smallRun({
      steps: [
        step(
          person,
          [rule(email, vEmail, first), rule(name, vName, second)],
          [mapping(name, vName), mapping(city, vCity)],
        ),
      ],
      variables: [vEmail, vName, vCity],
      rows: [{ email: 'a@x.org', name: 'Ann', city: 'Rome', ...values }],
      records: { person: records },
    }).plan(1);
  const ann: SmallRecord = { id: 'ann', email: 'a@x.org', name: 'Ann' };
  const bob: SmallRecord = { id: 'bob', email: 'a@x.org', name: 'Bob' };
  const otherAnn: SmallRecord = { id: 'other', email: 'b@x.org', name: 'Ann' };

  it.each([
    {
      sentence: 'NextRule narrows several matches to one',
      first: { onMultipleMatches: 'NextRule' },
      records: [ann, bob, otherAnn],
      expected: { status: 'Updated', record: 'ann', rule: 2 },
    },
    {
      sentence: 'NextRule narrows a single match away, and then no record is left',
      first: { onSingleMatch: 'NextRule' },
      records: [bob, otherAnn],
      expected: { status: 'Created', reason: 'NoMatch', rule: 2 },
    },
    {
      sentence: 'NextRuleIgnorePrevious starts afresh from several matches',
      first: { onMultipleMatches: 'NextRuleIgnorePrevious' },
      records: [bob, { ...bob, id: 'bob2' }, otherAnn],
      expected: { status: 'Updated', record: 'other', rule: 2 },
    },
    {
      sentence: 'NextRuleIgnorePrevious starts afresh from a single match',
      first: { onSingleMatch: 'NextRuleIgnorePrevious' },
      records: [bob, otherAnn],
      expected: { status: 'Updated', record: 'other', rule: 2 },
    },
    {
      sentence: 'NextRuleIgnorePrevious goes on from no match',
      first: { onNoMatch: 'NextRuleIgnorePrevious' },
      records: [otherAnn],
      expected: { status: 'Updated', record: 'other', rule: 2 },
    },
    {
      sentence: 'NextRuleIgnorePrevious goes on from an archived match and may end at another record',
      first: { onArchivedMatch: 'NextRuleIgnorePrevious' },
      records: [{ ...ann, archived: true }, otherAnn],
      expected: { status: 'Updated', record: 'other', rule: 2 },
    },
    {
      sentence: 'NextRule carries an archived match along',
      first: { onArchivedMatch: 'NextRule' },
      second: { onArchivedMatch: 'UnarchiveOnly' },
      records: [{ ...ann, archived: true }, otherAnn],
      expected: { status: 'Unarchived', record: 'ann', rule: 2 },
    },
    {
      sentence: 'NextRule carries archived candidates along beside a live one that then falls out',
      first: { onSingleMatch: 'NextRule' },
      second: { onArchivedMatch: 'UnarchiveOnly' },
      records: [bob, { ...ann, archived: true }],
      expected: { status: 'Unarchived', record: 'ann', rule: 2 },
    },
    {
      sentence: 'NextRule narrows several archived matches to one',
      first: { onMultipleMatches: 'NextRule' },
      second: { onArchivedMatch: 'UnarchiveOnly' },
      records: [
        { ...ann, archived: true },
        { ...bob, archived: true },
      ],
      expected: { status: 'Unarchived', record: 'ann', rule: 2 },
    },
    {
      sentence: 'several matches that stay several are ambiguous at the second rule',
      first: { onMultipleMatches: 'NextRule' },
      records: [ann, { ...ann, id: 'ann2' }],
      expected: { status: 'SkippedAmbiguous', record: null, rule: 2 },
    },
  ] as const)('$sentence', ({ first, records, expected, ...rest }) => {
    const second = 'second' in rest ? rest.second : {};
    expect(twoRules(first, second, records)).toMatchObject(expected);
  });

  it.each([
    ['by the first rule, which then has no match', { email: null }, { status: 'Created', reason: 'NoMatch', rule: 1 }],
    ['by the second rule, which then has no match', { name: null }, { status: 'Created', reason: 'NoMatch', rule: 2 }],
  ] as const)('one blank of several keys is met %s', (_, values, expected) => {
    expect(twoRules({ onSingleMatch: 'NextRule' }, {}, [ann], values)).toMatchObject(expected);
  });

  it('a blank key does not match a blank field', () => {
    const blank: SmallRecord = { id: 'blank', name: 'Ann' };
    const plan = twoRules({ onNoMatch: 'DoNotUpload' }, {}, [blank], { email: null });
    expect(plan).toMatchObject({ status: 'SkippedByRule', reason: 'NoMatch', rule: 1 });
  });

  it('three rules narrow one after another', () => {
    const plan = smallRun({
      steps: [
        step(
          person,
          [
            rule(email, vEmail, { onMultipleMatches: 'NextRule' }),
            rule(name, vName, { onMultipleMatches: 'NextRule' }),
            rule(city, vCity),
          ],
          [mapping(name, vName)],
        ),
      ],
      variables: [vEmail, vName, vCity],
      rows: [{ email: 'a@x.org', name: 'Ann', city: 'Rome' }],
      records: {
        person: [
          { ...bob, city: 'Rome' },
          { ...ann, city: 'Oslo' },
          { ...ann, id: 'roman', city: 'Rome' },
        ],
      },
    }).plan(1);
    expect(plan).toMatchObject({ status: 'Unchanged', record: 'roman', rule: 3 });
  });
});

describe('all keys blank', () => {
  const blankRow = (onBlankKey: 'Skip' | 'CreateNew') =>
    smallRun({
      steps: [
        step(
          person,
          [rule(email, vEmail, { onNoMatch: 'NextRuleIgnorePrevious' }), rule(name, vName)],
          [mapping(city, vCity)],
          {
            onBlankKey,
          },
        ),
      ],
      variables: [vEmail, vName, vCity],
      rows: [{ city: 'Rome' }],
      records: { person: [{ id: 'blank' }] },
    });

  it('the row is skipped with the reason BlankKey, by no rule', () => {
    expect(blankRow('Skip').plan(1)).toMatchObject({
      status: 'SkippedByRule',
      reason: 'BlankKey',
      rule: null,
      record: null,
    });
  });

  it('the row is created where the step says so', () => {
    const result = blankRow('CreateNew');
    expect(result.plan(1)).toMatchObject({ status: 'Created', reason: 'BlankKey', rule: null, record: '0:1' });
    expect(result.record('0:1')).toEqual({ city: 'Rome' });
  });
});

describe('rows that do not take part', () => {
  it('a rejected row is Rejected in the step and seen by no rule', () => {
    const plain = {
      inputRow: null,
      rejected: false,
      problems: [],
      values: ['a@x.org', 'New'],
    };
    const problem = { code: 'RequiredMissing', message: 'name is required', variable: 'name' };
    const result = smallRun({
      steps: [step(person, [rule(email, vEmail)], [mapping(email, vEmail), mapping(name, vName)])],
      variables: [vEmail, vName],
      rows: [],
      wholeRows: [
        { ...plain, row: 1, rejected: true, problems: [problem] },
        { ...plain, row: 3 },
      ],
    });
    expect(result.plans().map(({ row, status }) => [row, status])).toEqual([
      [1, 'Rejected'],
      [3, 'Created'],
    ]);
    expect(result.plan(1)).toMatchObject({ record: null, errors: [problem] });
    expect(result.ids('person')).toEqual(['0:3']);
  });
});
