import type { Filter, FilterCondition as Condition } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import {
  ID_FIELD,
  type ColumnType,
  type FieldModel,
  type FilterCondition,
  type FilterModel,
  type FilterOperator,
} from '../model/object.ts';
import { itemsOf, type Cut } from './cut.ts';
import { nameHint, type FaultCollector } from './fault-collector.ts';
import type { KnownObject } from './known-object.ts';
import { parseFault } from './value-syntax.ts';

/** The fields that a filter may name, and whether these are all. */
type Fields = Pick<KnownObject, 'fields' | 'areFieldsKnown'>;

const EQUALITY = ['Equals', 'NotEquals', 'In', 'NotIn', 'IsBlank', 'IsNotBlank'] as const;
const ORDER = ['LessThan', 'LessThanOrEqual', 'GreaterThan', 'GreaterThanOrEqual'] as const;

/** Operators by the type of the column. Lists are searched by Contains; texts have no order that all would agree on. */
const OPERATORS: Readonly<Record<ColumnType, readonly FilterOperator[]>> = {
  text: [...EQUALITY, 'Contains', 'StartsWith'],
  numeric: [...EQUALITY, ...ORDER],
  boolean: EQUALITY,
  date: [...EQUALITY, ...ORDER],
  timestamptz: [...EQUALITY, ...ORDER],
  uuid: EQUALITY,
  'text[]': ['Contains', 'IsBlank', 'IsNotBlank'],
  'uuid[]': ['Contains', 'IsBlank', 'IsNotBlank'],
};

const TIME_FIELD: FieldModel = { ...ID_FIELD, type: 'DateTime', columnType: 'timestamptz' };

/** Columns besides the fields that a filter may name. */
const SYSTEM_FIELDS: ReadonlyMap<string, FieldModel> = new Map([
  ['id', ID_FIELD],
  ['archived_at', { ...TIME_FIELD, name: 'archived_at' }],
  ['created_at', { ...TIME_FIELD, name: 'created_at' }],
  ['updated_at', { ...TIME_FIELD, name: 'updated_at' }],
]);

/** Checks the conditions of a filter against the fields of its object. What is returned holds the sound ones. */
export function buildFilter(filter: Cut<Filter>, object: Fields, path: FieldPath, faults: FaultCollector): FilterModel {
  const conditions = (list: 'all' | 'any'): readonly FilterCondition[] =>
    itemsOf(filter[list]).flatMap(([index, condition]) => {
      const built = buildCondition(condition, object, [...path, list, index], faults);
      return built === null ? [] : [built];
    });
  return { all: conditions('all'), any: conditions('any') };
}

function buildCondition(
  condition: Cut<Condition>,
  object: Fields,
  path: FieldPath,
  faults: FaultCollector,
): FilterCondition | null {
  const { field: name, operator } = condition;
  const known = name === undefined ? undefined : (object.fields.get(name) ?? SYSTEM_FIELDS.get(name));
  if (name !== undefined && known === undefined && !object.fields.has(name) && object.areFieldsKnown) {
    const hint = nameHint(name, [...object.fields.keys(), ...SYSTEM_FIELDS.keys()], 'declare it');
    faults.fault([...path, 'field'], `the object has no field ${name}`, hint);
  }
  if (operator === undefined) return null;
  const values = valuesOf(condition, operator, path, faults);
  if (name === undefined || !known) return null;
  const allowed = OPERATORS[known.columnType];
  if (!allowed.includes(operator)) {
    const message = `${operator} does not fit ${name}, which is of type ${known.type}`;
    faults.fault([...path, 'operator'], message, `use one of ${allowed.join(', ')}`);
    return null;
  }
  for (const [part, value] of values) checkValue(known, operator, value, [...path, ...part], faults);
  return { field: name, operator, values: values.map(([, value]) => value) };
}

/** The values of a condition with where they stand; how many there may be depends on the operator. */
function valuesOf(
  condition: Cut<Condition>,
  operator: FilterOperator,
  path: FieldPath,
  faults: FaultCollector,
): readonly (readonly [FieldPath, string])[] {
  const wanted = wantedProperty(operator);
  for (const property of ['value', 'values'] as const) {
    if (property !== wanted && condition[property] !== undefined) {
      const hint = wanted === null ? 'remove it' : `write ${wanted} instead`;
      faults.fault([...path, property], `${operator} takes no ${property}`, hint);
    }
  }
  if (wanted !== null && !(wanted in condition))
    faults.fault([...path, wanted], `${operator} needs ${wanted}`, 'add it');
  if (wanted === 'value') return condition.value === undefined ? [] : [[['value'], condition.value]];
  if (wanted === 'values') return itemsOf(condition.values).map(([index, value]) => [['values', index], value]);
  return [];
}

function wantedProperty(operator: FilterOperator): 'value' | 'values' | null {
  if (operator === 'IsBlank' || operator === 'IsNotBlank') return null;
  return operator === 'In' || operator === 'NotIn' ? 'values' : 'value';
}

function checkValue(
  field: FieldModel,
  operator: FilterOperator,
  value: string,
  path: FieldPath,
  faults: FaultCollector,
): void {
  if (value === '') {
    faults.fault(path, 'the value is empty', 'use IsBlank or IsNotBlank');
    return;
  }
  if (field.columnType === 'text' && (operator === 'Contains' || operator === 'StartsWith')) return;
  if (field.options !== null && !field.options.includes(value)) {
    const hint = nameHint(value, field.options, 'list the option');
    faults.fault(path, `${JSON.stringify(value)} is not an option of ${field.name}`, hint);
    return;
  }
  const fault = parseFault(field.columnType, value);
  if (fault === null) return;
  faults.fault(path, `${JSON.stringify(value)} is not a value of ${field.name} (${field.type})`, fault);
}
