import { describe, expect, it } from 'vitest';
import type { MappingModel, VariableRef, VariableType, VariableValue } from '../../../core/model/connector.ts';
import type { FieldModel, FieldType } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import { convertToField } from '../../../core/planner/convert.ts';
import { field, mapping, object, ref, rule, step } from '../../support/oracle/builders.ts';
import { smallRun, type SmallRecord } from '../../support/oracle/small-run.ts';

const key = field('key');
const vKey = ref('key');
const LONG = '1234567890123456789012345678901234567890.0123456789';

/** One row that writes `given` into a field, on a new record or on those given. */
function write(
  target: FieldModel,
  variable: VariableRef,
  given: VariableValue,
  overrides: Partial<MappingModel> = {},
  records: readonly SmallRecord[] = [],
) {
  return smallRun({
    steps: [
      step(
        object('thing', [key, target]),
        [rule(key, vKey)],
        [mapping(key, vKey), mapping(target, variable, overrides)],
      ),
    ],
    variables: [vKey, variable],
    rows: [{ key: 'k', [variable.name]: given }],
    records: { thing: records },
  });
}

describe('values are checked where they are written', () => {
  it.each<readonly [string, FieldType, Partial<FieldModel>, VariableType, string, string]>([
    ['a text one code point too long', 'Text', { maxLength: 3 }, 'String', 'äöü𝒳', 'TooLong'],
    ['a number below its range', 'Decimal', { minimum: '0' }, 'Number', '-0.0001', 'OutOfRange'],
    ['a number above its range', 'Decimal', { maximum: '10' }, 'Number', '10.01', 'OutOfRange'],
    [
      'a number of forty digits above a limit of forty digits',
      'Decimal',
      { maximum: '9'.repeat(40) },
      'Number',
      `1${'0'.repeat(40)}`,
      'OutOfRange',
    ],
    ['a number with too many decimals', 'Money', { scale: 2 }, 'Number', '1.001', 'TooManyDecimals'],
    ['a fraction in a whole number', 'Integer', {}, 'Number', '1.5', 'TooManyDecimals'],
    ['half a star', 'Rating', { minimum: '0', maximum: '5' }, 'Number', '4.5', 'TooManyDecimals'],
    ['six stars', 'Rating', { minimum: '0', maximum: '5' }, 'Number', '6', 'OutOfRange'],
    ['what is no e-mail address', 'Email', {}, 'String', 'ann at x.org', 'InvalidEmail'],
    ['what is no phone number', 'PhoneNumber', {}, 'String', '12', 'InvalidPhoneNumber'],
    ['a time zone that does not exist', 'Timezone', {}, 'String', 'Mars/Olympus', 'InvalidTimezone'],
    ['a label that is not listed', 'Dropdown', { options: ['Red'] }, 'String', 'Blue', 'UnknownOption'],
    ['a label in another case', 'Status', { options: ['Red'] }, 'String', 'red', 'UnknownOption'],
    ['neither Yes, No nor Maybe', 'YesNoMaybe', {}, 'String', 'Perhaps', 'UnknownOption'],
  ])('%s fails the row and writes nothing', (_, type, limits, variableType, given, code) => {
    const result = write(field('value', type, limits), ref('value', variableType), given);
    expect(result.plan(1)).toMatchObject({ status: 'Failed', reason: code, record: null, write: null });
    expect(result.plan(1).errors).toMatchObject([{ code, field: 'value' }]);
    expect(result.ids('thing')).toEqual([]);
  });

  it.each<readonly [string, FieldType, Partial<FieldModel>, VariableType, string, FieldValue]>([
    ['a text exactly as long as allowed, in code points', 'Text', { maxLength: 3 }, 'String', 'ä𝒳𝒳', 'ä𝒳𝒳'],
    ['a number at its limit', 'Decimal', { maximum: '10' }, 'Number', '10.00', '10.00'],
    ['zeros after the decimals allowed', 'Money', { scale: 2 }, 'Number', '1.100', '1.100'],
    ['a whole number written with zeros', 'Integer', {}, 'Number', '7.0', '7.0'],
    ['fifty digits', 'Decimal', {}, 'Number', LONG, LONG],
    ['a phone number in E.164, however it was written', 'PhoneNumber', {}, 'String', '+1 202 555 0123', '+12025550123'],
    ['a time zone', 'Timezone', {}, 'String', 'America/Denver', 'America/Denver'],
    ['an option', 'Radio', { options: ['Red'] }, 'String', 'Red', 'Red'],
    ['true as Yes', 'YesNoMaybe', {}, 'Boolean', 'true', 'Yes'],
    ['a number in a text with every digit', 'Text', {}, 'Number', LONG, LONG],
  ])('%s is written', (_, type, limits, variableType, given, written) => {
    const result = write(field('value', type, limits), ref('value', variableType), given);
    expect(result.record('0:1')).toEqual({ key: 'k', value: written });
  });

  const email = field('value', 'Email');
  const vEmail = ref('value');
  it.each<readonly [string, Partial<MappingModel>, FieldValue, string]>([
    ['OnlyUpdateBlank leaves it out', { conflictResolution: 'OnlyUpdateBlank' }, 'a@x.org', 'Unchanged'],
    ['OnlyUpdateBlank would write it', { conflictResolution: 'OnlyUpdateBlank' }, null, 'Failed'],
    ['it would overwrite', { conflictResolution: 'OverwriteClearIfBlank' }, 'a@x.org', 'Failed'],
    ['a bad value is not a blank', { conflictResolution: 'OverwriteSkipIfBlank' }, 'a@x.org', 'Failed'],
  ])('a bad value on an existing record: %s', (_, overrides, held, status) => {
    const result = write(email, vEmail, 'bad', overrides, [{ id: 'one', key: 'k', value: held }]);
    expect(result.plan(1)).toMatchObject({ status, record: 'one' });
    expect(result.record('one')?.['value'] ?? null).toBe(held);
  });

  it('every problem of a row is listed, the first one is the reason, and no other field is written', () => {
    const mail = field('mail', 'Email');
    const note = field('note');
    const size = field('size', 'Integer');
    const variables = [vKey, ref('note'), ref('mail'), ref('size', 'Number')] as const;
    const [, vNote, vMail, vSize] = variables;
    const result = smallRun({
      steps: [
        step(
          object('thing', [key, note, mail, size]),
          [rule(key, vKey)],
          [mapping(note, vNote), mapping(mail, vMail), mapping(size, vSize)],
        ),
      ],
      variables,
      rows: [{ key: 'k', note: 'n', mail: 'bad', size: '1.5' }],
      records: { thing: [{ id: 'one', key: 'k' }] },
    });
    expect(result.plan(1).errors.map(({ code }) => code)).toEqual(['InvalidEmail', 'TooManyDecimals']);
    expect(result.plan(1).reason).toBe('InvalidEmail');
    expect(result.record('one')).toEqual({ key: 'k' });
  });
});

