import type { Field } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import { SYSTEM_COLUMNS, type FieldModel, type FieldType } from '../model/object.ts';
import { compareDecimals } from './amounts.ts';
import { itemsOf, type Cut } from './cut.ts';
import type { FaultCollector } from './fault-collector.ts';
import {
  columnTypeOf,
  defaultMaxLength,
  isNumberKind,
  listsOptions,
  takesMaxLength,
  YES_NO_MAYBE,
} from './field-kinds.ts';

/** Checks one field by itself and fills in its defaults; null where name or type are not known. */
export function buildField(field: Cut<Field>, path: FieldPath, faults: FaultCollector): FieldModel | null {
  const { name, type } = field;
  if (name !== undefined) checkName(name, path, faults);
  if (name === undefined || type === undefined) return null;
  checkProperties(field, type, path, faults);
  checkOptions(field, path, faults);
  const isNumber = isNumberKind(type);
  const minimum = isNumber ? (field.minimum ?? (type === 'Rating' ? '0' : null)) : null;
  const maximum = isNumber ? (field.maximum ?? (type === 'Rating' ? '5' : null)) : null;
  if (minimum !== null && maximum !== null) checkRange(minimum, maximum, path, faults);
  return {
    name,
    type,
    columnType: columnTypeOf(type, field.cardinality === 'ManyToMany'),
    maxLength: takesMaxLength(type) ? (field.maxLength ?? defaultMaxLength(type)) : null,
    minimum,
    maximum,
    scale: scaleOf(field, type),
    options: optionsOf(field, type),
    object: type === 'Relationship' ? (field.object ?? null) : null,
    inverse: type === 'Relationship' ? (field.inverse ?? null) : null,
  };
}

function checkName(name: string, path: FieldPath, faults: FaultCollector): void {
  if (SYSTEM_COLUMNS.some((column) => column === name)) {
    const message = `${name} is reserved: every table has a column of that name`;
    faults.fault([...path, 'name'], message, `rename the field, for example ${name}_value`);
  }
  if (name === '__proto__' || name === 'constructor') {
    const message = `${name} cannot name a field: programs that read records as JSON give it a meaning of its own`;
    faults.fault([...path, 'name'], message, 'rename the field');
  }
}

function checkProperties(field: Cut<Field>, type: FieldType, path: FieldPath, faults: FaultCollector): void {
  const misplaced = (property: string, where: string): void => {
    faults.fault([...path, property], `a field of type ${type} has no ${property}`, `only ${where} have it; remove it`);
  };
  if (field.maxLength !== undefined && !takesMaxLength(type)) misplaced('maxLength', 'text fields');
  if (field.minimum !== undefined && !isNumberKind(type)) misplaced('minimum', 'number fields');
  if (field.maximum !== undefined && !isNumberKind(type)) misplaced('maximum', 'number fields');
  if (field.scale !== undefined && type !== 'Decimal' && type !== 'Money') misplaced('scale', 'Decimal and Money');
  if (type === 'Relationship') {
    if (field.object === undefined)
      faults.fault([...path, 'object'], 'a Relationship needs object', 'name a KizenObject');
    return;
  }
  if (field.object !== undefined) misplaced('object', 'fields of type Relationship');
  if (field.inverse !== undefined) misplaced('inverse', 'fields of type Relationship');
  // The API server fills in ManyToOne on fields of every type.
  if (field.cardinality === 'ManyToMany') misplaced('cardinality', 'fields of type Relationship');
}

function checkOptions(field: Cut<Field>, path: FieldPath, faults: FaultCollector): void {
  const { type, options } = field;
  if (type === undefined) return;
  if (options === undefined) {
    if (listsOptions(type)) faults.fault([...path, 'options'], `a ${type} needs options`, 'list the labels');
    return;
  }
  if (!listsOptions(type)) {
    const hint =
      type === 'YesNoMaybe'
        ? 'it always has Yes, No and Maybe'
        : 'only Dropdown, Radio, Status and Checkboxes have them';
    faults.fault([...path, 'options'], `a field of type ${type} has no options`, `${hint}; remove them`);
  }
  const seen = new Set<string>();
  for (const [index, option] of itemsOf(options)) {
    const at = [...path, 'options', index];
    if (seen.has(option)) faults.fault(at, `the option ${JSON.stringify(option)} is listed twice`, 'remove one');
    if (option !== option.trim() || option === '') {
      faults.fault(at, `the option ${JSON.stringify(option)} is blank or has spaces at its ends`, 'trim it');
    }
    seen.add(option);
  }
}

function checkRange(minimum: string, maximum: string, path: FieldPath, faults: FaultCollector): void {
  const decimal = /^-?[0-9]+(\.[0-9]+)?$/;
  if (!decimal.test(minimum) || !decimal.test(maximum) || compareDecimals(minimum, maximum) <= 0) return;
  faults.fault([...path, 'minimum'], `minimum ${minimum} is more than maximum ${maximum}`, 'swap them');
}

function scaleOf(field: Cut<Field>, type: FieldType): number | null {
  if (type === 'Integer' || type === 'Rating') return 0;
  return type === 'Decimal' || type === 'Money' ? (field.scale ?? null) : null;
}

function optionsOf(field: Cut<Field>, type: FieldType): readonly string[] | null {
  if (type === 'YesNoMaybe') return YES_NO_MAYBE;
  return listsOptions(type) && field.options !== undefined ? itemsOf(field.options).map(([, option]) => option) : null;
}
