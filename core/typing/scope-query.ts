import { chainQuery } from './conversion-chain.ts';
import { detectionQuery, settledSql } from './detect.ts';
import { problemSql } from './problem-sql.ts';
import { quoteText } from './sql-text.ts';
import {
  conversionChain,
  SCOPE,
  type TypingOptions,
  type VariablePlan,
  type VariableReading,
} from './variable-plan.ts';

/** What the typing of a scope starts from. */
export interface ScopeSource {
  /** A SELECT of the columns of the scope, in the order that the rows are numbered in. */
  readonly query: string;
  readonly plans: readonly VariablePlan[];
  readonly options: TypingOptions;
  /** The column of the scope that carries `_row` of an input table along; null where none does. */
  readonly inputRow: string | null;
  /** What enters every row hash besides the variables. */
  readonly literals: string;
}

/** Settings of every typing query. Short circuits compute a column again for each of its uses. */
export const TYPING_SETTINGS: Readonly<Record<string, string>> = {
  short_circuit_function_evaluation: 'disable',
  output_format_json_escape_forward_slashes: '0',
  // Tables of offsets stand in the query.
  max_query_size: '100000000',
  max_ast_elements: '10000000',
  max_expanded_ast_elements: '10000000',
};

/** A SELECT of the non-blank texts `s` of one variable, elements of lists one by one. */
export function textQuery(source: ScopeSource, plan: VariablePlan): string {
  const text = plan.variable.arrayDelimiter === null ? `${plan.prefix}s` : `arrayJoin(${plan.prefix}s)`;
  return `SELECT s FROM (SELECT ${text} AS s FROM (${textLevels(source.query, [plan], null)})) WHERE s != ''`;
}

/** The query of counts from which `chooseFormat` tells the format of a variable. */
export function formatQuery(source: ScopeSource, plan: VariablePlan): string {
  return detectionQuery(plan.variable.type, textQuery(source, plan));
}

/**
 * A query of one row, made in one pass over the scope: for each of the variables, in a column `<prefix>open`, how many
 * texts keep its format from being settled. Only where there are any, `formatQuery` has to tell.
 */
export function settledQuery(source: ScopeSource, plans: readonly VariablePlan[]): string {
  const counts = plans.map(({ variable, prefix }) => {
    const open = `s != '' AND NOT (${settledSql(variable.type)})`;
    const texts = variable.arrayDelimiter === null ? `[${prefix}s]` : `${prefix}s`;
    return `sum(arrayCount(s -> ${open}, ${texts})) AS ${prefix}open`;
  });
  return `SELECT ${counts.join(', ')} FROM (${textLevels(source.query, plans, null)})`;
}

const NO_READING: VariableReading = { format: null, phoneTable: null };

/** Columns of the typed table, besides `n`, `hash`, `rejected` and `problems`. */
export interface TypedColumns {
  readonly names: readonly string[];
  /** Canonical values in the order of the variables, '' for blank, JSON for lists. */
  readonly values: readonly string[];
  /** Counts of values that were not of their type, by the position of the variable. */
  readonly failed: ReadonlyMap<number, string>;
  /** Whether NUL characters were removed, by the position of the variable. */
  readonly nul: ReadonlyMap<number, string>;
}

export function typedColumns(plans: readonly VariablePlan[]): TypedColumns {
  const values = plans.map(({ prefix }) => `${prefix}value`);
  const failed = new Map(
    plans.flatMap((plan, index) => (plan.canonical ? [] : [[index, `${plan.prefix}failed`] as const])),
  );
  const nul = new Map(
    plans.flatMap((plan, index) => (plan.nulSql === null ? [] : [[index, `${plan.prefix}nul`] as const])),
  );
  return { names: [...values, ...failed.values(), ...nul.values()], values, failed, nul };
}

/** The columns of typed rows with their types, as CREATE TABLE has them: the engine takes its time to find them in the query. */
export function typedStructure(plans: readonly VariablePlan[]): string {
  const { values, failed, nul } = typedColumns(plans);
  return [
    'n UInt64, input_row UInt64, hash FixedString(16), rejected UInt8, problems String',
    ...values.map((name) => `${name} String`),
    ...[...failed.values()].map((name) => `${name} UInt32`),
    ...[...nul.values()].map((name) => `${name} UInt8`),
  ].join(', ');
}

