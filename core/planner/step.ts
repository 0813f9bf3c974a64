import type {
  AdditionalVariableModel,
  MappingModel,
  RuleModel,
  StepModel,
  VariableModel,
  VariableRef,
  VariableValue,
} from '../model/connector.ts';
import type { FieldModel } from '../model/object.ts';
import type { ScopeRow } from '../model/stages.ts';
import { convertOne, convertToField, type Conversion, type ConversionContext } from './convert.ts';
import { matchKey } from './field-value.ts';

/** Reads the value of a variable from a row. */
type ValueOf = (row: ScopeRow) => VariableValue;

/** Facts of the run, by the name that manifests give them. */
export type RunFacts = Readonly<Record<NonNullable<AdditionalVariableModel['from']>, string | null>>;

/** A step made ready for its rows: variables bound to their places, conversions chosen. */
export interface CompiledStep {
  readonly step: StepModel;
  /** Match keys of a row, one per rule. */
  keys(row: ScopeRow): readonly (string | null)[];
  readonly mappings: readonly CompiledMapping[];
  /** Fields whose values the planner reads or writes, `id` aside; each once. */
  readonly usedFields: readonly FieldModel[];
  /** Names of the earlier steps that a mapping takes the record of. */
  readonly parentSteps: readonly string[];
}

export type CompiledMapping =
  | { readonly kind: 'Value'; readonly mapping: MappingModel; readonly convert: (row: ScopeRow) => Conversion }
  | {
      readonly kind: 'Lookup';
      readonly mapping: MappingModel;
      readonly object: string;
      readonly field: FieldModel;
      readonly variable: string;
      /** Match keys in the other object, one per element; empty where the value is blank. */
      readonly keys: (row: ScopeRow) => readonly string[];
    }
  | { readonly kind: 'SameRow'; readonly mapping: MappingModel; readonly step: string };

/**
 * Binds a step to the variables of its scope.
 *
 * @param variables of the scope, in the order of the values of its rows
 */
export function compileStep(
  step: StepModel,
  variables: readonly VariableModel[],
  additional: readonly AdditionalVariableModel[],
  facts: RunFacts,
  context: ConversionContext,
): CompiledStep {
  const places = new Map(variables.map((variable, index) => [variable.name, index]));
  const constants = new Map(additional.map((variable) => [variable.name, constantOf(variable, facts)]));
  const bind = (reference: VariableRef): ValueOf => {
    const place = places.get(reference.name);
    if (place !== undefined) return (row) => row.values[place] ?? null;
    const constant = constants.get(reference.name) ?? null;
    return () => constant;
  };
  const rules = step.rules.map((rule) => compileRule(rule, bind, context));
  const mappings = step.mappings.map((mapping) => compileMapping(mapping, bind, context));
  const used = new Map<string, FieldModel>();
  for (const { field } of [...step.rules, ...step.mappings]) if (field.name !== 'id') used.set(field.name, field);
  for (const mapping of mappings) {
    if (mapping.kind !== 'Lookup' || mapping.object !== step.object.name || mapping.field.name === 'id') continue;
    used.set(mapping.field.name, mapping.field);
  }
  return {
    step,
    keys: (row) => rules.map((key) => key(row)),
    mappings,
    usedFields: [...used.values()],
    parentSteps: mappings.flatMap((mapping) => (mapping.kind === 'SameRow' ? [mapping.step] : [])),
  };
}

export function constantOf(variable: AdditionalVariableModel, facts: RunFacts): VariableValue {
  return variable.from === null ? variable.value : facts[variable.from];
}

function compileRule(
  rule: RuleModel,
  bind: (reference: VariableRef) => ValueOf,
  context: ConversionContext,
): (row: ScopeRow) => string | null {
  const valueOf = bind(rule.variable);
  const keyOf = compileKey(rule.field, rule.variable, context);
  return (row) => keyOf(valueOf(row));
}

/** The match key that a value has in a field. A value that the field could not store still only equals itself. */
export function compileKey(
  field: FieldModel,
  variable: VariableRef,
  context: ConversionContext,
): (value: VariableValue) => string | null {
  // Options and bounds decide what may be stored, not what may be looked for.
  const sought: FieldModel = { ...field, maxLength: null, minimum: null, maximum: null, scale: null };
  return (value) => {
    if (typeof value !== 'string') return null;
    return matchKey(field, convertOne(sought, variable, value, true, context).value) ?? value;
  };
}

function compileMapping(
  mapping: MappingModel,
  bind: (reference: VariableRef) => ValueOf,
  context: ConversionContext,
): CompiledMapping {
  const { source, field } = mapping;
  switch (source.kind) {
    case 'SameRow':
      return { kind: 'SameRow', mapping, step: source.step };
    case 'Variables': {
      const values = source.variables.map(bind);
      const [only] = source.variables;
      const [onlyValue] = values;
      if (values.length === 1 && only !== undefined && onlyValue !== undefined) {
        const { createOptions } = mapping;
        return {
          kind: 'Value',
          mapping,
          convert: (row) => convertOne(field, only, onlyValue(row), createOptions, context),
        };
      }
      const convert = (row: ScopeRow): Conversion =>
        convertToField(
          field,
          source.variables,
          values.map((valueOf) => valueOf(row)),
          source.separator,
          mapping.createOptions,
          context,
        );
      return { kind: 'Value', mapping, convert };
    }
    case 'Lookup': {
      const valueOf = bind(source.variable);
      const keyOf = compileKey(source.field, source.variable, context);
      const keys = (row: ScopeRow): readonly string[] => {
        const value = valueOf(row);
        const items = value === null ? [] : typeof value === 'string' ? [value] : value;
        return [...new Set(items.flatMap((item) => keyOf(item) ?? []))];
      };
      return {
        kind: 'Lookup',
        mapping,
        object: source.object.name,
        field: source.field,
        variable: source.variable.name,
        keys,
      };
    }
  }
}
