import { invalid } from '../../core/errors/app-error.ts';
import { ID_FIELD } from '../../core/model/object.ts';
import type { FieldModel, FilterCondition, FilterModel, FilterOperator, ObjectModel } from '../../core/model/object.ts';
import { parseFault } from '../../core/validate/value-syntax.ts';
import { matchCondition } from './match-key.ts';
import { identifier, joinSql, raw, sql } from './sql.ts';
import type { SqlText } from './sql.ts';

const TIME_FIELD: FieldModel = { ...ID_FIELD, type: 'DateTime', columnType: 'timestamptz' };

/** Columns besides the fields that a filter may name. */
const SYSTEM_FIELDS: readonly FieldModel[] = [
  ID_FIELD,
  ...['archived_at', 'created_at', 'updated_at'].map((name) => ({ ...TIME_FIELD, name })),
  { ...ID_FIELD, name: 'execution_id', type: 'Text', columnType: 'text' },
];

const ORDER_OPERATORS: Partial<Record<FilterOperator, string>> = {
  LessThan: '<',
  LessThanOrEqual: '<=',
  GreaterThan: '>',
  GreaterThanOrEqual: '>=',
};

/** A field of an object, or one of the columns that every record has; null for none. */
export function findField(object: ObjectModel, name: string): FieldModel | null {
  return [...object.fields, ...SYSTEM_FIELDS].find((field) => field.name === name) ?? null;
}

/**
 * The condition that a filter stands for, on the table of its object under an alias. Parameters are texts only, so that
 * it can also be written into a COPY (see inlineValues). Never null: true or false for every record. Whether archived
 * records count is for the caller to say.
 *
 * @param alias not quoted.
 * @throws AppError `Invalid` for a field, an operator or a value that does not fit.
 */
export function renderFilter(object: ObjectModel, filter: FilterModel, alias: string): SqlText {
  const all = filter.all.map((condition) => renderCondition(object, condition, alias));
  const any = filter.any.map((condition) => renderCondition(object, condition, alias));
  const parts = any.length === 0 ? all : [...all, sql`(${joinSql(any, ' OR ')})`];
  return parts.length === 0 ? raw('true') : joinSql(parts, ' AND ');
}

/** One comparison; see renderFilter. Not being equal includes being blank. */
export function renderCondition(object: ObjectModel, condition: FilterCondition, alias: string): SqlText {
  const field = findField(object, condition.field);
  if (field === null) {
    throw invalid(`object ${object.name} has no field ${JSON.stringify(condition.field)}`);
  }
  const column = identifier(alias, field.name);
  const { operator, values } = condition;
  switch (operator) {
    case 'IsBlank':
      return renderBlank(field, column);
    case 'IsNotBlank':
      return sql`NOT ${renderBlank(field, column)}`;
    case 'Equals':
    case 'In':
      return sql`(${renderEquals(object, field, column, values)}) IS TRUE`;
    case 'NotEquals':
    case 'NotIn':
      return sql`(${renderEquals(object, field, column, values)}) IS NOT TRUE`;
    case 'Contains':
    case 'StartsWith':
      return sql`(${renderPart(object, field, column, operator, only(object, condition))}) IS TRUE`;
    default:
      return renderOrder(object, field, column, operator, only(object, condition));
  }
}

/** Blank is null; writers from outside may also have left an empty text or list. */
function renderBlank(field: FieldModel, column: SqlText): SqlText {
  if (field.columnType.endsWith('[]')) {
    return sql`(coalesce(cardinality(${column}), 0) = 0)`;
  }
  return field.columnType === 'text' ? sql`(coalesce(${column}, '') = '')` : sql`(${column} IS NULL)`;
}

function renderEquals(object: ObjectModel, field: FieldModel, column: SqlText, values: readonly string[]): SqlText {
  if (field.columnType.endsWith('[]') || values.length === 0) {
    throw misfit(object, field, values.length === 0 ? 'a comparison without a value' : 'Equals');
  }
  const comparisons = values.map((value) => {
    const typed = typedValue(object, field, value);
    return field.columnType === 'text'
      ? spliceInto(matchCondition(field, '\u0001', '\u0002'), column, typed)
      : sql`${column} = ${typed}`;
  });
  return joinSql(comparisons, ' OR ');
}

/** The condition that matching uses, so that the same index serves. */
function spliceInto(template: string, column: SqlText, value: SqlText): SqlText {
  const parts = template.split(/([\u0001\u0002])/);
  return joinSql(
    parts.map((part) => (part === '\u0001' ? column : part === '\u0002' ? value : raw(part))),
    '',
  );
}

function renderPart(
  object: ObjectModel,
  field: FieldModel,
  column: SqlText,
  operator: 'Contains' | 'StartsWith',
  value: string,
): SqlText {
  if (field.columnType === 'text') {
    const folded = field.type === 'Email' ? sql`lower(${column})` : column;
    const sought = field.type === 'Email' ? sql`lower(${value}::text)` : sql`${value}::text`;
    return operator === 'StartsWith' ? sql`starts_with(${folded}, ${sought})` : sql`strpos(${folded}, ${sought}) > 0`;
  }
  if (operator === 'Contains' && field.columnType.endsWith('[]')) {
    return sql`${column} @> ARRAY[${typedValue(object, field, value)}]`;
  }
  throw misfit(object, field, operator);
}

function renderOrder(
  object: ObjectModel,
  field: FieldModel,
  column: SqlText,
  operator: FilterOperator,
  value: string,
): SqlText {
  const symbol = ORDER_OPERATORS[operator];
  if (symbol === undefined || !['numeric', 'date', 'timestamptz'].includes(field.columnType)) {
    throw misfit(object, field, operator);
  }
  return sql`(${column} ${raw(symbol)} ${typedValue(object, field, value)}) IS TRUE`;
}

/** A value as the type of the column, or of its elements. */
function typedValue(object: ObjectModel, field: FieldModel, value: string): SqlText {
  const type = field.columnType.replace('[]', '');
  const fault = value.includes('\0') ? 'remove the NUL character' : parseFault(field.columnType, value);
  if (fault !== null) {
    throw invalid(`${JSON.stringify(value)} is not a value of ${object.name}.${field.name} (${field.type}): ${fault}`);
  }
  return sql`${value}::${raw(type)}`;
}

function only(object: ObjectModel, condition: FilterCondition): string {
  const [value] = condition.values;
  if (value === undefined || condition.values.length !== 1) {
    throw invalid(`${condition.operator} on ${object.name}.${condition.field} takes exactly one value`);
  }
  return value;
}

function misfit(object: ObjectModel, field: FieldModel, what: string): Error {
  return invalid(`${what} does not fit ${object.name}.${field.name}, which is of type ${field.type}`);
}