describe('several variables to one field', () => {
  const parts = [ref('first'), ref('middle'), ref('last')] as const;
  const joined = (values: Readonly<Record<string, VariableValue>>, separator = ' ', limits: Partial<FieldModel> = {}) =>
    smallRun({
      steps: [
        step(
          object('thing', [key, field('name', 'Text', limits)]),
          [rule(key, vKey)],
          [mapping(field('name', 'Text', limits), [], { source: { kind: 'Variables', variables: parts, separator } })],
        ),
      ],
      variables: [vKey, ...parts],
      rows: [{ key: 'k', ...values }],
    });
  it.each<readonly [string, Readonly<Record<string, VariableValue>>, string, Readonly<Record<string, FieldValue>>]>([
    ['are joined by one space', { first: 'Ann', middle: 'B', last: 'Cee' }, ' ', { name: 'Ann B Cee' }],
    ['are joined by the separator', { first: 'Ann', last: 'Cee' }, ', ', { name: 'Ann, Cee' }],
    ['are joined by nothing', { first: 'Ann', last: 'Cee' }, '', { name: 'AnnCee' }],
    ['leave blanks out', { last: 'Cee' }, ' ', { name: 'Cee' }],
    ['are blank if all are', {}, ' ', {}],
  ])('%s', (_, values, separator, record) => {
    expect(joined(values, separator).record('0:1')).toEqual(record);
  });

  it('are checked as one value', () => {
    expect(joined({ first: 'Ann', last: 'Cee' }, ' ', { maxLength: 6 }).plan(1).reason).toBe('TooLong');
  });

  it('are united in a field of several options, each label once', () => {
    const tags = field('tags', 'DynamicTags');
    const one = ref('one');
    const more = ref('more', 'String', { isArray: true });
    const result = smallRun({
      steps: [step(object('thing', [key, tags]), [rule(key, vKey)], [mapping(tags, [one, more])])],
      variables: [vKey, one, more],
      rows: [{ key: 'k', one: 'b', more: ['a', 'b'] }],
    });
    expect(result.record('0:1')).toEqual({ tags: ['b', 'a'] });
  });
});

