import fc from 'fast-check';
import type { ConflictResolution } from '../../../core/model/connector.ts';
import { connector, field, literal, mapping, object, ref, rule, scope, step } from './builders.ts';
import { ODD_TEXT, PLAIN_COLUMNS, rowOf, SAME_TIME } from './plain-world.ts';
import { blankable, MOMENTS, recordId } from './random-values.ts';
import type { RandomWorld } from './random-world.ts';

/* Worlds in which most rows match one record by an exact text, and put their own values into it or find them there. */

const CODES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', "it's", '"', '\\', 'é', '\u0001'];
const RULES: readonly ConflictResolution[] = ['OnlyUpdateBlank', 'OverwriteClearIfBlank', 'OverwriteSkipIfBlank'];

/** How the server prints a date-time again. */
const moments = fc.constantFrom(...MOMENTS, SAME_TIME);

/** One object, a step that matches by the code, records of most codes, and rows of all of them, some more than once. */
export function heldWorld(size: { readonly rows: number }): fc.Arbitrary<RandomWorld> {
  return fc
    .record({
      columns: fc.shuffledSubarray([...PLAIN_COLUMNS], { minLength: 1 }),
      rules: fc.array(fc.constantFrom(...RULES), { minLength: PLAIN_COLUMNS.length, maxLength: PLAIN_COLUMNS.length }),
      constant: fc.constantFrom(null, 'it\'s "odd"\\', 'plain'),
      isCodeMapped: fc.boolean(),
      codeRule: fc.constantFrom(...RULES),
      codeAt: fc.boolean(),
      timeZone: fc.constantFrom('UTC', 'America/Denver'),
    })
    .chain(({ columns, rules, constant, isCodeMapped, codeRule, codeAt, timeZone }) => {
      const code = field('code');
      const note = field('note');
      const model = object('item', [code, ...PLAIN_COLUMNS.map((column) => column.field), note]);
      const sought = ref('v_code');
      const values = columns.map((column, index) =>
        mapping(column.field, column.variable, { conflictResolution: rules[index] ?? 'OnlyUpdateBlank' }),
      );
      const load = step(
        model,
        [rule(code, sought)],
        [
          ...(isCodeMapped ? [mapping(code, sought, { conflictResolution: codeRule })] : []),
          ...values,
          ...(constant === null ? [] : [mapping(note, ref('fixed'), { conflictResolution: codeRule })]),
        ],
        {},
      );
      const others = columns.map((column) => column.variable);
      const variables = codeAt ? [sought, ...others] : [...others, sought];
      const heldValue = fc.tuple(
        ...PLAIN_COLUMNS.map((column) =>
          blankable(column.variable.type === 'DateTime' ? moments : column.values.filter((one) => !one.includes('\0'))),
        ),
      );
      return fc
        .record({
          rows: fc.array(
            fc.record({
              kind: fc.nat(30),
              code: blankable(fc.constantFrom(...CODES)),
              values: fc.tuple(...columns.map((column) => blankable(column.values))),
              same: fc.boolean(),
            }),
            { maxLength: size.rows, size: 'max' },
          ),
          held: fc.array(
            fc.record({
              code: fc.constantFrom(...CODES),
              values: heldValue,
              note: fc.option(ODD_TEXT),
              archived: fc.nat(8).map((one) => one === 0),
            }),
            { maxLength: CODES.length, size: 'max' },
          ),
        })
        .map(({ rows, held }): RandomWorld => {
          const places = columns.map((column) => PLAIN_COLUMNS.indexOf(column));
          return {
            objects: [model],
            records: held.map((record, index) => ({
              id: recordId(index),
              object: 'item',
              archived: record.archived,
              values: {
                code: record.code,
                ...Object.fromEntries(
                  PLAIN_COLUMNS.map((column, place) => {
                    const value = record.values[place] ?? null;
                    return [
                      column.field.name,
                      column.field.columnType === 'boolean' && value !== null ? value === 'true' : value,
                    ];
                  }),
                ),
                note: record.note,
              },
            })),
            connector: connector({
              timeZone,
              steps: [load],
              scopes: [scope('rows', variables)],
              additionalVariables: [literal(ref('fixed'), constant)],
            }),
            rows: new Map([
              [
                'rows',
                rows.map((row, index) => {
                  // Half of the rows bring what the record holds.
                  const known = row.same ? held.find((record) => record.code === row.code) : undefined;
                  const own = known === undefined ? row.values : places.map((place) => known.values[place] ?? null);
                  const texts = codeAt ? [row.code, ...own] : [...own, row.code];
                  return rowOf(index + 1, row.kind === 0 ? 11 : 0, texts);
                }),
              ],
            ]),
          };
        });
    });
}
