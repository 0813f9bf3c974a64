import fc from 'fast-check';
import type {
  ConflictResolution,
  MappingModel,
  MappingSource,
  OnArchivedMatch,
  OnMultipleMatches,
  OnNoMatch,
  OnSingleMatch,
  RuleModel,
  StepModel,
  VariableRef,
} from '../../../core/model/connector.ts';
import { ID_FIELD, type FieldModel, type ObjectModel } from '../../../core/model/object.ts';
import { V } from './random-values.ts';

/* Random load steps. Everything is legal: what the static checks refuse never gets here. */

/** Variables that can be compared with a field, as the static checks allow it. */
function comparable(target: FieldModel): readonly VariableRef[] {
  if (target.columnType === 'uuid') return [V.key];
  switch (target.name) {
    case 'mail':
      return [V.email, V.email, V.email, V.email, V.text];
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
      return [V.text, V.text, V.text, V.text, V.other, V.literal, V.number];
  }
}

const matchable = (model: ObjectModel): fc.Arbitrary<FieldModel> => {
  const [title, ...rest] = model.fields.filter((one) => !one.columnType.endsWith('[]'));
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(title ?? ID_FIELD) },
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
      onNoMatch: fc.constantFrom<OnNoMatch>('CreateNew', 'CreateNew', 'CreateNew', 'DoNotUpload', ...on),
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

/**
 * Mappings of these fields and of most fields that rules match on. The latter mostly take what the rule looks for, so that
 * rows find what earlier rows created; else they take something else, so that rows change what later rows look for.
 */
function mappingsOf(
  rules: readonly RuleModel[],
  fields: readonly FieldModel[],
  objects: readonly ObjectModel[],
  earlier: readonly StepModel[],
  scopeName: string,
): fc.Arbitrary<readonly MappingModel[]> {
  const keys = new Map(rules.filter((rule) => rule.field.name !== 'id').map((rule) => [rule.field, rule.variable]));
  const all = [...new Set([...keys.keys(), ...fields])];
  const mappings = all.map((target) => {
    const variable = keys.get(target);
    const free = mappingOf(target, objects, earlier, scopeName);
    if (variable === undefined || target.type === 'Relationship') return free;
    const of = (one: VariableRef): MappingSource => ({ kind: 'Variables', variables: [one], separator: ' ' });
    const steady = free.map((one): MappingModel => ({ ...one, source: of(variable) }));
    const changing = free.map((one): MappingModel => {
      if (target.name !== 'title') return one;
      return { ...one, source: of(V.other), conflictResolution: 'OverwriteSkipIfBlank' };
    });
    return fc.oneof({ weight: 3, arbitrary: steady }, { weight: 2, arbitrary: changing });
  });
  return fc.tuple(...mappings).chain((list) => {
    const optional = fc.subarray(list, { minLength: 1 });
    return fc.oneof({ weight: 5, arbitrary: fc.constant(list) }, { weight: 1, arbitrary: optional });
  });
}

export function stepsOf(objects: readonly ObjectModel[], count: number): fc.Arbitrary<readonly StepModel[]> {
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
        const steered = rules.chain((ruleList) =>
          fc
            .tuple(
              fc.subarray([...model.fields], { minLength: 1, maxLength: 4 }),
              fc.constantFrom(...model.fields.filter((one) => one.type === 'Relationship')),
              fc.boolean(),
            )
            .map(([fields, reference, isReferring]) => (isReferring ? [...new Set([...fields, reference])] : fields))
            .chain((fields) => mappingsOf(ruleList, fields, objects, steps, scopeName))
            .map((mappingList) => [ruleList, mappingList] as const),
        );
        return steered.map(([ruleList, mappingList]): StepModel => ({
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
