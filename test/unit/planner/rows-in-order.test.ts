import { describe, expect, it } from 'vitest';
import type { MappingModel, RuleModel, VariableValue } from '../../../core/model/connector.ts';
import { field, mapping, object, ref, rule, step } from '../../support/oracle/builders.ts';
import { smallRun, type SmallRecord } from '../../support/oracle/small-run.ts';

const key = field('key');
const size = field('size', 'Decimal');
const note = field('note');
const thing = object('thing', [key, size, note]);
const vKey = ref('key');
const vNew = ref('newKey');
const vSize = ref('size', 'Number');
const vNote = ref('note');
const overwrite = { conflictResolution: 'OverwriteClearIfBlank' } as const;

/** Rows matched on `key`, which is overwritten by `newKey` where there is one. */
function load(
  rows: readonly Readonly<Record<string, VariableValue>>[],
  records: readonly SmallRecord[] = [],
  rules: readonly RuleModel[] = [rule(key, vKey)],
  mappings: readonly MappingModel[] = [
    mapping(key, vNew, { conflictResolution: 'OverwriteSkipIfBlank' }),
    mapping(size, vSize, overwrite),
    mapping(note, vNote, overwrite),
  ],
) {
  const result = smallRun({
    steps: [step(thing, rules, mappings)],
    variables: [vKey, vNew, vSize, vNote],
    rows,
    records: { thing: records },
  });
  return { ...result, summary: result.plans().map(({ row, status, record }) => [row, status, record]) };
}

describe('rows are taken one after another', () => {
  it('a record that row 1 creates is the record that row 2 updates and row 3 finds unchanged', () => {
    const result = load([
      { key: 'a', newKey: 'a', note: 'first' },
      { key: 'a', note: 'second' },
      { key: 'a', note: 'second' },
    ]);
    expect(result.summary).toEqual([
      [1, 'Created', '0:1'],
      [2, 'Updated', '0:1'],
      [3, 'Unchanged', '0:1'],
    ]);
    expect(result.record('0:1')).toEqual({ key: 'a', note: 'second' });
  });

  it('a key that row 1 overwrites is the key that row 2 matches on, and the old one is free', () => {
    const { summary } = load(
      [
        { key: 'a', newKey: 'b', note: 'one' },
        { key: 'b', note: 'two' },
        { key: 'a', newKey: 'a', note: 'three' },
      ],
      [{ id: 'one', key: 'a' }],
    );
    expect(summary).toEqual([
      [1, 'Updated', 'one'],
      [2, 'Updated', 'one'],
      [3, 'Created', '0:3'],
    ]);
  });

  it('two records that exchange their keys are told apart in the order of the rows', () => {
    const { summary } = load(
      [
        { key: 'a', newKey: 'b' },
        { key: 'b', newKey: 'a' },
      ],
      [
        { id: 'one', key: 'a' },
        { id: 'two', key: 'b' },
      ],
    );
    expect(summary).toEqual([
      [1, 'Updated', 'one'],
      [2, 'SkippedAmbiguous', null],
    ]);
  });

  it('a row that fails leaves nothing behind for the next', () => {
    const whole = object('thing', [key, field('size', 'Integer'), note]);
    const target = field('size', 'Integer');
    const result = smallRun({
      steps: [step(whole, [rule(key, vKey)], [mapping(key, vKey), mapping(target, vSize)])],
      variables: [vKey, vSize],
      rows: [
        { key: 'a', size: '1.5' },
        { key: 'a', size: '1' },
      ],
    });
    expect(result.plans().map(({ status, record }) => [status, record])).toEqual([
      ['Failed', null],
      ['Created', '0:2'],
    ]);
  });

  it('a number that row 1 writes is matched by value in row 2', () => {
    const { summary } = load([{ size: '1.10' }, { size: '1.1', note: 'x' }], [], [rule(size, vSize)]);
    expect(summary).toEqual([
      [1, 'Created', '0:1'],
      [2, 'Updated', '0:1'],
    ]);
  });

  it('a record that row 1 unarchives is live for row 2', () => {
    const { summary } = load(
      [
        { key: 'a', note: 'x' },
        { key: 'a', note: 'y' },
      ],
      [{ id: 'one', key: 'a', archived: true }],
      [rule(key, vKey, { onArchivedMatch: 'UnarchiveAndUpdate' })],
    );
    expect(summary).toEqual([
      [1, 'Unarchived', 'one'],
      [2, 'Updated', 'one'],
    ]);
  });

  it('a record that row 1 creates beside an archived one hides the archived one from row 2', () => {
    const { summary } = load(
      [
        { key: 'a', newKey: 'a', note: 'x' },
        { key: 'a', note: 'y' },
      ],
      [{ id: 'one', key: 'a', archived: true }],
    );
    expect(summary).toEqual([
      [1, 'Created', '0:1'],
      [2, 'Updated', '0:1'],
    ]);
  });

  it('rows without a key that are each created stay records of their own', () => {
    const result = smallRun({
      steps: [step(thing, [rule(key, vKey)], [mapping(note, vNote)], { onBlankKey: 'CreateNew' })],
      variables: [vKey, vNote],
      rows: [{ note: 'x' }, { note: 'x' }],
    });
    expect(result.ids('thing')).toEqual(['0:1', '0:2']);
  });

  it('a row that DoNotUpload skips may find the record of the row before it', () => {
    const { summary } = load(
      [
        { key: 'a', newKey: 'a' },
        { key: 'a', note: 'y' },
      ],
      [],
      [rule(key, vKey, { onSingleMatch: 'DoNotUpload' })],
    );
    expect(summary).toEqual([
      [1, 'Created', '0:1'],
      [2, 'SkippedByRule', '0:1'],
    ]);
  });
});
