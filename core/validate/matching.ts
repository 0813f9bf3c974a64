import type { LoadStep } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import type { RuleModel, VariableRef } from '../model/connector.ts';
import { ID_FIELD, type FieldModel } from '../model/object.ts';
import { itemsOf, type Cut } from './cut.ts';
import { nameHint, type FaultCollector } from './fault-collector.ts';
import type { KnownObject } from './known-object.ts';
import { compareDisagreement } from './type-agreement.ts';
import type { KnownVariables } from './variables.ts';

type Rule = NonNullable<Cut<LoadStep>['matching']>[number];

const SITUATIONS = ['onNoMatch', 'onSingleMatch', 'onMultipleMatches', 'onArchivedMatch'] as const;

/** What a step offers to its rules and mappings; null where it could not be found, which has been reported. */
export interface StepContext {
  readonly object: KnownObject | null;
  readonly scope: string | null;
  readonly variables: KnownVariables;
  readonly faults: FaultCollector;
}

/** Checks the matching rules of a step and fills in their defaults. What is returned holds the sound ones. */
export function buildRules(
  list: Cut<LoadStep>['matching'],
  path: FieldPath,
  context: StepContext,
): readonly RuleModel[] {
  const rules = itemsOf(list);
  const last = (list?.length ?? 0) - 1;
  return rules.flatMap(([index, rule]) => {
    const at = [...path, index];
    checkOrder(rule, index === last, at, context.faults);
    const built = buildRule(rule, at, context);
    return built === null ? [] : [built];
  });
}

/** The last rule has no rule to go on to; a rule that never goes on hides those after it. */
function checkOrder(rule: NonNullable<Rule>, isLast: boolean, path: FieldPath, faults: FaultCollector): void {
  const goesOn = SITUATIONS.filter((situation) => rule[situation]?.startsWith('NextRule') === true);
  if (!isLast) {
    if (goesOn.length === 0) {
      const hint = 'say NextRule or NextRuleIgnorePrevious in one of its situations, or remove the rules after it';
      faults.warn(path, 'this rule never goes on to the next, so the rules after it have no effect', hint);
    }
    return;
  }
  for (const situation of goesOn) {
    const message = `the last rule cannot say ${String(rule[situation])}: there is no rule after it`;
    faults.fault([...path, situation], message, 'choose another action, or add a rule');
  }
}

function buildRule(rule: NonNullable<Rule>, path: FieldPath, context: StepContext): RuleModel | null {
  const field = rule.field === undefined ? null : findField(rule.field, [...path, 'field'], context, true);
  const variable = findVariable(rule.variable, [...path, 'variable'], context);
  if (field === null || variable === null) return null;
  const disagreement = compareDisagreement(field, variable);
  if (disagreement !== null) {
    const at = disagreement.on === 'field' ? 'field' : 'variable';
    context.faults.fault([...path, at], disagreement.message, disagreement.hint);
    return null;
  }
  return {
    field,
    variable,
    onNoMatch: rule.onNoMatch ?? 'CreateNew',
    onSingleMatch: rule.onSingleMatch ?? 'UpdateCurrent',
    onMultipleMatches: rule.onMultipleMatches ?? 'DoNotUpload',
    onArchivedMatch: rule.onArchivedMatch ?? 'CreateNew',
  };
}

/** Finds a field of the step's object; `id` only where records are looked for. Reports a name that is not there. */
export function findField(
  name: string,
  path: FieldPath,
  context: { readonly object: KnownObject | null; readonly faults: FaultCollector },
  allowsId: boolean,
): FieldModel | null {
  const { object, faults } = context;
  if (object === null) return null;
  if (allowsId && name === ID_FIELD.name) return ID_FIELD;
  const field = object.fields.get(name);
  if (field !== undefined) return field;
  if (!object.areFieldsKnown) return null;
  const names = allowsId ? [...object.fields.keys(), ID_FIELD.name] : object.fields.keys();
  const hint = nameHint(name, names, 'declare it in the KizenObject');
  faults.fault(path, `the object ${object.model.name} has no field ${name}`, hint);
  return null;
}

/** Finds a variable of the step's scope. Reports a name that is not there. */
export function findVariable(name: string | undefined, path: FieldPath, context: StepContext): VariableRef | null {
  if (name === undefined || context.scope === null) return null;
  return context.variables.find(context.scope, name, path);
}
