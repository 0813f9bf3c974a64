import type { InspectedColumn, InspectedTable, Inspection } from '../inspect/inspection.ts';
import type { FieldType } from '../model/object.ts';
import { distinctNames, fieldNames, resourceNameOf } from './names.ts';

/** One column of the file with the field that it goes to. */
export interface PlannedColumn {
  readonly column: InspectedColumn;
  /** Of the variable and of the field. */
  readonly name: string;
  readonly fieldType: FieldType;
}

/** One table of the file with the object that its rows become. */
export interface PlannedTable {
  readonly table: InspectedTable;
  /** What the connector calls the table and its scope, whatever the next file is called. */
  readonly scope: string;
  readonly object: string;
  readonly columns: readonly PlannedColumn[];
  /** Columns beyond what an object or a manifest holds. */
  readonly leftOut: readonly string[];
  /** By which a row finds its record: one, or two that have to fit both. */
  readonly keys: readonly [PlannedColumn] | readonly [PlannedColumn, PlannedColumn];
  /** What a person should know of the key; null: it is unique. */
  readonly keyNote: string | null;
}

/** What the manifests for a file say. */
export interface InitPlan {
  readonly connector: string;
  readonly tables: readonly PlannedTable[];
  /** Tables without columns or rows to learn from, or beyond the most load steps. */
  readonly tablesLeftOut: readonly string[];
}

/** The most that the schemas take: fields of an object, variables and load steps of a connector, names of columns. */
const MOST_FIELDS = 256;
const MOST_VARIABLES = 512;
const MOST_TABLES = 32;
const LONGEST_COLUMN = 128;
const LONGEST_SCOPE = 100;
/** Beyond this a text is no title or name any more. */
const LONG_TEXT = 1000;
/** Longer values cannot be in an index. */
const LONG_KEY = 500;

/** Decides what the manifests for an inspected file say. Null where the file has no table to load. */
export function planInit(inspection: Inspection, name: string | null): InitPlan | null {
  const loadable = inspection.tables.filter(({ columns }) => columns.some(({ name: column }) => isNameable(column)));
  const tables = loadable.slice(0, MOST_TABLES);
  if (tables.length === 0) return null;
  const perTable = Math.min(MOST_FIELDS, Math.floor(MOST_VARIABLES / tables.length));
  const scopes = distinctNames(
    tables.map(({ name: own }) => scopeOf(own, tables.length === 1)),
    '_',
  );
  const own = scopes.map((scope) => resourceNameOf(scope));
  const objects = distinctNames(tables.length === 1 && name !== null ? [name] : own, '-');
  return {
    connector: name ?? (tables.length === 1 ? (objects[0] ?? 'records') : resourceNameOf(nameOfFile(inspection.file))),
    tables: tables.map((table, index) =>
      planTable(table, { scope: scopes[index] ?? '', object: objects[index] ?? 'records' }, perTable),
    ),
    tablesLeftOut: inspection.tables.filter((table) => !tables.includes(table)).map((table) => table.name),
  };
}

function planTable(
  table: InspectedTable,
  names: { readonly scope: string; readonly object: string },
  most: number,
): PlannedTable {
  const nameable = table.columns.filter(({ name }) => isNameable(name));
  const pair = table.keyPair?.every(isNameable) === true ? table.keyPair : null;
  const named: readonly string[] = pair ?? (table.key === null ? [] : [table.key.column]);
  const keyColumns = nameable.filter(({ name }) => named.includes(name));
  // The key is among them wherever it stands.
  const others = nameable.filter((column) => !keyColumns.includes(column)).slice(0, most - keyColumns.length);
  const taken = new Set([...keyColumns, ...others]);
  const chosen = nameable.filter((column) => taken.has(column));
  const fields = fieldNames(chosen.map(({ name }) => name));
  const columns = chosen.map((column, index): PlannedColumn => ({
    column,
    name: fields[index] ?? column.name,
    fieldType: fieldTypeOf(column),
  }));
  const known = named.flatMap((name) => columns.find(({ column }) => column.name === name) ?? []);
  const [first = mostDistinct(columns), second] = known;
  return {
    table,
    ...names,
    columns,
    leftOut: table.columns.filter((column) => !chosen.includes(column)).map(({ name }) => name),
    keys: second === undefined ? [first] : [first, second],
    keyNote: second === undefined ? noteOfKey(table, first, known.length > 0) : null,
  };
}

function noteOfKey({ key, rows }: InspectedTable, { column }: PlannedColumn, isKnown: boolean): string | null {
  if (rows === 0) return `the file has no rows to tell by: is it ${column.name} that the records are known by?`;
  if (!isKnown)
    return `no column and no two of them tell the rows apart: rows of the same ${column.name} become one record, the last one wins; add rules for what else tells them apart, or a column to the file`;
  if (key === null || key.isUnique) return null;
  const count = `${key.exceptions} ${key.exceptions === 1 ? 'row has' : 'rows have'} no value of ${key.exceptions === 1 ? 'its' : 'their'} own`;
  return `${count}: blank ones are rejected, repeated ones update the record of the row before`;
}

/** The date or number at the end of a file's name is another one next week. */
function scopeOf(tableName: string, isOnly: boolean): string {
  const name = tableName.slice(0, LONGEST_SCOPE);
  const steady = name.replace(/(_*[0-9]+)+_*$/, '').replace(/_+$/, '');
  return isOnly && steady !== '' ? steady : name;
}

function mostDistinct(columns: readonly PlannedColumn[]): PlannedColumn {
  const [first, ...others] = columns;
  if (first === undefined) throw new RangeError('a planned table has a column');
  const weight = ({ column }: PlannedColumn): number =>
    (column.longest > LONG_KEY ? -1 : 1) * ((column.distinct ?? 0) - column.blanks);
  return others.reduce((best, one) => (weight(one) > weight(best) ? one : best), first);
}

function isNameable(column: string): boolean {
  return column.length <= LONGEST_COLUMN;
}

function fieldTypeOf({ type, isWhole, longest }: InspectedColumn): FieldType {
  switch (type) {
    case 'Number':
      return isWhole ? 'Integer' : 'Decimal';
    case 'Boolean':
      return 'Checkbox';
    case 'Date':
    case 'DateTime':
    case 'Email':
    case 'PhoneNumber':
      return type;
    default:
      return longest > LONG_TEXT ? 'LongText' : 'Text';
  }
}

function nameOfFile(file: string): string {
  const dot = file.lastIndexOf('.');
  return (dot > 0 ? file.slice(0, dot) : file).toLowerCase().replace(/[^a-z0-9]+/g, '_');
}
