import type { ScopeModel, VariableType } from '../../core/model/connector.ts';
import type { InputColumn, StageFailure } from '../../core/model/stages.ts';
import { parseClickHouseType, type ClickHouseType } from '../../core/typing/clickhouse-type.ts';
import { quoteName, quoteTable, quoteText } from '../../core/typing/sql-text.ts';
import { EngineError, TIMEOUT_EXCEEDED, type ChdbSession } from '../chdb/session.ts';
import type { SqlJob } from './sql-job.ts';

/** A table that the script left, or the input table itself. */
export interface ProducedScope {
  readonly name: string;
  /** What can stand after FROM: the table, quoted, with its database, or a SELECT of it in parentheses. */
  readonly table: string;
  readonly columns: readonly InputColumn[];
}

/** A produced scope with the variables that are read from it. */
export interface BoundScope extends ProducedScope {
  /** As the model names it, '' included; null where the model knows no such scope. */
  readonly model: ScopeModel | null;
}

/** The column that carries row numbers through a script; it needs no declaration. */
export const ROW_COLUMN = '_row';

/** Columns of a table as `SELECT *` gives them. */
export function describeColumns(session: ChdbSession, table: string): InputColumn[] {
  return session
    .rows(`DESCRIBE (SELECT * FROM ${table})`)
    .map((row) => ({ name: String(row['name']), type: String(row['type']) }));
}

/** Views and other tables that are computed as they are read, copied under the settings of the script. */
export interface OutputCopies {
  /** Quoted names of the copies by the name in `output`. */
  readonly tables: ReadonlyMap<string, string>;
  /** What could not be read; it is no scope. */
  readonly failed: ReadonlyMap<string, EngineError>;
}

/** Reads every view of `output` once. `limit` is asked before each, and may set how long it takes. */
export function copyViews(session: ChdbSession, limit: () => boolean): OutputCopies {
  const tables = new Map<string, string>();
  const failed = new Map<string, EngineError>();
  for (const { name, stored } of listTables(session)) {
    if (stored) continue;
    const copy = quoteTable('scopes', `copy_${tables.size}`);
    try {
      if (!limit()) throw new EngineError(`Code: ${TIMEOUT_EXCEEDED}. DB::Exception: the time was up`, null);
      session.execute(
        `CREATE TABLE ${copy} ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM ${quoteTable('output', name)}`,
      );
      tables.set(name, copy);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      failed.set(name, error);
    }
  }
  return { tables, failed };
}

/** Tables of `output` by name, views as their copies. */
export function listOutput(session: ChdbSession, copies: OutputCopies): ProducedScope[] {
  return listTables(session).flatMap(({ name, stored, sorted }) => {
    const table = stored ? quoteTable('output', name) : copies.tables.get(name);
    if (table === undefined) return [];
    // Merging decides the order of a sorted table: merged to the end, it is always the same.
    if (sorted) session.execute(`OPTIMIZE TABLE ${table} FINAL`);
    return [{ name, ...withPlainNames(table, describeColumns(session, table)) }];
  });
}

/**
 * In a join, ClickHouse calls the column of `SELECT p.sku` `p.sku` where another table has a `sku` too. Who wrote it
 * means `sku`: the qualifier is dropped wherever the rest names one column only.
 */
function withPlainNames(table: string, columns: readonly InputColumn[]): Pick<ProducedScope, 'table' | 'columns'> {
  const plainName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const counts = new Map<string, number>();
  for (const { name } of columns) counts.set(plainName(name), (counts.get(plainName(name)) ?? 0) + 1);
  const renamed = columns.map((column) => {
    const plain = plainName(column.name);
    return plain !== '' && counts.get(plain) === 1 ? { ...column, name: plain } : column;
  });
  if (renamed.every((column, index) => column.name === columns[index]?.name)) return { table, columns };
  const selected = columns.map(({ name }, index) => `${quoteName(name)} AS ${quoteName(renamed[index]?.name ?? name)}`);
  return { table: `(SELECT ${selected.join(', ')} FROM ${table})`, columns: renamed };
}

function listTables(session: ChdbSession): { name: string; stored: boolean; sorted: boolean }[] {
  const query = `SELECT name, engine, sorting_key FROM system.tables WHERE database = 'output' AND NOT is_temporary ORDER BY name`;
  return session.rows(query).map((row) => {
    const stored = String(row['engine']).endsWith('MergeTree');
    return { name: String(row['name']), stored, sorted: stored && row['sorting_key'] !== '' };
  });
}

/** Without SQL the one input table is the scope. */
export function inputScopes(session: ChdbSession, job: SqlJob): ProducedScope[] {
  return job.tables
    .filter(({ page }) => page !== null)
    .map(({ name }) => {
      const table = quoteTable('input', name);
      return { name, table, columns: describeColumns(session, table) };
    });
}

