import type { LoadStep, SmartConnectorSpec } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import type { StepModel } from '../model/connector.ts';
import { areAllNamed, itemsOf, type Cut } from './cut.ts';
import { nameHint, type FaultCollector } from './fault-collector.ts';
import type { KnownObject, KnownObjects } from './known-object.ts';
import type { EarlierStep } from './mapping-context.ts';
import { buildMappings } from './mapping.ts';
import { buildRules, type StepContext } from './matching.ts';
import type { KnownVariables } from './variables.ts';

/** Checks the load steps in their order. What is returned is complete only if nothing was reported. */
export function buildSteps(
  spec: Cut<SmartConnectorSpec>,
  objects: KnownObjects,
  variables: KnownVariables,
  faults: FaultCollector,
): readonly StepModel[] {
  const steps = itemsOf(spec.loadSteps);
  const earlier: EarlierStep[] = [];
  for (const [position, [index, step]] of steps.entries()) {
    const path = ['spec', 'loadSteps', index];
    const object = findObject(step.object, [...path, 'object'], objects, faults);
    const scope = findScope(step, path, variables, faults);
    const context: StepContext = { object, scope, variables, faults };
    const rules = buildRules(step.matching, [...path, 'matching'], context);
    const mappings = buildMappings(step.mapping, [...path, 'mapping'], {
      ...context,
      objects,
      earlier,
      laterNames: steps.slice(position + 1).flatMap(([, later]) => later.name ?? []),
      areStepsKnown: areAllNamed(spec, 'loadSteps'),
      stepName: step.name,
    });
    if (step.name === undefined) continue;
    if (earlier.some(({ name }) => name === step.name)) {
      faults.fault([...path, 'name'], `the step ${step.name} is declared twice`, 'rename one of the two');
    }
    const model =
      object === null || scope === null
        ? null
        : { ...settingsOf(step, index, step.name), object: object.model, scope, rules, mappings };
    earlier.push({ name: step.name, scope, object: step.object ?? null, model });
  }
  return earlier.flatMap(({ model }) => model ?? []);
}

function settingsOf(
  step: Cut<LoadStep>,
  index: number,
  name: string,
): Pick<StepModel, 'index' | 'name' | 'onBlankKey' | 'triggerWorkflows'> {
  return { index, name, onBlankKey: step.onBlankKey ?? 'Skip', triggerWorkflows: step.triggerWorkflows ?? false };
}

/** Finds a KizenObject of the namespace. Reports a name that is not there. */
export function findObject(
  name: string | undefined,
  path: FieldPath,
  objects: KnownObjects,
  faults: FaultCollector,
): KnownObject | null {
  if (name === undefined) return null;
  const object = objects.get(name);
  if (object !== undefined) return object;
  const hint = nameHint(name, objects.keys(), 'add a manifest of the KizenObject');
  faults.fault(path, `there is no KizenObject ${name} in the namespace ${faults.manifest.namespace}`, hint);
  return null;
}

function findScope(
  step: Cut<LoadStep>,
  path: FieldPath,
  variables: KnownVariables,
  faults: FaultCollector,
): string | null {
  const scope = variables.scopeOf(step.scope, path);
  if (step.scope === undefined || scope === null || variables.hasScope(scope)) return scope;
  const names = variables.scopes.map(({ name }) => name);
  const hint = nameHint(scope, names, 'declare its columns under executionVariables');
  faults.fault([...path, 'scope'], `no variable is read from a scope ${scope}`, hint);
  return null;
}
