import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';

import { AppError } from '../../core/errors/app-error.ts';
import type { ReferenceDataModel } from '../../core/model/connector.ts';
import type { FieldModel } from '../../core/model/object.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import type { InputColumn } from '../../core/model/stages.ts';
import { databaseError } from './database-error.ts';
import { renderFilter } from './filter.ts';
import { quotedTable } from './object-table.ts';
import type { SqlConnection, SqlPool } from './pool.ts';
import { withTransaction } from './pool.ts';
import { inlineValues, quoteIdentifier, raw, sql } from './sql.ts';
import type { SqlText } from './sql.ts';
import { readTableState, SYSTEM_TYPES } from './table-state.ts';

/** The id of the record, before the fields. */
const ID_COLUMN: InputColumn = { name: 'kizen_id', type: 'UUID' };

/** Digits that a ClickHouse Decimal holds. */
const DECIMAL_DIGITS = 76;
const DEFAULT_SCALE = 18;

/** ClickHouse's Date32 and DateTime64(6) hold these years only, and wrap or clamp others without a word. */
const FIRST_DAY = '1900-01-01';
const LAST_DAY = '2299-12-31';
const FIRST_INSTANT = `TIMESTAMPTZ '${FIRST_DAY} 00:00:00+00'`;
const LAST_INSTANT = `TIMESTAMPTZ '${LAST_DAY} 23:59:59.999999+00'`;

export interface ReferenceExport {
  readonly columns: readonly InputColumn[];
  readonly rows: number;
  readonly warnings: readonly RunWarning[];
}

/**
 * The columns of a reference table with their ClickHouse types, as they are while no record asks for more: `kizen_id
 * UUID`, texts, numbers as Decimal(76, scale of the field; 0 for whole numbers, 18 where none is declared), Bool, Date32,
 * DateTime64(6, 'UTC'), UUID, all Nullable; Array(String) and Array(UUID), where blank is the empty array.
 */
export function buildReferenceColumns(reference: ReferenceDataModel): readonly InputColumn[] {
  return columnsOf(
    reference,
    reference.fields.map((field) => defaultScale(field)),
  );
}

/**
 * Writes the live records that a reference asks for into a file of ClickHouse TabSeparated (see stages.ts), ordered by
 * id. A number with more digits after the point than its type has room for makes the scale of its column larger, up to
 * 76 digits in all. Dates outside of 1900 to 2299 become the nearest of these, with a warning that counts them.
 *
 * @throws AppError `ReferenceDataTooLarge` for a number of more than 76 digits, NaN or infinity, naming the field.
 */
export async function exportReference(
  pool: SqlPool,
  reference: ReferenceDataModel,
  file: string,
): Promise<ReferenceExport> {
  const [exported] = await exportReferences(pool, [{ reference, file }]);
  if (exported === undefined) {
    throw new AppError({ code: 'InternalError', class: 'terminal', message: 'an export had no result' });
  }
  return exported;
}

/** Several references in one snapshot of the database; see exportReference. */
export async function exportReferences(
  pool: SqlPool,
  targets: readonly { readonly reference: ReferenceDataModel; readonly file: string }[],
): Promise<readonly ReferenceExport[]> {
  return withTransaction(
    pool,
    async (connection) => {
      const exports: ReferenceExport[] = [];
      for (const { reference, file } of targets) {
        exports.push(await exportOne(connection, reference, file));
      }
      return exports;
    },
    { isolation: 'REPEATABLE READ', readOnly: true },
  );
}

