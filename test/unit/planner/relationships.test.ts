import { describe, expect, it } from 'vitest';
import type { MappingModel, StepModel, VariableValue } from '../../../core/model/connector.ts';
import { field, mapping, object, ref, relationship, rule, step } from '../../support/oracle/builders.ts';
import { smallRun, type SmallRecord } from '../../support/oracle/small-run.ts';

const name = field('name');
const code = field('code', 'Integer');
const firm = object('firm', [name, code]);
const works = relationship('works', 'firm');
const advises = relationship('advises', 'firm', true);
const boss = relationship('boss', 'person');
const person = object('person', [name, works, advises, boss]);
const objects = [firm, person];
const vName = ref('name');
const vFirm = ref('firm');
const vFirms = ref('firms', 'String', { isArray: true });
const vBoss = ref('boss');
const vCode = ref('code', 'Number');
const variables = [vName, vFirm, vFirms, vBoss, vCode];

const byFirm: MappingModel = mapping(works, [], {
  source: { kind: 'Lookup', object: firm, field: name, variable: vFirm },
});
const byFirms = mapping(advises, [], { source: { kind: 'Lookup', object: firm, field: name, variable: vFirms } });
const byBoss = mapping(boss, [], { source: { kind: 'Lookup', object: person, field: name, variable: vBoss } });
const leaving = (one: MappingModel): MappingModel => ({ ...one, onUnresolved: 'LeaveBlank' });

function load(
  mappings: readonly MappingModel[],
  rows: readonly Readonly<Record<string, VariableValue>>[],
  records: Readonly<Record<string, readonly SmallRecord[]>>,
) {
  return smallRun({
    steps: [step(person, [rule(name, vName)], [mapping(name, vName), ...mappings])],
    variables,
    rows,
    records,
    objects,
  });
}

describe('lookup', () => {
  const firms: readonly SmallRecord[] = [
    { id: 'acme', name: 'Acme' },
    { id: 'bolt', name: 'Bolt' },
    { id: 'old', name: 'Old', archived: true },
    { id: 'twin1', name: 'Twin' },
    { id: 'twin2', name: 'Twin' },
    { id: 'half1', name: 'Half' },
    { id: 'half2', name: 'Half', archived: true },
  ];
  it.each([
    ['finds the record whose field equals the variable', 'Acme', { works: 'acme' }],
    ['sees live records only', 'Half', { works: 'half1' }],
    ['of a blank value is blank', null, {}],
  ] as const)('%s', (_, given, values) => {
    const result = load([byFirm], [{ name: 'Ann', firm: given }], { firm: firms });
    expect(result.record('0:1')).toEqual({ name: 'Ann', ...values });
    expect(result.plan(1)).toMatchObject({ status: 'Created', warnings: [], unresolved: false });
  });

  it.each([
    ['finds nothing', 'Nowhere', 'Unresolved'],
    ['finds an archived record only', 'Old', 'Unresolved'],
    ['finds two records', 'Twin', 'LookupAmbiguous'],
  ] as const)('that %s fails the row', (_, given, reason) => {
    const result = load([byFirm], [{ name: 'Ann', firm: given }], { firm: firms });
    expect(result.plan(1)).toMatchObject({ status: 'Failed', reason, write: null });
    expect(result.plan(1).errors).toMatchObject([{ code: reason, field: 'works' }]);
  });

  it('that finds nothing leaves the field blank with a warning where the mapping says so', () => {
    const result = load([leaving(byFirm)], [{ name: 'Ann', firm: 'Nowhere' }], { firm: firms });
    expect(result.record('0:1')).toEqual({ name: 'Ann' });
    expect(result.plan(1)).toMatchObject({ status: 'Created', unresolved: true });
    expect(result.plan(1).warnings).toMatchObject([{ code: 'Unresolved', field: 'works' }]);
  });

  it('that finds two records fails the row, whatever onUnresolved says', () => {
    const result = load([leaving(byFirm)], [{ name: 'Ann', firm: 'Twin' }], { firm: firms });
    expect(result.plan(1)).toMatchObject({ status: 'Failed', reason: 'LookupAmbiguous' });
  });

  it('that leaves blank clears what is there only where a blank would', () => {
    const held = { person: [{ id: 'ann', name: 'Ann', works: 'acme' }], firm: firms };
    const clear = { ...leaving(byFirm), conflictResolution: 'OverwriteClearIfBlank' as const };
    const skip = { ...leaving(byFirm), conflictResolution: 'OverwriteSkipIfBlank' as const };
    const row = [{ name: 'Ann', firm: 'Nowhere' }];
    expect(load([clear], row, held).record('ann')).toEqual({ name: 'Ann' });
    expect(load([skip], row, held).record('ann')).toEqual({ name: 'Ann', works: 'acme' });
  });

  it('compares numbers by value', () => {
    const byCode = mapping(works, [], { source: { kind: 'Lookup', object: firm, field: code, variable: vCode } });
    const result = load([byCode], [{ name: 'Ann', code: '7.0' }], { firm: [{ id: 'seven', code: '7' }] });
    expect(result.record('0:1')).toEqual({ name: 'Ann', works: 'seven' });
  });

  it.each([
    ['finds every element of a list, each record once', ['Acme', 'Bolt', 'Acme'], false, ['acme', 'bolt']],
    ['leaves out the elements that it does not find', ['Acme', 'Nowhere'], true, ['acme']],
  ] as const)('%s', (_, given, isLenient, expected) => {
    const one = isLenient ? leaving(byFirms) : byFirms;
    const result = load([one], [{ name: 'Ann', firms: given }], { firm: firms });
    expect(result.record('0:1')).toEqual({ name: 'Ann', advises: expected });
  });

  it.each([
    ['Unresolved', ['Acme', 'Nowhere'], byFirms],
    ['LookupAmbiguous', ['Acme', 'Twin'], leaving(byFirms)],
  ] as const)('of one element of a list may fail the row: %s', (reason, given, one) => {
    expect(load([one], [{ name: 'Ann', firms: given }], { firm: firms }).plan(1)).toMatchObject({
      status: 'Failed',
      reason,
    });
  });
});

