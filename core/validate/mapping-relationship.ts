import type { MappingRule } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import type { MappingSource, VariableRef } from '../model/connector.ts';
import { ID_FIELD, type FieldModel } from '../model/object.ts';
import { itemsOf, type Cut } from './cut.ts';
import { nameHint } from './fault-collector.ts';
import type { KnownObject } from './known-object.ts';
import type { MappingContext } from './mapping-context.ts';
import { findField, findVariable } from './matching.ts';
import { elementDisagreement } from './type-agreement.ts';

/** A lookup: the record of the other object whose field equals the variable. Null after reporting why there is none. */
export function buildLookup(
  lookup: NonNullable<Cut<MappingRule>['lookup']>,
  field: FieldModel | null,
  path: FieldPath,
  context: MappingContext,
): MappingSource | null {
  const variable = findVariable(lookup.variable, [...path, 'variable'], context);
  if (field === null) return null;
  if (field.type !== 'Relationship') return reportNotRelationship('lookup', field, path, context);
  const object = targetOf(field, context);
  const { faults } = context;
  const target =
    lookup.field === undefined ? null : findField(lookup.field, [...path, 'field'], { object, faults }, true);
  if (variable === null) return null;
  checkCardinality(variable, field, [...path, 'variable'], context);
  if (object === null || target === null) return null;
  const disagreement = elementDisagreement(target, variable);
  if (disagreement !== null) {
    context.faults.fault([...path, disagreement.on], disagreement.message, disagreement.hint);
    return null;
  }
  return { kind: 'Lookup', object: object.model, field: target, variable };
}

/** Record ids in a variable are a lookup by id. */
export function buildRelationshipByVariables(
  names: NonNullable<Cut<MappingRule>['variables']>,
  field: FieldModel,
  path: FieldPath,
  context: MappingContext,
): MappingSource | null {
  const found = itemsOf(names).map(([index, name]) => [index, findVariable(name, [...path, index], context)] as const);
  if (found.length > 1) {
    const message = `${found.length} variables are mapped to the Relationship ${field.name}`;
    context.faults.fault(path, message, 'keep one variable of type UUID, or use lookup or sameRowOf');
  }
  for (const [index, variable] of found) {
    if (variable === null) continue;
    checkCardinality(variable, field, [...path, index], context);
    if (variable.type === 'UUID') continue;
    const message = `${variable.name} is of type ${variable.type}, and a Relationship takes record ids`;
    context.faults.fault(
      [...path, index],
      message,
      `read it as UUID, or use lookup: {field: …, variable: ${variable.name}}`,
    );
  }
  const [first] = found;
  const object = targetOf(field, context);
  if (object === null || first === undefined || first[1] === null) return null;
  return { kind: 'Lookup', object: object.model, field: ID_FIELD, variable: first[1] };
}

/** The record that the row matched or created in an earlier step. */
export function buildSameRow(
  name: string,
  field: FieldModel | null,
  path: FieldPath,
  context: MappingContext,
): MappingSource | null {
  const { faults, earlier, scope } = context;
  const step = earlier.find((candidate) => candidate.name === name);
  if (step === undefined) {
    const fitting = earlier.map((candidate) => candidate.name);
    if (name === context.stepName) faults.fault(path, `${name} is this step itself`, 'name an earlier step');
    else if (context.laterNames.includes(name)) {
      faults.fault(path, `the step ${name} comes after this one`, `move ${name} before this step`);
    } else if (context.areStepsKnown)
      faults.fault(path, `there is no earlier step ${name}`, nameHint(name, fitting, 'this is the first step'));
    return null;
  }
  if (field === null) return null;
  if (field.type !== 'Relationship') return reportNotRelationship('sameRowOf', field, path, context);
  if (step.scope !== null && scope !== null && step.scope !== scope) {
    const message = `the step ${name} reads the scope ${step.scope}, and this step reads ${scope}: they share no rows`;
    faults.fault(path, message, 'use lookup instead');
    return null;
  }
  if (step.object !== null && targetOf(field, context) !== null && step.object !== field.object) {
    const message = `the step ${name} writes ${step.object}, and ${field.name} refers to ${field.object}`;
    faults.fault(path, message, `name a step that writes ${field.object}`);
    return null;
  }
  return { kind: 'SameRow', step: name };
}

/** The object that a relationship refers to; null if it is not there, which its own manifest's check reports. */
function targetOf(field: FieldModel, context: MappingContext): KnownObject | null {
  return field.object === null ? null : (context.objects.get(field.object) ?? null);
}

function checkCardinality(variable: VariableRef, field: FieldModel, path: FieldPath, { faults }: MappingContext): void {
  if (!variable.isArray || field.columnType === 'uuid[]') return;
  const message = `${variable.name} is a list, and the Relationship ${field.name} holds one record`;
  faults.fault(path, message, 'remove array from the variable, or make the field cardinality: ManyToMany');
}

function reportNotRelationship(what: string, field: FieldModel, path: FieldPath, { faults }: MappingContext): null {
  const message = `${what} needs a Relationship, and ${field.name} is of type ${field.type}`;
  faults.fault(path, message, 'map it by variables');
  return null;
}