describe('options that a mapping may add', () => {
  const color = field('color', 'Dropdown', { options: ['Red'] });
  const size = field('size', 'Integer');
  const thing = object('thing', [key, color, size]);
  const vColor = ref('color');
  const vSize = ref('size', 'Number');
  const run = (rows: readonly Readonly<Record<string, VariableValue>>[], createOptions: readonly [boolean, boolean]) =>
    smallRun({
      steps: createOptions.map((create, index) =>
        step(
          thing,
          [rule(key, vKey)],
          [
            mapping(key, vKey),
            mapping(size, vSize),
            mapping(color, vColor, { createOptions: create, conflictResolution: 'OverwriteSkipIfBlank' }),
          ],
          { name: `step${index}` },
        ),
      ),
      variables: [vKey, vColor, vSize],
      rows,
    });

  it('an unknown label becomes an option, once for all rows', () => {
    const result = run(
      [
        { key: 'a', color: 'Blue' },
        { key: 'b', color: 'Blue' },
        { key: 'c', color: 'Red' },
      ],
      [true, true],
    );
    expect(result.addedOptions).toEqual(['thing.color.Blue']);
    expect(result.plans('step0').map(({ newOptions }) => newOptions.length)).toEqual([1, 0, 0]);
  });

  it('a row that fails for another reason adds no option', () => {
    const result = run([{ key: 'a', color: 'Blue', size: '1.5' }], [true, true]);
    expect([result.plan(1, 'step0').status, result.addedOptions]).toEqual(['Failed', []]);
  });

  it('an option that one step added is known in the next', () => {
    expect(run([{ key: 'a', color: 'Blue' }], [true, false]).plan(1, 'step1').status).toBe('Unchanged');
  });

  it('without createOptions the row fails', () => {
    expect(run([{ key: 'a', color: 'Blue' }], [false, false]).plan(1, 'step0').reason).toBe('UnknownOption');
  });
});

describe('days and instants turn into each other in the zone of the connector', () => {
  it.each<[string, FieldType, VariableType, string, FieldValue, string | null]>([
    ['America/Denver', 'Date', 'DateTime', '2024-01-01T05:00:00Z', '2023-12-31', null],
    ['America/Denver', 'DateTime', 'Date', '2024-03-10', '2024-03-10T07:00:00Z', null],
    ['America/Denver', 'Date', 'DateTime', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 'OutOfRange'],
    ['Asia/Tokyo', 'Date', 'DateTime', '9999-12-31T23:00:00Z', '9999-12-31T23:00:00Z', 'OutOfRange'],
    ['Asia/Tokyo', 'DateTime', 'Date', '0001-01-01', '0001-01-01', 'OutOfRange'],
    ['Asia/Tokyo', 'DateTime', 'Date', '9999-12-31', '9999-12-30T15:00:00Z', null],
  ])('%s: a %s from a %s %s', (timeZone, type, variableType, text, value, code) => {
    const context = { timeZone, phoneRegion: null, hasAddedOption: () => false };
    const converted = convertToField(field('at', type), [ref('at', variableType)], [text], ' ', false, context);
    expect([converted.value, converted.problem?.code ?? null]).toEqual([value, code]);
  });
});
