import fc from 'fast-check';
import type {
  ConflictResolution,
  ConnectorModel,
  MappingModel,
  MappingSource,
  OnArchivedMatch,
  OnMultipleMatches,
  OnNoMatch,
  OnSingleMatch,
  RuleModel,
  StepModel,
  VariableRef,
  VariableValue,
} from '../../../core/model/connector.ts';
import { ID_FIELD, type FieldModel, type ObjectModel } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { connector, field, literal, object, ref, relationship, scope } from './builders.ts';
import { refusal } from './oracle-values.ts';
import type { OracleRecord } from './oracle.ts';

/*
 * Random objects, records, connectors and files, out of alphabets of two to five values so that rows and records meet all
 * the time. Everything is legal: what the static checks refuse never gets here.
 */

/** Objects, the records they hold, a connector and the rows of its scopes. */
export interface RandomWorld {
  readonly objects: readonly ObjectModel[];
  readonly records: readonly OracleRecord[];
  readonly connector: ConnectorModel;
  readonly rows: ReadonlyMap<string, readonly ScopeRow[]>;
}

export interface WorldSize {
  readonly records: number;
  readonly rows: number;
  readonly steps: number;
}

const TEXTS = ['a', 'b', 'ab', 'A'];
const LONG = 'äöüß𝒳!';
/** Alike in more characters than an index holds. */
const VERY_LONG = ['1', '2'].map((end) => '𝒳y'.repeat(200) + end);
const EMAILS = ['a@x.org', 'A@X.org', 'b@x.org'];
const NUMBERS = ['1', '1.10', '1.1', '2', '-0.5', '3.25', '1234567890123456789012345678901234567890'];
const LABELS = ['Yes', 'No', 'Maybe', 'Perhaps'];
const DATES = ['2026-01-31', '2026-02-01'];
const MOMENTS = ['2026-01-31T23:30:00Z', '2026-02-01T06:00:00Z', '2026-02-01T12:00:00.25Z'];
const PHONES = ['+12025550123', '+442079460958'];
const ZONES = ['America/Denver', 'UTC'];

