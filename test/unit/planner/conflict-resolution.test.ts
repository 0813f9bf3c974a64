import { describe, expect, it } from 'vitest';
import type { ConflictResolution, VariableValue } from '../../../core/model/connector.ts';
import type { FieldModel } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import { field, mapping, object, ref, rule, step } from '../../support/oracle/builders.ts';
import { smallRun } from '../../support/oracle/small-run.ts';

const key = field('key');
const vKey = ref('key');

/** One record with `held` in a field, one row with `given` for it. */
function meet(target: FieldModel, held: FieldValue, given: VariableValue, conflictResolution: ConflictResolution) {
  const types = { Text: 'String', Checkbox: 'Boolean', Decimal: 'Number' } as const;
  const type = target.type === 'Checkbox' || target.type === 'Decimal' ? types[target.type] : types.Text;
  const value = ref('value', type, { isArray: target.columnType === 'text[]' });
  const thing = object('thing', [key, target]);
  const result = smallRun({
    steps: [step(thing, [rule(key, vKey)], [mapping(key, vKey), mapping(target, value, { conflictResolution })])],
    variables: [vKey, value],
    rows: [{ key: 'k', value: given }],
    records: { thing: [{ id: 'one', key: 'k', value: held }] },
  });
  return { plan: result.plan(1), value: result.record('one')?.['value'] ?? null };
}

describe('what becomes of a value that the record already has', () => {
  const text = field('value');
  it.each<readonly [ConflictResolution, FieldValue, VariableValue, FieldValue]>([
    ['OnlyUpdateBlank', null, null, null],
    ['OnlyUpdateBlank', null, 'new', 'new'],
    ['OnlyUpdateBlank', 'old', null, 'old'],
    ['OnlyUpdateBlank', 'old', 'new', 'old'],
    ['OverwriteClearIfBlank', null, null, null],
    ['OverwriteClearIfBlank', null, 'new', 'new'],
    ['OverwriteClearIfBlank', 'old', null, null],
    ['OverwriteClearIfBlank', 'old', 'new', 'new'],
    ['OverwriteSkipIfBlank', null, null, null],
    ['OverwriteSkipIfBlank', null, 'new', 'new'],
    ['OverwriteSkipIfBlank', 'old', null, 'old'],
    ['OverwriteSkipIfBlank', 'old', 'new', 'new'],
  ])('%s: %s meets %s and leaves %s', (conflict, held, given, left) => {
    const { plan, value } = meet(text, held, given, conflict);
    expect(value).toBe(left);
    expect(plan).toMatchObject(
      held === left
        ? { status: 'Unchanged', before: null, after: null }
        : { status: 'Updated', before: { value: held }, after: { value: left } },
    );
  });

  const tags = field('value', 'DynamicTags');
  it.each<readonly [ConflictResolution, readonly string[] | null, readonly string[] | null, readonly string[] | null]>([
    ['OnlyAddOptions', null, null, null],
    ['OnlyAddOptions', null, ['a'], ['a']],
    ['OnlyAddOptions', ['a'], null, ['a']],
    ['OnlyAddOptions', ['a'], ['b', 'a', 'c'], ['a', 'b', 'c']],
    ['OnlyUpdateBlank', ['a'], ['b'], ['a']],
    ['OverwriteClearIfBlank', ['a'], ['b'], ['b']],
    ['OverwriteClearIfBlank', ['a'], null, null],
    ['OverwriteSkipIfBlank', ['a'], null, ['a']],
  ])('several options, %s: %j meets %j and leaves %j', (conflict, held, given, left) => {
    expect(meet(tags, held, given, conflict).value).toEqual(left);
  });

  it('several options in another order are the same options', () => {
    const { plan, value } = meet(tags, ['a', 'b'], ['b', 'a'], 'OverwriteClearIfBlank');
    expect([plan.status, value]).toEqual(['Unchanged', ['a', 'b']]);
  });

  it('a number written otherwise is the same number', () => {
    const { plan, value } = meet(field('value', 'Decimal'), '1.10', '1.1', 'OverwriteClearIfBlank');
    expect([plan.status, value]).toEqual(['Unchanged', '1.10']);
  });

  it('an unticked checkbox is a value, not a blank', () => {
    const checkbox = field('value', 'Checkbox');
    expect(meet(checkbox, false, 'true', 'OnlyUpdateBlank').value).toBe(false);
    expect(meet(checkbox, true, 'false', 'OverwriteSkipIfBlank').value).toBe(false);
  });

  it('zero is a value, not a blank', () => {
    expect(meet(field('value', 'Decimal'), '0', '5', 'OnlyUpdateBlank').value).toBe('0');
  });

  it.each<readonly [ConflictResolution]>([
    ['OnlyUpdateBlank'],
    ['OverwriteClearIfBlank'],
    ['OverwriteSkipIfBlank'],
    ['OnlyAddOptions'],
  ])('a created record takes every mapped value, also under %s', (conflictResolution) => {
    const value = ref('value', 'String', { isArray: true });
    const result = smallRun({
      steps: [
        step(
          object('thing', [key, tags]),
          [rule(key, vKey)],
          [mapping(key, vKey), mapping(tags, value, { conflictResolution })],
        ),
      ],
      variables: [vKey, value],
      rows: [{ key: 'k', value: ['x', 'y'] }],
    });
    expect(result.record('0:1')).toEqual({ key: 'k', value: ['x', 'y'] });
    expect(result.plan(1)).toMatchObject({ before: null, after: { key: 'k', value: ['x', 'y'] } });
  });
});
