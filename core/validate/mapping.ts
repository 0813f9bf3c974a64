import type { LoadStep, MappingRule } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import type { MappingModel, MappingSource } from '../model/connector.ts';
import type { FieldModel } from '../model/object.ts';
import { itemsOf, type Cut } from './cut.ts';
import { isSeveralOptions, isTextKind, listsOptions } from './field-kinds.ts';
import { buildLookup, buildRelationshipByVariables, buildSameRow } from './mapping-relationship.ts';
import type { MappingContext } from './mapping-context.ts';
import { findField, findVariable } from './matching.ts';
import { writeDisagreement } from './type-agreement.ts';

type Mapping = Cut<MappingRule>;

/** Checks the mappings of a step and fills in their defaults. What is returned holds the sound ones. */
export function buildMappings(
  list: Cut<LoadStep>['mapping'],
  path: FieldPath,
  context: MappingContext,
): readonly MappingModel[] {
  const mapped = new Set<string>();
  return itemsOf(list).flatMap(([index, mapping]) => {
    const at = [...path, index];
    if (mapping.field !== undefined) {
      if (mapped.has(mapping.field)) {
        const message = `the field ${mapping.field} is mapped twice in this step`;
        context.faults.fault([...at, 'field'], message, 'list all its variables in one mapping');
      }
      mapped.add(mapping.field);
    }
    const built = buildMapping(mapping, at, context);
    return built === null ? [] : [built];
  });
}

function buildMapping(mapping: Mapping, path: FieldPath, context: MappingContext): MappingModel | null {
  checkOneSource(mapping, path, context);
  const field = mapping.field === undefined ? null : findField(mapping.field, [...path, 'field'], context, false);
  const source = buildSource(mapping, field, path, context);
  if (field === null) return null;
  checkSettings(mapping, field, path, context);
  if (source === null) return null;
  return {
    field,
    source,
    conflictResolution: mapping.conflictResolution ?? 'OnlyUpdateBlank',
    createOptions: mapping.createOptions ?? false,
    onUnresolved: mapping.onUnresolved ?? 'FailRow',
  };
}

const SOURCES = ['variables', 'lookup', 'sameRowOf'] as const;

function checkOneSource(mapping: Mapping, path: FieldPath, { faults }: MappingContext): void {
  const given = SOURCES.filter((source) => source in mapping);
  if (given.length === 1) return;
  const message =
    given.length === 0
      ? 'the mapping says nothing about where its value comes from'
      : `${given.join(' and ')} are given, and only one of them can be`;
  faults.fault(path, message, 'give exactly one of variables, lookup and sameRowOf');
}

function buildSource(
  mapping: Mapping,
  field: FieldModel | null,
  path: FieldPath,
  context: MappingContext,
): MappingSource | null {
  if (mapping.lookup !== undefined) return buildLookup(mapping.lookup, field, [...path, 'lookup'], context);
  if (mapping.sameRowOf !== undefined) return buildSameRow(mapping.sameRowOf, field, [...path, 'sameRowOf'], context);
  if (mapping.variables === undefined) return null;
  if (field?.type === 'Relationship') {
    return buildRelationshipByVariables(mapping.variables, field, [...path, 'variables'], context);
  }
  return buildVariables(mapping, field, [...path, 'variables'], context);
}

function buildVariables(
  mapping: Mapping,
  field: FieldModel | null,
  path: FieldPath,
  context: MappingContext,
): MappingSource | null {
  const names = itemsOf(mapping.variables);
  for (const [index, name] of names) {
    if (!names.some(([other, same]) => same === name && other < index)) continue;
    context.faults.warn([...path, index], `${name} is listed twice, so its value is written twice`, 'remove one');
  }
  const found = names.map(([index, name]) => [index, findVariable(name, [...path, index], context)] as const);
  const variables = found.flatMap(([, variable]) => (variable === null ? [] : [variable]));
  if (field === null) return null;
  for (const [index, variable] of found) {
    const disagreement = variable === null ? null : writeDisagreement(field, variable);
    if (disagreement !== null) context.faults.fault([...path, index], disagreement.message, disagreement.hint);
  }
  if (names.length > 1 && !isTextKind(field.type) && field.columnType !== 'text[]') {
    const message = `${names.length} variables are mapped to ${field.name}, which is of type ${field.type}`;
    context.faults.fault(path, message, 'several variables go into text and several-option fields only; keep one');
  }
  return { kind: 'Variables', variables, separator: mapping.separator ?? ' ' };
}

/** Settings that do not fit the type of the field. Defaults are left alone: the API server fills them in. */
function checkSettings(mapping: Mapping, field: FieldModel, path: FieldPath, { faults }: MappingContext): void {
  if (mapping.conflictResolution === 'OnlyAddOptions' && !isSeveralOptions(field.type)) {
    const message = `OnlyAddOptions does not fit ${field.name}, which is of type ${field.type}`;
    faults.fault(
      [...path, 'conflictResolution'],
      message,
      'it is for Checkboxes, DynamicTags and Choices; use another',
    );
  }
  if (mapping.createOptions === true && !listsOptions(field.type) && field.type !== 'DynamicTags') {
    const message = `createOptions does not fit ${field.name}, which is of type ${field.type}`;
    faults.fault([...path, 'createOptions'], message, 'it is for Dropdown, Radio, Status and Checkboxes; remove it');
  }
  if (mapping.onUnresolved === 'LeaveBlank' && field.type !== 'Relationship') {
    faults.warn([...path, 'onUnresolved'], 'onUnresolved has no effect: the field is not a Relationship', 'remove it');
  }
}