const V = {
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
const COLUMNS = Object.values(V).filter((one) => one !== V.literal);

const recordId = (index: number): string => `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;

const blankable = <T>(values: fc.Arbitrary<T>, blanks = 1): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: blanks, arbitrary: fc.constant(null) }, { weight: 5, arbitrary: values });
const someOf = (values: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

/** Most texts are short; now and then one is too long for a field with a limit. */
const text = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...TEXTS) },
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
      return blankable(fc.constantFrom(...ZONES, 'Nowhere/Atall'));
    case V.key:
      return blankable(fc.constantFrom(...ids));
    case V.keys:
      return blankable(someOf(ids));
    default:
      return blankable(text);
  }
}

/** An object of which every field but the texts is of a random type of its kind, with random limits. */
function objectOf(name: string, names: readonly string[]): fc.Arbitrary<ObjectModel> {
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

function recordsOf(objects: readonly ObjectModel[], count: number): fc.Arbitrary<readonly OracleRecord[]> {
  return fc
    .array(fc.record({ object: fc.constantFrom(...objects), archived: fc.boolean(), weight: fc.nat(2) }), {
      maxLength: count,
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

/** Variables that can be compared with a field, as the static checks allow it. */
function comparable(target: FieldModel): readonly VariableRef[] {
  if (target.columnType === 'uuid') return [V.key];
  switch (target.name) {
    case 'mail':
      return [V.email, V.text];
    case 'amount':
      return [V.number];
    case 'choice':
      return target.type === 'YesNoMaybe' ? [V.label, V.flag] : [V.label];
    case 'done':
      return [V.flag];
    case 'born':
    case 'seen':
      return [V.day, V.moment];
    case 'phone':
      return [V.phone];
    case 'zone':
      return [V.zone];
    default:
      return [V.text, V.text, V.other, V.literal, V.number];
  }
}

const matchable = (model: ObjectModel): fc.Arbitrary<FieldModel> => {
  const [title, ...rest] = model.fields.filter((one) => !one.columnType.endsWith('[]'));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(title ?? ID_FIELD) },
    { weight: 3, arbitrary: fc.constantFrom(...rest, ID_FIELD) },
  );
};

function ruleOf(model: ObjectModel, isLast: boolean): fc.Arbitrary<RuleModel> {
  const on: readonly 'NextRuleIgnorePrevious'[] = isLast ? [] : ['NextRuleIgnorePrevious'];
  const next: readonly 'NextRule'[] = isLast ? [] : ['NextRule'];
  return matchable(model).chain((target) =>
    fc.record({
      field: fc.constant(target),
      variable: fc.constantFrom(...comparable(target)),
      onNoMatch: fc.constantFrom<OnNoMatch>('CreateNew', 'CreateNew', 'DoNotUpload', ...on),
      onSingleMatch: fc.constantFrom<OnSingleMatch>('UpdateCurrent', 'UpdateCurrent', 'DoNotUpload', ...next, ...on),
      onMultipleMatches: fc.constantFrom<OnMultipleMatches>('DoNotUpload', ...next, ...next, ...on),
      onArchivedMatch: fc.constantFrom<OnArchivedMatch>(
        'CreateNew',
        'UnarchiveAndUpdate',
        'UnarchiveOnly',
        'DoNotUpload',
        ...next,
        ...on,
      ),
    }),
  );
}

const RULES: readonly ConflictResolution[] = ['OnlyUpdateBlank', 'OverwriteClearIfBlank', 'OverwriteSkipIfBlank'];

function sourceOf(
  target: FieldModel,
  objects: readonly ObjectModel[],
  earlier: readonly StepModel[],
  scopeName: string,
): fc.Arbitrary<MappingSource> {
  const variables = (list: readonly VariableRef[], separator = ' '): MappingSource => ({
    kind: 'Variables',
    variables: list,
    separator,
  });
  if (target.type === 'Relationship') {
    const other = objects.find(({ name }) => name === target.object);
    if (other === undefined) throw new Error(`no object ${String(target.object)}`);
    const isMany = target.columnType === 'uuid[]';
    const lookup = matchable(other).chain((found) =>
      fc
        .constantFrom(...comparable(found), ...(found === ID_FIELD && isMany ? [V.keys, V.keys] : []))
        .map((one): MappingSource => ({
          kind: 'Lookup',
          object: other,
          field: found,
          variable: isMany && one === V.label ? V.labels : one,
        })),
    );
    const fitting = earlier.filter((step) => step.scope === scopeName && step.object.name === target.object);
    const [first] = fitting;
    if (first === undefined) return lookup;
    const same = fc.constantFrom(...fitting).map(({ name }): MappingSource => ({ kind: 'SameRow', step: name }));
    return fc.oneof(same, lookup);
  }
  if (target.name === 'tags') return fc.constantFrom(variables([V.labels]), variables([V.label, V.labels]));
  if (target.name === 'title' || target.name === 'note') {
    const texts = [V.text, V.other, V.day, V.number, V.label, V.email, V.literal];
    return fc.oneof(
      fc.constantFrom(variables([V.text]), variables([V.other])),
      fc
        .tuple(fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 3 }), fc.constantFrom(' ', '', '-'))
        .map(([list, separator]) => variables(list, separator)),
    );
  }
  return fc.constantFrom(...comparable(target)).map((one) => variables([one]));
}

function mappingOf(
  target: FieldModel,
  objects: readonly ObjectModel[],
  earlier: readonly StepModel[],
  scopeName: string,
): fc.Arbitrary<MappingModel> {
  const isList = target.columnType === 'text[]';
  const hasOptions = target.options !== null && target.type !== 'YesNoMaybe';
  return fc.record({
    field: fc.constant(target),
    source: sourceOf(target, objects, earlier, scopeName),
    conflictResolution: fc.constantFrom(...RULES, ...(isList ? (['OnlyAddOptions', 'OnlyAddOptions'] as const) : [])),
    createOptions: hasOptions ? fc.boolean() : fc.constant(false),
    onUnresolved: fc.constantFrom('FailRow', 'LeaveBlank', 'LeaveBlank'),
  });
}

function stepsOf(objects: readonly ObjectModel[], count: number): fc.Arbitrary<readonly StepModel[]> {
  const extend = (steps: readonly StepModel[]): fc.Arbitrary<readonly StepModel[]> => {
    if (steps.length === count) return fc.constant(steps);
    return fc
      .record({
        model: fc.constantFrom(...objects),
        scope: fc.constantFrom('rows', 'rows', 'rows', 'more'),
        ruleCount: fc.integer({ min: 1, max: 3 }),
        onBlankKey: fc.constantFrom<StepModel['onBlankKey']>('Skip', 'CreateNew'),
        triggerWorkflows: fc.boolean(),
      })
      .chain(({ model, scope: scopeName, ruleCount, onBlankKey, triggerWorkflows }) => {
        const rules = fc.tuple(
          ...Array.from({ length: ruleCount }, (_, index) => ruleOf(model, index === ruleCount - 1)),
        );
        const mappings = fc
          .subarray([...model.fields], { minLength: 1, maxLength: 6 })
          .chain((fields) => fc.tuple(...fields.map((one) => mappingOf(one, objects, steps, scopeName))));
        return fc.tuple(rules, mappings).map(([ruleList, mappingList]): StepModel => ({
          index: steps.length,
          name: `step${steps.length + 1}`,
          object: model,
          scope: scopeName,
          rules: ruleList,
          onBlankKey,
          mappings: mappingList,
          triggerWorkflows,
        }));
      })
      .chain((next) => extend([...steps, next]));
  };
  return extend([]);
}

function rowsOf(maxRows: number, recordCount: number): fc.Arbitrary<readonly ScopeRow[]> {
  return fc
    .array(
      fc.record({
        kind: fc.nat(19),
        values: fc.tuple(...COLUMNS.map((one) => valueOf(one, recordCount))),
      }),
      { maxLength: maxRows },
    )
    .map((list) =>
      list.map(({ kind, values }, index) => ({
        row: index + 1,
        unchanged: kind === 18,
        rejected: kind === 19,
        hash: (index + 1).toString(16).padStart(32, '0'),
        problems: kind === 19 ? [{ code: 'RequiredMissing', message: 'text is required', variable: 'text' }] : [],
        values,
      })),
    );
}

/** Everything at random. Two objects that refer to themselves and to each other, one to `size.steps` steps, two scopes. */
export function randomWorld(size: WorldSize): fc.Arbitrary<RandomWorld> {
  const names = ['person', 'firm'];
  return fc
    .record({
      objects: fc.tuple(...names.map((name) => objectOf(name, names))),
      steps: fc.integer({ min: 1, max: size.steps }),
      timeZone: fc.constantFrom('UTC', 'America/Denver', 'Asia/Kolkata'),
      literalText: fc.constantFrom('a', 'b'),
    })
    .chain(({ objects, steps, timeZone, literalText }) =>
      fc
        .record({
          records: recordsOf(objects, size.records),
          steps: stepsOf(objects, steps),
          rows: rowsOf(size.rows, size.records),
          more: rowsOf(Math.ceil(size.rows / 3), size.records),
        })
        .map((random): RandomWorld => ({
          objects,
          records: random.records,
          connector: connector({
            timeZone,
            steps: random.steps,
            scopes: [scope('rows', COLUMNS), scope('more', COLUMNS)],
            additionalVariables: [literal(V.literal, literalText)],
          }),
          rows: new Map([
            ['rows', random.rows],
            ['more', random.more],
          ]),
        })),
    );
}