describe('lookup in the object that is being loaded', () => {
  it('finds a record that an earlier row created, and not one that a later row will', () => {
    const result = load(
      [leaving(byBoss)],
      [{ name: 'Ann', boss: 'Bob' }, { name: 'Bob' }, { name: 'Cee', boss: 'Bob' }],
      {},
    );
    expect([result.record('0:1'), result.record('0:3')]).toEqual([{ name: 'Ann' }, { name: 'Cee', boss: '0:2' }]);
  });

  it('does not find the record that the row itself creates', () => {
    expect(load([byBoss], [{ name: 'Ann', boss: 'Ann' }], {}).plan(1).reason).toBe('Unresolved');
  });

  it('finds the record that the row itself updates', () => {
    const records = { person: [{ id: 'ann', name: 'Ann' }] };
    expect(load([byBoss], [{ name: 'Ann', boss: 'Ann' }], records).record('ann')).toEqual({ name: 'Ann', boss: 'ann' });
  });

  it('becomes ambiguous when an earlier row has created a second record', () => {
    const archived = {
      person: [
        { id: 'bob', name: 'Bob' },
        { id: 'bob2', name: 'Bob', archived: true },
      ],
    };
    const result = smallRun({
      steps: [
        step(person, [rule(name, vName, { onSingleMatch: 'DoNotUpload' })], [mapping(name, vBoss)], { name: 'create' }),
        step(person, [rule(name, vName, { onMultipleMatches: 'DoNotUpload' })], [mapping(name, vName), byBoss], {
          name: 'use',
        }),
      ],
      variables,
      rows: [{ name: 'Ann', boss: 'Bob' }],
      records: archived,
      objects,
    });
    expect(result.plan(1, 'use')).toMatchObject({ status: 'Failed', reason: 'LookupAmbiguous' });
  });
});

