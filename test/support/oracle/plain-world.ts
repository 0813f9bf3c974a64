import fc from 'fast-check';
import type { VariableRef, VariableValue } from '../../../core/model/connector.ts';
import type { FieldModel } from '../../../core/model/object.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { connector, field, literal, mapping, object, ref, rule, scope, step } from './builders.ts';
import { blankable, EMAILS, MOMENTS, PHONES, recordId, VERY_LONG } from './random-values.ts';
import type { RandomWorld } from './random-world.ts';

/* Worlds in which most rows create a record of their own texts, and few meet. */

const ODD = [
  '"',
  '\\',
  '\\N',
  '\\.',
  "'",
  '\t',
  '\n',
  '\r',
  '\b',
  '\f',
  '\v',
  '\u0001',
  '\u007f',
  '\u2028',
  'é',
  '𝒳',
  ',',
  '{}',
];
export const ODD_TEXT = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z]{1,3}$/) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(...ODD), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(17_000), ...VERY_LONG) },
);

interface Column {
  readonly variable: VariableRef;
  readonly field: FieldModel;
  readonly values: fc.Arbitrary<string>;
}

const columnOf = (
  name: string,
  type: VariableRef['type'],
  target: Partial<FieldModel>,
  values: Column['values'],
): Column => ({
  variable: ref(`v_${name}`, type),
  field: field(name, target.type ?? 'Text', target),
  values,
});

/** Another day than a moment of the same time. */
export const SAME_TIME = '2026-02-01T23:30:00Z';

const numbers = fc.constantFrom('1', '1.10', '1.1', '-0.5', '3.25', '1234567890123456789012345678901234567890');
const COLUMNS: readonly Column[] = [
  columnOf('code', 'String', {}, ODD_TEXT),
  columnOf('name', 'String', { type: 'LongText' }, ODD_TEXT),
  columnOf('short', 'String', { maxLength: 3 }, ODD_TEXT),
  columnOf('mail', 'Email', { type: 'Email', maxLength: 254 }, fc.constantFrom(...EMAILS)),
  columnOf('price', 'Number', { type: 'Decimal' }, numbers),
  columnOf('score', 'Number', { type: 'Decimal', minimum: '0', scale: 1 }, numbers),
  columnOf('done', 'Boolean', { type: 'Checkbox' }, fc.constantFrom('true', 'false')),
  columnOf('born', 'Date', { type: 'Date' }, fc.constantFrom('2026-01-31', '0001-01-01', 'infinity')),
  columnOf('seen', 'DateTime', { type: 'DateTime' }, fc.constantFrom(...MOMENTS, SAME_TIME, '2026-02-01T12:00:00.50Z')),
  columnOf('phone', 'PhoneNumber', { type: 'PhoneNumber', maxLength: 32 }, fc.constantFrom(...PHONES)),
  columnOf('state', 'String', { type: 'Dropdown', options: ['a', 'b'] }, fc.constantFrom('a', 'b', 'b', 'c')),
];
/** All but the code. */
export const PLAIN_COLUMNS = COLUMNS.slice(1);

/**
 * One object, one or two steps that map each field from one variable or a literal, and rows with odd texts, of which some
 * share a key.
 */
export function plainWorld(size: { readonly rows: number }): fc.Arbitrary<RandomWorld> {
  return fc
    .record({
      columns: fc.shuffledSubarray([...COLUMNS], { minLength: 2 }),
      constant: fc.constantFrom(null, 'it\'s "odd"\\', 'plain'),
      keys: fc.integer({ min: 1, max: 2 }),
      onBlankKey: fc.constantFrom<'Skip' | 'CreateNew'>('Skip', 'CreateNew'),
      createOptions: fc.boolean(),
      steps: fc.integer({ min: 1, max: 2 }),
      mapped: fc.constantFrom(0, 0, 1),
      timeZone: fc.constantFrom('UTC', 'America/Denver'),
    })
    .chain(({ columns, constant, keys, onBlankKey, createOptions, steps, mapped, timeZone }) => {
      const note = field('note');
      const model = object('item', [...COLUMNS.map((column) => column.field), note]);
      const rules = columns
        .slice(0, keys)
        .map((column, index, all) =>
          rule(column.field, column.variable, index === all.length - 1 ? {} : { onNoMatch: 'NextRuleIgnorePrevious' }),
        );
      const options = { conflictResolution: 'OverwriteSkipIfBlank', createOptions } as const;
      const mappings = columns.slice(mapped).map((column) => mapping(column.field, column.variable, options));
      const variables = columns.map((column) => column.variable);
      const load = step(
        model,
        rules,
        constant === null ? mappings : [...mappings, mapping(note, ref('fixed'), options)],
        {
          onBlankKey,
        },
      );
      return fc
        .record({
          rows: fc.array(
            fc.record({ kind: fc.nat(11), values: fc.tuple(...columns.map(({ values }) => blankable(values))) }),
            { maxLength: size.rows, size: 'max' },
          ),
          held: fc.array(
            ODD_TEXT.filter((one) => !one.includes('\0')),
            { maxLength: 3 },
          ),
        })
        .map(({ rows, held }): RandomWorld => ({
          objects: [model],
          records: held.map((code, index) => ({
            id: recordId(index),
            object: 'item',
            archived: index === 1,
            values: { ...Object.fromEntries(model.fields.map(({ name }) => [name, null])), code },
          })),
          connector: connector({
            timeZone,
            steps: [load, { ...load, index: 1, name: 'again' }].slice(0, steps),
            scopes: [scope('rows', variables)],
            additionalVariables: [literal(ref('fixed'), constant)],
          }),
          rows: new Map([['rows', rows.map(({ kind, values }, index) => rowOf(index + 1, kind, values))]]),
        }));
    });
}

export function rowOf(row: number, kind: number, values: readonly VariableValue[]): ScopeRow {
  const problems = [{ code: 'ConversionFailed', message: 'no Number', variable: 'v_price' }];
  return {
    row,
    inputRow: null,
    rejected: false,
    problems: kind === 11 ? problems : [],
    values,
  };
}
