import type { AdditionalVariableModel, MappingModel, RuleModel, StepModel, VariableModel } from '../model/connector.ts';
import type { FieldModel } from '../model/object.ts';
import type { FieldValue } from '../model/outcome.ts';
import { convertOne, quickTest, takesTexts, type ConversionContext, type QuickTest } from './convert.ts';
import { matchKey } from './field-value.ts';
import { decideMatch } from './match.ts';
import type { RecordView } from './plan.ts';
import { compileKey, constantOf, type RunFacts } from './step.ts';

/** A mapping that puts a text into a field as it is. */
export type PlainColumn =
  | {
      readonly kind: 'Variable';
      readonly field: FieldModel;
      /** Of the variable among the values of a row. */
      readonly place: number;
      /** Whether the field takes a text as it is; null where it takes any. */
      readonly takes: ((text: string) => boolean) | null;
      /** Passed only by texts that `takes` takes; null where there is no such test. */
      readonly quick: QuickTest | null;
    }
  | { readonly kind: 'Constant'; readonly field: FieldModel; readonly value: FieldValue };

/** How a text of the row becomes a match key. */
export interface PlainKey {
  readonly field: FieldModel;
  /** Of the variable among the values of a row. */
  readonly place: number;
  /** Whether every text is its own key. */
  readonly isExact: boolean;
  readonly keyOf: (text: string) => string | null;
}

/** Why and by which rule a row is created. */
export interface PlainDecision {
  readonly reason: string;
  readonly rule: number | null;
}

/**
 * A step whose rows can be planned without taking them apart, as long as nothing matches them: no value has to be
 * converted, none refers to another record. What it says of a row is what `planRow` says of it.
 */
export interface PlainStep {
  readonly columns: readonly PlainColumn[];
  /** One a rule. */
  readonly keys: readonly PlainKey[];
  /**
   * Why and by which rule a row is created of which no key finds a record; null where it is not.
   *
   * @param present which rules have a key
   */
  readonly createOf: (present: readonly boolean[]) => PlainDecision | null;
}

const NOTHING_FOUND: RecordView = { find: () => [], findLive: () => [], parent: () => null };

/**
 * The plain step of a step; null where a row has to be looked into.
 *
 * @param variables of the scope, in the order of the values of its rows
 */
export function compilePlainStep(
  step: StepModel,
  variables: readonly VariableModel[],
  additional: readonly AdditionalVariableModel[],
  facts: RunFacts,
  context: ConversionContext,
): PlainStep | null {
  // Events tell of each row.
  if (step.triggerWorkflows) return null;
  const places = new Map(variables.map((variable, index) => [variable.name, index]));
  const constants = new Map(additional.map((variable) => [variable.name, constantOf(variable, facts)]));
  const columns: PlainColumn[] = [];
  for (const mapping of step.mappings) {
    const column = compileColumn(mapping, places, constants, context);
    if (column === null) return null;
    columns.push(column);
  }
  const keys: PlainKey[] = [];
  for (const rule of step.rules) {
    const key = compilePlainKey(rule, places, context);
    if (key === null) return null;
    keys.push(key);
  }
  return {
    columns,
    keys,
    createOf: (present) => {
      // No record has any key, so that one is as good as another.
      const found = present.map((one) => (one ? '' : null));
      const decision = decideMatch(step.rules, found, step.onBlankKey, NOTHING_FOUND);
      return decision.action === 'Create' ? { reason: decision.reason, rule: decision.rule } : null;
    },
  };
}

function compileColumn(
  { field, source, createOptions }: MappingModel,
  places: ReadonlyMap<string, number>,
  constants: ReadonlyMap<string, ReturnType<typeof constantOf>>,
  context: ConversionContext,
): PlainColumn | null {
  if (source.kind !== 'Variables' || source.variables.length !== 1) return null;
  const [variable] = source.variables;
  if (variable === undefined) return null;
  const place = places.get(variable.name);
  if (place === undefined) {
    const { value, problem, newOptions } = convertOne(
      field,
      variable,
      constants.get(variable.name) ?? null,
      createOptions,
      context,
    );
    return problem === null && newOptions.length === 0 ? { kind: 'Constant', field, value } : null;
  }
  const taken = takesTexts(field, variable);
  if (taken === 'None') return null;
  if (taken === 'All') return { kind: 'Variable', field, place, takes: null, quick: null };
  const takes = (text: string): boolean => {
    const { value, problem, newOptions } = convertOne(field, variable, text, createOptions, context);
    return value === text && problem === null && newOptions.length === 0;
  };
  return { kind: 'Variable', field, place, takes, quick: quickTest(field, variable) };
}

function compilePlainKey(
  { field, variable }: RuleModel,
  places: ReadonlyMap<string, number>,
  context: ConversionContext,
): PlainKey | null {
  const place = places.get(variable.name);
  if (place === undefined || variable.isArray || field.name === 'id') return null;
  const isExact =
    field.columnType === 'text' && field.type !== 'Email' && takesTexts(unbounded(field), variable) === 'All';
  return { field, place, isExact, keyOf: isExact ? (text) => text : compileKey(field, variable, context) };
}

/** Bounds decide what may be stored, not what may be looked for. */
const unbounded = (field: FieldModel): FieldModel => ({ ...field, maxLength: null });

/** Whether a text that the field holds is its own match key. */
export const isOwnKey = (field: FieldModel): boolean => field.columnType === 'text' && field.type !== 'Email';

/** The match key of a record that holds this text as it is. */
export function plainKeyOf(field: FieldModel, text: string): string | null {
  if (isOwnKey(field)) return text;
  return matchKey(field, field.columnType === 'boolean' ? text === 'true' : text);
}
