import fc from 'fast-check';
import type { VariableRef, VariableValue } from '../../../core/model/connector.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { ref } from './builders.ts';

/* Alphabets of two to five values, so that rows and records meet all the time; and rows made of them. */

export const TEXTS = ['a', 'b', 'A'];
const LONG = 'äöüß𝒳!';
/** Alike in more characters than an index holds. */
export const VERY_LONG = ['1', '2'].map((end) => '𝒳y'.repeat(200) + end);
export const EMAILS = ['a@x.org', 'A@X.org', 'b@x.org'];
const NUMBERS = ['1', '1.10', '1.1', '2', '-0.5', '3.25', '1234567890123456789012345678901234567890'];
export const LABELS = ['Yes', 'No', 'Maybe', 'Perhaps'];
export const DATES = ['2026-01-31', '2026-02-01'];
export const MOMENTS = ['2026-01-31T23:30:00Z', '2026-02-01T06:00:00Z', '2026-02-01T12:00:00.25Z'];
export const PHONES = ['+12025550123', '+442079460958'];
export const ZONES = ['America/Denver', 'UTC'];

export const V = {
  text: ref('text'),
  other: ref('other'),
  label: ref('label'),
  labels: ref('labels', 'String', { isArray: true }),
  email: ref('email', 'Email'),
  number: ref('number', 'Number'),
  flag: ref('flag', 'Boolean'),
  day: ref('day', 'Date'),
  moment: ref('moment', 'DateTime'),
  phone: ref('phone', 'PhoneNumber'),
  zone: ref('zone'),
  key: ref('key', 'UUID'),
  keys: ref('keys', 'UUID', { isArray: true }),
  literal: ref('literal'),
} as const;
export const COLUMNS = Object.values(V).filter((one) => one !== V.literal);

export const recordId = (index: number): string => `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;

export const blankable = <T>(values: fc.Arbitrary<T>, blanks = 1): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: blanks, arbitrary: fc.constant(null) }, { weight: 5, arbitrary: values });
export const someOf = (values: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

/** Most texts are short; now and then one is too long for a field with a limit. */
const text = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'a', ...TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(LONG, 'x y\t"z"\\N', ...VERY_LONG) },
);

function valueOf(variable: VariableRef, recordCount: number): fc.Arbitrary<VariableValue> {
  const ids = Array.from({ length: recordCount + 1 }, (_, index) => recordId(index));
  switch (variable) {
    case V.label:
      return blankable(fc.constantFrom(...LABELS));
    case V.labels:
      return blankable(someOf(LABELS));
    case V.email:
      return blankable(fc.constantFrom(...EMAILS));
    case V.number:
      return blankable(fc.constantFrom(...NUMBERS));
    case V.flag:
      return blankable(fc.constantFrom('true', 'false'));
    case V.day:
      return blankable(fc.constantFrom(...DATES));
    case V.moment:
      return blankable(fc.constantFrom(...MOMENTS));
    case V.phone:
      return blankable(fc.constantFrom(...PHONES));
    case V.zone:
      return blankable(fc.constantFrom(...ZONES, ...ZONES, ...ZONES, 'Nowhere/Atall'));
    case V.key:
      return blankable(fc.constantFrom(...ids));
    case V.keys:
      return blankable(someOf(ids));
    default:
      return blankable(text);
  }
}

export function rowsOf(minRows: number, maxRows: number, recordCount: number): fc.Arbitrary<readonly ScopeRow[]> {
  return fc
    .array(
      fc.record({
        kind: fc.nat(19),
        values: fc.tuple(...COLUMNS.map((one) => valueOf(one, recordCount))),
      }),
      { minLength: minRows, maxLength: maxRows, size: 'max' },
    )
    .map((list) =>
      list.map(({ kind, values }, index) => ({
        row: index + 1,
        inputRow: null,
        rejected: kind === 19,
        problems: kind === 19 ? [{ code: 'RequiredMissing', message: 'text is required', variable: 'text' }] : [],
        values,
      })),
    );
}