/** Joins what was produced to what is declared. The scope that the model leaves unnamed is the only one there is. */
export function bindScopes(
  produced: readonly ProducedScope[],
  job: SqlJob,
): { readonly scopes: readonly BoundScope[]; readonly failure: StageFailure | null } {
  const only = produced.length === 1 ? produced[0] : undefined;
  const nameOf = (model: ScopeModel): string | undefined => (model.name === '' ? only?.name : model.name);
  const scopes = produced.map((scope) => ({
    ...scope,
    model: job.scopes.find((model) => nameOf(model) === scope.name) ?? null,
  }));
  return { scopes, failure: missingScope(produced, job) ?? missingColumn(scopes) ?? undeclaredColumn(scopes, job) };
}

function missingScope(produced: readonly ProducedScope[], job: SqlJob): StageFailure | null {
  const names = new Set(produced.map(({ name }) => name));
  const needed = [...new Set([...job.scopes.map(({ name }) => name), ...job.stepScopes])];
  const missing = needed.filter((name) => (name === '' ? produced.length !== 1 : !names.has(name)));
  if (missing.length === 0) return null;
  const there = `there ${produced.length === 1 ? 'is' : 'are'} ${[...names].join(', ')}`;
  const details = missing.map((name) => ({
    message: name === '' ? `no scope is named, and there is more than one: ${there}` : `no scope '${name}'; ${there}`,
    path: name === '' ? 'spec.loadSteps' : scopePath(job, name),
    hint:
      name === ''
        ? `add scope: to the variables and load steps`
        : `name a scope that is there, or make a table of this name`,
  }));
  return { code: 'MissingScope', message: details.map(({ message }) => message).join('; '), details };
}

function scopePath(job: SqlJob, name: string): string {
  return job.scopes.find((scope) => scope.name === name)?.variables[0]?.path ?? 'spec.loadSteps';
}

function missingColumn(scopes: readonly BoundScope[]): StageFailure | null {
  const details = scopes.flatMap(({ name, columns, model }) =>
    (model?.variables ?? [])
      .filter(({ column }) => !columns.some((one) => one.name === column))
      .map(({ column, path }) => ({
        message: `scope ${name} has no column '${column}'; there ${columns.length === 1 ? 'is' : 'are'} ${columns.map((one) => one.name).join(', ')}`,
        path,
        hint: 'correct the name, or set column: to the one that is meant',
      })),
  );
  return details.length === 0
    ? null
    : { code: 'MissingColumn', message: details.map(({ message }) => message).join('; '), details };
}

/** Columns of a scope that no variable reads, `_row` excepted. */
export function undeclaredColumns({ columns, model }: BoundScope): InputColumn[] {
  const declared = new Set((model?.variables ?? []).map(({ column }) => column));
  return columns.filter(({ name }) => name !== ROW_COLUMN && !declared.has(name));
}

function undeclaredColumn(scopes: readonly BoundScope[], job: SqlJob): StageFailure | null {
  if (job.script === null) return null;
  const details = scopes.flatMap((scope) =>
    undeclaredColumns(scope).map((column) => {
      const declaration = declarationOf(scope.name, column);
      return {
        message: `the column ${column.name} of scope ${scope.name} (${column.type}) is not declared`,
        path: 'spec.executionVariables',
        hint: `add: ${declaration}`,
        declaration,
      };
    }),
  );
  if (details.length === 0) return null;
  const names = details.map(({ message }) => message).join('; ');
  const lines = details.map(({ declaration }) => `    ${declaration}`).join('\n');
  return {
    code: 'UndeclaredColumn',
    message: `${names}. Add to spec.executionVariables, or leave the columns out of the SQL:\n${lines}`,
    details: details.map(({ message, path, hint }) => ({ message, path, hint })),
  };
}

function declarationOf(scope: string, column: InputColumn): string {
  const name = /^[a-z_][a-z0-9_]{0,62}$/.test(column.name) ? column.name : cleanName(column.name);
  const source = name === column.name ? '' : `, column: ${JSON.stringify(column.name)}`;
  const type = parseClickHouseType(column.type);
  const array = type.kind === 'Array' ? `, array: {delimiter: ','}` : '';
  return `- {name: ${name}, scope: ${JSON.stringify(scope)}${source}, type: ${guessType(type)}${array}}`;
}

function cleanName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .replace(/^(?=[0-9])/, '_')
    .slice(0, 63);
}

function guessType(type: ClickHouseType): VariableType {
  switch (type.kind) {
    case 'Integer':
    case 'Float':
    case 'Decimal':
      return 'Number';
    case 'Bool':
      return 'Boolean';
    case 'Uuid':
      return 'UUID';
    case 'Date':
    case 'DateTime':
      return type.kind;
    case 'Array':
      return type.element === null ? 'String' : guessType(type.element);
    default:
      return 'String';
  }
}

/** The order of a scope whose rows came in any other: by `_row` where it carries it, else by all columns. */
export function orderOf({ columns }: ProducedScope): string {
  const carried = columns.filter(({ name }) => name === ROW_COLUMN);
  const others = columns.filter(({ name }) => name !== ROW_COLUMN);
  // Rows with one number, or with none, still need one order.
  const keys = [...carried, ...others].map(({ name, type }) => {
    const comparable = !/\b(?:JSON|Object|Dynamic|Variant|Map)\b/.test(type);
    return comparable ? quoteName(name) : `toJSONString(${quoteName(name)})`;
  });
  return keys.join(', ') || quoteText('');
}