describe('sameRowOf', () => {
  const first = (overrides: Partial<StepModel> = {}): StepModel =>
    step(firm, [rule(name, vFirm)], [mapping(name, vFirm), mapping(code, vCode)], { name: 'firms', ...overrides });
  const second = (onUnresolved: MappingModel['onUnresolved'] = 'FailRow'): StepModel =>
    step(
      person,
      [rule(name, vName)],
      [
        mapping(name, vName),
        mapping(works, [], { source: { kind: 'SameRow', step: 'firms' }, onUnresolved }),
        mapping(advises, [], { source: { kind: 'SameRow', step: 'firms' }, onUnresolved }),
      ],
      { name: 'people' },
    );
  const load2 = (
    firms: StepModel,
    people: StepModel,
    row: Readonly<Record<string, VariableValue>>,
    records: readonly SmallRecord[] = [],
  ) => smallRun({ steps: [firms, people], variables, rows: [row], records: { firm: records }, objects });
  const acme: SmallRecord = { id: 'acme', name: 'Acme' };

  it.each([
    ['created', first(), [], '0:1'],
    ['matched and updated', first(), [acme], 'acme'],
    [
      'matched, though the rule then did not write it',
      first({ rules: [rule(name, vFirm, { onSingleMatch: 'DoNotUpload' })] }),
      [acme],
      'acme',
    ],
    [
      'unarchived',
      first({ rules: [rule(name, vFirm, { onArchivedMatch: 'UnarchiveOnly' })] }),
      [{ ...acme, archived: true }],
      'acme',
    ],
  ] as const)('is the record that the row %s in that step', (_, firms, records, id) => {
    const result = load2(firms, second(), { name: 'Ann', firm: 'Acme', code: '1' }, records);
    expect(result.record('1:1')).toEqual({ name: 'Ann', works: id, advises: [id] });
  });

  it.each([
    ['the key was blank', first(), { firm: null }, []],
    ['a rule skipped it without a match', first({ rules: [rule(name, vFirm, { onNoMatch: 'DoNotUpload' })] }), {}, []],
    ['the match was ambiguous', first(), {}, [acme, { ...acme, id: 'acme2' }]],
  ] as const)('fails the row or leaves the field blank, as the mapping says, where %s', (_, firms, row, records) => {
    const values = { name: 'Ann', firm: 'Acme', ...row };
    expect(load2(firms, second(), values, records).plan(1, 'people')).toMatchObject({
      status: 'Failed',
      reason: 'Unresolved',
    });
    const lenient = load2(firms, second('LeaveBlank'), values, records);
    expect(lenient.record('1:1')).toEqual({ name: 'Ann' });
    expect(lenient.plan(1, 'people')).toMatchObject({ status: 'Created', unresolved: true });
  });

  it.each(['FailRow', 'LeaveBlank'] as const)(
    'fails with ParentFailed where the row failed in that step (%s)',
    (onUnresolved) => {
      const result = load2(first(), second(onUnresolved), { name: 'Ann', firm: 'Acme', code: '1.5' });
      expect(result.plan(1, 'firms').status).toBe('Failed');
      expect(result.plan(1, 'people')).toMatchObject({ status: 'Failed', reason: 'ParentFailed', record: null });
      expect(result.ids('person')).toEqual([]);
    },
  );

  it('hands ParentFailed on to a third step', () => {
    const third = step(
      person,
      [rule(name, vBoss)],
      [mapping(name, vBoss), mapping(boss, [], { source: { kind: 'SameRow', step: 'people' } })],
      { name: 'third' },
    );
    const result = smallRun({
      steps: [first(), second(), third],
      variables,
      rows: [{ name: 'Ann', firm: 'Acme', code: '1.5', boss: 'Bob' }],
      objects,
    });
    expect(result.plan(1, 'third').reason).toBe('ParentFailed');
  });

  it('does not keep a row out of a step that does not need the failed one', () => {
    const people = step(person, [rule(name, vName)], [mapping(name, vName)], { name: 'people' });
    const result = load2(first(), people, { name: 'Ann', firm: 'Acme', code: '1.5' });
    expect(result.plan(1, 'people').status).toBe('Created');
  });
});
