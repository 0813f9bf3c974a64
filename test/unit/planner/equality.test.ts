import { describe, expect, it } from 'vitest';
import type { VariableType } from '../../../core/model/connector.ts';
import type { FieldType } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import { field, mapping, object, ref, rule, step } from '../../support/oracle/builders.ts';
import { smallRun } from '../../support/oracle/small-run.ts';

const LONG = '1234567890123456789012345678901234567890';

/** Name, field, variable, what the record holds, what the row asks for, whether they are equal, time zone if not UTC. */
type Row = readonly [string, FieldType, VariableType, FieldValue, string, boolean, string];

describe('equality in matching, by the type of the field', () => {
  it.each<Row>([
    ['text is exact', 'Text', 'String', 'abc', 'abc', true, 'UTC'],
    ['text tells upper from lower case', 'Text', 'String', 'ABC', 'abc', false, 'UTC'],
    ['text does not read numbers', 'Text', 'Number', '1.10', '1.1', false, 'UTC'],
    ['text meets a number as it was written', 'Text', 'Number', '1.10', '1.10', true, 'UTC'],
    ['e-mail ignores case', 'Email', 'Email', 'Ann@X.org', 'aNN@x.ORG', true, 'UTC'],
    ['e-mail ignores case for a text variable', 'Email', 'String', 'ann@x.org', 'Ann@X.org', true, 'UTC'],
    ['e-mail is otherwise exact', 'Email', 'Email', 'ann@x.org', 'anne@x.org', false, 'UTC'],
    ['a phone number is E.164', 'PhoneNumber', 'PhoneNumber', '+12025550123', '+12025550123', true, 'UTC'],
    [
      'a phone number written otherwise is the same one',
      'PhoneNumber',
      'String',
      '+12025550123',
      '+1 202 555 0123',
      true,
      'UTC',
    ],
    ['a number is compared by value', 'Decimal', 'Number', '1.10', '1.1', true, 'UTC'],
    ['a whole number is compared by value', 'Integer', 'Number', '7', '7.00', true, 'UTC'],
    ['minus zero is zero', 'Decimal', 'Number', '0', '-0.0', true, 'UTC'],
    ['forty digits are all compared', 'Decimal', 'Number', LONG, `${LONG.slice(0, -1)}1`, false, 'UTC'],
    ['forty digits are equal to themselves', 'Decimal', 'Number', LONG, LONG, true, 'UTC'],
    ['a number above its limit can still be looked for', 'Rating', 'Number', '9', '9', true, 'UTC'],
    ['a date is compared by day', 'Date', 'Date', '2026-02-01', '2026-02-01', true, 'UTC'],
    ['a moment meets a date by its day', 'Date', 'DateTime', '2026-02-01', '2026-02-01T12:00:00Z', true, 'UTC'],
    [
      'the day of a moment is that of the time zone',
      'Date',
      'DateTime',
      '2026-02-02',
      '2026-02-01T23:30:00Z',
      true,
      'Asia/Kolkata',
    ],
    ['a moment meets itself', 'DateTime', 'DateTime', '2026-02-01T12:00:00Z', '2026-02-01T12:00:00Z', true, 'UTC'],
    [
      'a date meets the moment at which it begins',
      'DateTime',
      'Date',
      '2026-01-31T18:30:00Z',
      '2026-02-01',
      true,
      'Asia/Kolkata',
    ],
    ['a checkbox meets true', 'Checkbox', 'Boolean', true, 'true', true, 'UTC'],
    ['a checkbox of false is a value', 'Checkbox', 'Boolean', false, 'false', true, 'UTC'],
    ['a checkbox of false is not true', 'Checkbox', 'Boolean', false, 'true', false, 'UTC'],
    ['an option is its label', 'Dropdown', 'String', 'Red', 'Red', true, 'UTC'],
    ['an option tells upper from lower case', 'Dropdown', 'String', 'Red', 'red', false, 'UTC'],
    ['a label that is no longer listed can still be looked for', 'Dropdown', 'String', 'Mauve', 'Mauve', true, 'UTC'],
    ['Yes is true', 'YesNoMaybe', 'Boolean', 'Yes', 'true', true, 'UTC'],
    ['No is false', 'YesNoMaybe', 'Boolean', 'No', 'false', true, 'UTC'],
    ['Maybe is its label', 'YesNoMaybe', 'String', 'Maybe', 'Maybe', true, 'UTC'],
    [
      'an id is compared as an id',
      'Relationship',
      'UUID',
      '01900000-0000-7000-8000-00000000000a',
      '01900000-0000-7000-8000-00000000000a',
      true,
      'UTC',
    ],
  ])('%s', (_, type, variableType, held, sought, isEqual, timeZone) => {
    const limits = { options: type === 'Dropdown' ? ['Red'] : null, maximum: type === 'Rating' ? '5' : null };
    const key = field(
      'key',
      type,
      type === 'YesNoMaybe' ? {} : { ...limits, object: type === 'Relationship' ? 'thing' : null },
    );
    const note = field('note');
    const thing = object('thing', [key, note]);
    const vKey = ref('key', variableType);
    const result = smallRun({
      steps: [step(thing, [rule(key, vKey, { onNoMatch: 'DoNotUpload' })], [mapping(note, ref('note'))])],
      variables: [vKey, ref('note')],
      rows: [{ key: sought, note: 'x' }],
      records: { thing: [{ id: 'one', key: held }] },
      timeZone,
    });
    expect(result.plan(1).status).toBe(isEqual ? 'Updated' : 'SkippedByRule');
  });
});
