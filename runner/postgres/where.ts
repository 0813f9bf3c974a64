import { invalid } from '../../core/errors/app-error.ts';
import type { FieldModel, FilterOperator, ObjectModel } from '../../core/model/object.ts';
import { findField, renderCondition } from './filter.ts';
import { quotedTable } from './object-table.ts';
import { identifier, joinSql, raw, sql } from './sql.ts';
import type { SqlText } from './sql.ts';

/** Longer ones first, so that `<=` is not read as `<` and a value that starts with `=`. */
const SYMBOLS: readonly (readonly [string, FilterOperator])[] = [
  ['!=', 'NotEquals'],
  ['<=', 'LessThanOrEqual'],
  ['>=', 'GreaterThanOrEqual'],
  ['=', 'Equals'],
  ['<', 'LessThan'],
  ['>', 'GreaterThan'],
];

/** How records refer to each other, seen from one of them: its own relationship, or the inverse of another's. */
interface Relation {
  readonly target: ObjectModel;
  readonly join: (from: string, to: string) => SqlText;
}

const DEPTH_MAX = 4;

/**
 * The condition of conditions written by a person, all of which must hold: `field=value`, also with `!=`, `<`, `<=`, `>`,
 * `>=`; nothing after `=` means blank. Before the operator there may be a path through relationships and their inverse
 * names: `vendor.name=Acme`, `products.sku=A-1`, `products=` (a vendor without products). Related records count only
 * while they are live.
 *
 * A list field holds the value.
 *
 * @param objects of the namespace, where relationships and inverses are looked up.
 * @param alias of the object's table, not quoted.
 * @throws AppError `Invalid` that names what there is.
 */
export function renderWhere(
  object: ObjectModel,
  conditions: readonly string[],
  objects: readonly ObjectModel[],
  alias: string,
): SqlText {
  const parts = conditions.map((condition) => {
    const { path, operator, value } = parseCondition(condition);
    return renderPath({ object, objects, alias, path, operator, value, depth: 0 });
  });
  return parts.length === 0 ? raw('true') : joinSql(parts, ' AND ');
}

interface PathCondition {
  readonly object: ObjectModel;
  readonly objects: readonly ObjectModel[];
  readonly alias: string;
  readonly path: readonly string[];
  readonly operator: FilterOperator;
  readonly value: string;
  readonly depth: number;
}

function parseCondition(text: string): { path: readonly string[]; operator: FilterOperator; value: string } {
  const match = /^([^=!<>]+)(!=|<=|>=|=|<|>)([\s\S]*)$/.exec(text);
  const operator = SYMBOLS.find(([symbol]) => symbol === match?.[2])?.[1];
  if (match === null || operator === undefined) {
    throw invalid(`cannot read the condition ${JSON.stringify(text)}; write field=value`);
  }
  return { path: (match[1] ?? '').trim().split('.'), operator, value: match[3] ?? '' };
}

function renderPath(condition: PathCondition): SqlText {
  const { object, objects, alias, path, operator, value, depth } = condition;
  const [name = '', ...rest] = path;
  const field = findField(object, name);
  if (rest.length === 0 && field !== null) {
    return renderField(object, field, operator, value, alias);
  }
  const relation = findRelation(object, objects, name);
  if (relation === null) {
    throw invalid(
      `object ${object.name} has no ${rest.length === 0 ? 'field or inverse' : 'relationship'} ${JSON.stringify(name)}; there is ${knownNames(object, objects).join(', ')}`,
    );
  }
  if (depth === DEPTH_MAX) {
    throw invalid(`a condition passes more than ${DEPTH_MAX} relationships; write a shorter one`);
  }
  const inner = `r${depth + 1}`;
  const joined = sql`FROM ${raw(quotedTable(relation.target.namespace, relation.target.name))} ${identifier(inner)} WHERE ${identifier(inner, 'archived_at')} IS NULL AND ${relation.join(alias, inner)}`;
  if (rest.length === 0 && value === '' && (operator === 'Equals' || operator === 'NotEquals')) {
    return sql`${raw(operator === 'Equals' ? 'NOT EXISTS' : 'EXISTS')} (SELECT ${joined})`;
  }
  // No related record may have the value, as against: one that has another.
  const negated = operator === 'NotEquals';
  const target = renderPath({
    object: relation.target,
    objects,
    alias: inner,
    path: rest.length === 0 ? ['id'] : rest,
    operator: negated ? 'Equals' : operator,
    value,
    depth: depth + 1,
  });
  return sql`${raw(negated ? 'NOT EXISTS' : 'EXISTS')} (SELECT ${joined} AND ${target})`;
}

/** A list has the value or not; nothing after the operator means blank. */
function renderField(
  object: ObjectModel,
  field: FieldModel,
  operator: FilterOperator,
  value: string,
  alias: string,
): SqlText {
  const condition = (actual: FilterOperator, values: readonly string[]): SqlText =>
    renderCondition(object, { field: field.name, operator: actual, values }, alias);
  if (value === '' && (operator === 'Equals' || operator === 'NotEquals')) {
    return condition(operator === 'Equals' ? 'IsBlank' : 'IsNotBlank', []);
  }
  if (field.columnType.endsWith('[]') && (operator === 'Equals' || operator === 'NotEquals')) {
    const has = condition('Contains', [value]);
    return operator === 'Equals' ? has : sql`NOT (${has})`;
  }
  return condition(operator, [value]);
}

function findRelation(object: ObjectModel, objects: readonly ObjectModel[], name: string): Relation | null {
  const own = object.fields.find((field) => field.name === name && field.object !== null);
  const target = own === undefined ? undefined : objects.find((candidate) => candidate.name === own.object);
  if (own !== undefined && target !== undefined) {
    return { target, join: (from, to) => refersTo(own, from, to) };
  }
  for (const other of objects) {
    const field = other.fields.find((candidate) => candidate.object === object.name && candidate.inverse === name);
    if (field !== undefined) {
      return { target: other, join: (from, to) => refersTo(field, to, from) };
    }
  }
  return null;
}

/** True where the record `holder` refers to the record `referred`. */
function refersTo(field: FieldModel, holder: string, referred: string): SqlText {
  const column = identifier(holder, field.name);
  const id = identifier(referred, 'id');
  return field.columnType === 'uuid[]' ? sql`${column} @> ARRAY[${id}]` : sql`${column} = ${id}`;
}

function knownNames(object: ObjectModel, objects: readonly ObjectModel[]): readonly string[] {
  const inverses = objects.flatMap((other) =>
    other.fields.flatMap((field) => (field.object === object.name && field.inverse !== null ? [field.inverse] : [])),
  );
  return ['id', ...object.fields.map((field) => field.name), ...inverses];
}