/**
 * The rows of a scope, typed: `n` from 1, `input_row` (0 for none), `hash` FixedString(16), `rejected`, `problems` (JSON, '' for none), then
 * `typedColumns`. Order and numbers hold on one thread only.
 *
 * @param kept a condition on `n`: the other rows count, but are not typed; null: all are
 */
export function typedQuery(
  source: ScopeSource,
  readings: readonly VariableReading[],
  kept: string | null = null,
): string {
  const { plans, options } = source;
  const chains = plans.map((plan, index) =>
    conversionChain(plan, readings[index]?.format ?? null, options, readings[index]?.phoneTable ?? null),
  );
  const converted = chainQuery(textLevels(source.query, plans, source.inputRow ?? '0', kept), chains);
  const columns = typedColumns(plans);
  const checked = `SELECT *, ${plans.flatMap(checkedColumns).join(', ') || '1 AS nothing'} FROM (${converted})`;
  const problems = plans.flatMap((plan, index) => problemSql(plan, readings[index] ?? NO_READING));
  const list = `arrayConcat(emptyArrayString(), ${problems.join(', ') || 'emptyArrayString()'})`;
  const faulty = [
    ...columns.failed.values(),
    ...columns.nul.values(),
    ...plans.flatMap(({ variable, prefix }) => (variable.required ? [`empty(${prefix}value)`] : [])),
  ];
  const rejected = plans.flatMap(({ variable, prefix }) => (variable.required ? [`empty(${prefix}value)`] : []));
  const anyFault = faulty.length === 0 ? '0' : faulty.map((fault) => `${fault} > 0`).join(' OR ');
  // Values hold no NUL character, so it parts them without doubt; blank is '', which no value is.
  const hashed = [quoteText(source.literals), ...columns.values].map((value) => `${value}, '\\0'`).join(', ');
  return (
    `SELECT n, input_row, sipHash128(concat(${hashed})) AS hash, toUInt8(${rejected.join(' OR ') || '0'}) AS rejected, ` +
    `if(${anyFault}, concat('[', arrayStringConcat(${list}, ','), ']'), '') AS problems` +
    `${columns.names.map((name) => `, ${name}`).join('')} FROM (${checked})`
  );
}

function textLevels(
  query: string,
  plans: readonly VariablePlan[],
  inputRow: string | null,
  kept: string | null = null,
): string {
  const raw = plans.map(({ prefix, rawSql }) => `${rawSql} AS ${prefix}raw`);
  const numbers = [
    `rowNumberInAllBlocks() + 1 AS n`,
    `toUInt64OrZero(ifNull(toString(${inputRow ?? '0'}), '')) AS input_row`,
  ];
  const first = [...(inputRow === null ? [] : numbers), ...raw].join(', ') || '1 AS nothing';
  const texts = plans.flatMap(({ prefix, textSql, nulSql }) => [
    `${textSql} AS ${prefix}s`,
    ...(nulSql === null ? [] : [`toUInt8(${nulSql}) AS ${prefix}nul`]),
  ]);
  const where = kept === null ? '' : ` WHERE ${kept}`;
  return `SELECT *${texts.map((text) => `, ${text}`).join('')} FROM (SELECT ${first} FROM (${query}) AS ${SCOPE})${where}`;
}

function checkedColumns({ variable, prefix, canonical }: VariablePlan): string[] {
  if (variable.arrayDelimiter === null) {
    const failed = canonical ? [] : [`toUInt32(${prefix}s != '' AND ${prefix}v = '') AS ${prefix}failed`];
    return [...failed, `${prefix}v AS ${prefix}value`];
  }
  const kept = `arrayFilter(x -> x != '', ${prefix}v)`;
  const failed = canonical ? [] : [`toUInt32(countEqual(${prefix}v, '')) AS ${prefix}failed`];
  return [...failed, `if(empty(${kept}), '', toJSONString(${kept})) AS ${prefix}value`];
}