async function exportOne(
  connection: SqlConnection,
  reference: ReferenceDataModel,
  file: string,
): Promise<ReferenceExport> {
  const state = await readTableState(connection, reference.object);
  const present = new Set(state?.columns.map((column) => column.name) ?? []);
  const source = renderSource(reference, present, state !== null);
  const extent = await readExtent(connection, reference, source);
  const selected = ['r.id::text', ...reference.fields.map((field) => renderExported(field))].join(', ');
  const text = `COPY (SELECT ${selected} FROM ${inlineValues(source)} ORDER BY r.id) TO STDOUT`;
  const stream = connection.pg.query(copyTo(text));
  try {
    await pipeline(stream, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    throw databaseError(error);
  }
  return { columns: columnsOf(reference, extent.scales), rows: extent.rows, warnings: extent.warnings };
}

/** The records asked for, under the alias `r`, with blanks for fields that the table does not have yet. */
function renderSource(reference: ReferenceDataModel, present: ReadonlySet<string>, hasTable: boolean): SqlText {
  const { object, filter } = reference;
  const columns = [
    ...Object.entries(SYSTEM_TYPES).map(([name, type]) => (hasTable ? name : `NULL::${type} AS ${name}`)),
    ...object.fields.map((field) =>
      present.has(field.name)
        ? quoteIdentifier(field.name)
        : `NULL::${field.columnType} AS ${quoteIdentifier(field.name)}`,
    ),
  ].join(', ');
  const from = hasTable ? ` FROM ${quotedTable(object.namespace, object.name)}` : ' WHERE false';
  const condition = filter === null ? raw('true') : renderFilter(object, filter, 'r');
  return sql`(SELECT ${raw(columns)}${raw(from)}) r WHERE r.archived_at IS NULL AND ${condition}`;
}

interface Extent {
  readonly rows: number;
  /** By field; null where it is no number. */
  readonly scales: readonly (number | null)[];
  readonly warnings: readonly RunWarning[];
}

/** What the records hold that ClickHouse's types may not: counted before anything is written. */
async function readExtent(connection: SqlConnection, reference: ReferenceDataModel, source: SqlText): Promise<Extent> {
  const measures = reference.fields.map((field, index) => {
    const column = `r.${quoteIdentifier(field.name)}`;
    if (field.columnType === 'numeric') {
      return (
        `, max(scale(trim_scale(${column}))) AS scale_${index}` +
        `, max(length(trunc(abs(${column}))::text)) AS whole_${index}` +
        `, count(*) FILTER (WHERE ${column} IN ('NaN', 'Infinity', '-Infinity')) AS special_${index}`
      );
    }
    return isTime(field) ? `, count(*) FILTER (WHERE ${renderOutside(field, column)}) AS outside_${index}` : '';
  });
  const { rows } = await connection.query(sql`SELECT count(*) AS row_count${raw(measures.join(''))} FROM ${source}`);
  const row = rows[0] ?? {};
  const number = (name: string): number => Number(row[name] ?? 0);
  const scales = reference.fields.map((field, index) => {
    const fallback = defaultScale(field);
    if (fallback === null) {
      return null;
    }
    const scale = Math.max(fallback, number(`scale_${index}`));
    const wholeDigits = number(`whole_${index}`);
    // A column without a declared scale gives up room after the point for digits before it.
    const fitting = wholeDigits + scale > DECIMAL_DIGITS ? number(`scale_${index}`) : scale;
    if (number(`special_${index}`) > 0 || wholeDigits + fitting > DECIMAL_DIGITS) {
      throw tooLarge(reference, field);
    }
    return fitting;
  });
  const warnings = reference.fields.flatMap((field, index) => {
    const count = number(`outside_${index}`);
    return count === 0 ? [] : [outsideWarning(reference, field, count)];
  });
  return { rows: number('row_count'), scales, warnings };
}

function columnsOf(reference: ReferenceDataModel, scales: readonly (number | null)[]): readonly InputColumn[] {
  return [
    ID_COLUMN,
    ...reference.fields.map((field, index) => ({ name: field.name, type: clickHouseType(field, scales[index] ?? 0) })),
  ];
}

function clickHouseType(field: FieldModel, scale: number): string {
  switch (field.columnType) {
    case 'text':
      return 'Nullable(String)';
    case 'numeric':
      return `Nullable(Decimal(${DECIMAL_DIGITS}, ${scale}))`;
    case 'boolean':
      return 'Nullable(Bool)';
    case 'date':
      return 'Nullable(Date32)';
    case 'timestamptz':
      return "Nullable(DateTime64(6, 'UTC'))";
    case 'uuid':
      return 'Nullable(UUID)';
    case 'text[]':
      return 'Array(String)';
    case 'uuid[]':
      return 'Array(UUID)';
  }
}

function defaultScale(field: FieldModel): number | null {
  if (field.columnType !== 'numeric') {
    return null;
  }
  const declared = field.type === 'Integer' || field.type === 'Rating' ? 0 : (field.scale ?? DEFAULT_SCALE);
  return Math.min(declared, DECIMAL_DIGITS);
}

/** COPY escapes tabs, line ends and backslashes as TabSeparated wants them, inside of arrays too; quotes are doubled. */
function renderExported(field: FieldModel): string {
  const column = `r.${quoteIdentifier(field.name)}`;
  switch (field.columnType) {
    case 'date':
      return `(${renderClamped(column, `DATE '${FIRST_DAY}'`, `DATE '${LAST_DAY}'`)})::text`;
    case 'timestamptz': {
      const clamped = renderClamped(column, FIRST_INSTANT, LAST_INSTANT);
      return `to_char((${clamped}) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;
    }
    case 'text[]':
    case 'uuid[]':
      return `'[' || coalesce((SELECT string_agg('''' || replace(e.value::text, '''', '''''') || '''', ',' ORDER BY e.place) FROM unnest(${column}) WITH ORDINALITY AS e (value, place) WHERE e.value IS NOT NULL), '') || ']'`;
    default:
      return `${column}::text`;
  }
}

/** The conditions come first because least and greatest pass over nulls. */
function renderClamped(column: string, first: string, last: string): string {
  return `CASE WHEN ${column} IS NOT NULL THEN greatest(least(${column}, ${last}), ${first}) END`;
}

function isTime(field: FieldModel): boolean {
  return field.columnType === 'date' || field.columnType === 'timestamptz';
}

function renderOutside(field: FieldModel, column: string): string {
  return field.columnType === 'date'
    ? `${column} < DATE '${FIRST_DAY}' OR ${column} > DATE '${LAST_DAY}'`
    : `${column} < ${FIRST_INSTANT} OR ${column} > ${LAST_INSTANT}`;
}

function outsideWarning(reference: ReferenceDataModel, field: FieldModel, count: number): RunWarning {
  return {
    code: 'ReferenceDateOutOfRange',
    message: `kizen.${reference.table}.${field.name}: dates before ${FIRST_DAY} or after ${LAST_DAY} read as these in SQL`,
    count,
  };
}

function tooLarge(reference: ReferenceDataModel, field: FieldModel): AppError {
  return new AppError({
    code: 'ReferenceDataTooLarge',
    class: 'terminal',
    message: `kizen.${reference.table}.${field.name}: a record holds a number of more than ${DECIMAL_DIGITS} digits, or none at all, which SQL cannot read; correct the record, or leave the field out of spec.referenceData`,
  });
}
