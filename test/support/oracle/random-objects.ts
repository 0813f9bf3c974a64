import fc from 'fast-check';
import type { FieldModel, ObjectModel } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import { field, object, relationship } from './builders.ts';
import type { OracleRecord } from './oracle.ts';
import { refusal } from './oracle-values.ts';
import {
  blankable,
  DATES,
  EMAILS,
  LABELS,
  MOMENTS,
  PHONES,
  recordId,
  someOf,
  TEXTS,
  VERY_LONG,
  ZONES,
} from './random-values.ts';

/* Random objects, and the records that they hold. */

/** An object of which every field but the texts is of a random type of its kind, with random limits. */
export function objectOf(name: string, names: readonly string[]): fc.Arbitrary<ObjectModel> {
  return fc
    .record({
      maxLength: fc.constantFrom(null, 4),
      number: fc.constantFrom('Integer', 'Decimal', 'Money', 'Rating'),
      scale: fc.constantFrom(null, 1, 2),
      minimum: fc.constantFrom(null, '0'),
      maximum: fc.constantFrom(null, '3.1'),
      option: fc.constantFrom('Dropdown', 'Radio', 'Status', 'YesNoMaybe'),
      options: fc.constantFrom(['Yes'], ['Yes', 'No'], LABELS),
      list: fc.constantFrom('Checkboxes', 'DynamicTags', 'Choices'),
      one: fc.constantFrom(...names),
      many: fc.constantFrom(...names),
    })
    .map((random) => {
      const isWhole = random.number === 'Integer' || random.number === 'Rating';
      return object(name, [
        field('title', 'Text', { maxLength: random.maxLength }),
        field('note', 'LongText'),
        field('mail', 'Email', { maxLength: 254 }),
        field('amount', random.number, {
          scale: isWhole ? 0 : random.scale,
          minimum: random.minimum,
          maximum: random.maximum,
        }),
        field('choice', random.option, random.option === 'YesNoMaybe' ? {} : { options: random.options }),
        field('tags', random.list, { options: random.list === 'Checkboxes' ? random.options : null }),
        field('done', 'Checkbox'),
        field('born', 'Date'),
        field('seen', 'DateTime'),
        field('phone', 'PhoneNumber', { maxLength: 32 }),
        field('zone', 'Timezone'),
        relationship('parent', random.one),
        relationship('friends', random.many, true),
      ]);
    });
}

/** What a record already holds: blank, or a value that the field takes. */
function heldValue(one: FieldModel, ids: readonly string[]): fc.Arbitrary<FieldValue> {
  const { name, columnType, options } = one;
  const labels = options ?? LABELS;
  const numbers = ['1', '1.1', '2', '3.25'].filter((number) => name !== 'amount' || refusal(one, number) === null);
  const own: Readonly<Record<string, fc.Arbitrary<FieldValue>>> = {
    mail: fc.constantFrom(...EMAILS),
    amount: fc.constantFrom(...numbers),
    choice: fc.constantFrom(...labels),
    tags: someOf(labels),
    done: fc.boolean(),
    born: fc.constantFrom(...DATES),
    seen: fc.constantFrom(...MOMENTS),
    phone: fc.constantFrom(...PHONES),
    zone: fc.constantFrom(...ZONES),
  };
  if (columnType === 'uuid') return ids.length === 0 ? fc.constant(null) : blankable(fc.constantFrom(...ids), 5);
  if (columnType === 'uuid[]') return ids.length === 0 ? fc.constant(null) : blankable(someOf(ids), 5);
  const texts = one.maxLength === null ? fc.constantFrom(...TEXTS, ...TEXTS, ...VERY_LONG) : fc.constantFrom(...TEXTS);
  return blankable(own[name] ?? texts, 2);
}

export function recordsOf(objects: readonly ObjectModel[], count: number): fc.Arbitrary<readonly OracleRecord[]> {
  return fc
    .array(fc.record({ object: fc.constantFrom(...objects), archived: fc.boolean(), weight: fc.nat(2) }), {
      maxLength: count,
      size: 'max',
    })
    .chain((shapes) => {
      const idsOf = (name: string | null): string[] =>
        shapes.flatMap((shape, index) => (shape.object.name === name ? [recordId(index)] : []));
      return fc.tuple(
        ...shapes.map((shape, index) =>
          fc
            .record(
              Object.fromEntries(
                shape.object.fields.map((one) => [one.name, heldValue(one, idsOf(one.object))] as const),
              ),
            )
            .map((values): OracleRecord => ({
              id: recordId(index),
              object: shape.object.name,
              archived: shape.archived && shape.weight > 0,
              values,
            })),
        ),
      );
    });
}
