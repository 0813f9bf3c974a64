import { SYSTEM_COLUMNS } from '../../core/model/object.ts';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import type { FaultDetail } from '../../core/errors/app-error.ts';
import { indexName, quotedTable, schemaName } from './object-table.ts';
import type { IndexPurpose } from './object-table.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified, raw } from './sql.ts';
import type { SqlText } from './sql.ts';
import type { ColumnState, TableState } from './table-state.ts';
import { renderFieldComment } from './table-state.ts';
import { conversionExpression, describeField, isWideningChange } from './type-change.ts';

/** The annotation of a KizenObject by which a person allows that values are lost. */
export const DESTRUCTIVE_ANNOTATION = 'smartconnectors.dev/allow-destructive-migration';

/** What a person has allowed, by the annotation. */
export interface MigrationAllowance {
  readonly removeFields: boolean;
  readonly changeTypes: boolean;
}

export interface ObjectMigration {
  /** In order, for one transaction. None: the table is as it should be. */
  readonly statements: readonly SqlText[];
  /** Changes that would lose values and were not allowed. With any, nothing must be applied. */
  readonly refusals: readonly FaultDetail[];
}

/**
 * What makes the table of an object out of what is there. Columns that were not made for a field are left alone. A
 * field that was removed keeps its column, unless the removal is allowed.
 *
 * @param actual null where there is no table.
 */
export function planObjectMigration(
  object: ObjectModel,
  actual: TableState | null,
  allow: MigrationAllowance,
): ObjectMigration {
  const reserved = object.fields.filter((field) => SYSTEM_COLUMNS.some((name) => name === field.name));
  if (reserved.length > 0) {
    return { statements: [], refusals: reserved.map((field) => refuseReserved(object, field)) };
  }
  if (actual === null) {
    return { statements: renderCreate(object), refusals: [] };
  }
  const columns = new Map(actual.columns.map((column) => [column.name, column]));
  const statements: SqlText[] = [];
  const refusals: FaultDetail[] = [];
  object.fields.forEach((field) => {
    const column = columns.get(field.name);
    if (column === undefined) {
      statements.push(...renderAdd(object, field));
    } else if (isSame(column, field)) {
      return;
    } else if (isSafe(column, field)) {
      statements.push(renderComment(object, field));
    } else if (allow.changeTypes) {
      statements.push(...renderChange(object, field, column));
    } else {
      refusals.push(refuseChange(object, field, column));
    }
  });
  const wanted = new Set(object.fields.map((field) => field.name));
  for (const column of actual.columns) {
    if (column.field === null || wanted.has(column.name)) {
      continue;
    }
    if (allow.removeFields) {
      statements.push(alter(object, `DROP COLUMN ${quoteIdentifier(column.name)}`));
    } else {
      refusals.push(refuseRemoval(object, column));
    }
  }
  return { statements, refusals };
}

function isSame(column: ColumnState, field: FieldModel): boolean {
  return column.columnType === field.columnType && column.field === describeField(field);
}

/** A column without our comment, of the right type, was made by hand; it becomes the field's. */
function isSafe(column: ColumnState, field: FieldModel): boolean {
  return column.columnType === field.columnType && (column.field === null || isWideningChange(column.field, field));
}

function renderCreate(object: ObjectModel): SqlText[] {
  const fields = object.fields.map((field) => `  ${quoteIdentifier(field.name)} ${field.columnType},\n`).join('');
  const create = raw(
    `CREATE TABLE ${quotedTable(object.namespace, object.name)} (\n  id uuid PRIMARY KEY,\n${fields}` +
      '  archived_at timestamptz,\n  created_at timestamptz NOT NULL DEFAULT now(),\n' +
      '  updated_at timestamptz NOT NULL DEFAULT now(),\n  execution_id text\n)',
  );
  return [create, ...object.fields.map((field) => renderComment(object, field))];
}

function renderAdd(object: ObjectModel, field: FieldModel): SqlText[] {
  return [alter(object, `ADD COLUMN ${quoteIdentifier(field.name)} ${field.columnType}`), renderComment(object, field)];
}

function renderChange(object: ObjectModel, field: FieldModel, column: ColumnState): SqlText[] {
  const purposes: readonly IndexPurpose[] = ['match', 'references'];
  // The indexes are built over the old type, and come back when a connector needs them.
  const drops = purposes.map((purpose) =>
    raw(`DROP INDEX IF EXISTS ${quoteQualified(schemaName(object.namespace), indexName(object, field, purpose))}`),
  );
  const name = quoteIdentifier(field.name);
  if (column.columnType === field.columnType) {
    return [...drops, renderComment(object, field)];
  }
  const conversion = conversionExpression(column.columnType, field.columnType, name);
  return [
    ...drops,
    alter(object, `ALTER COLUMN ${name} TYPE ${field.columnType} USING ${conversion}`),
    renderComment(object, field),
  ];
}

function alter(object: ObjectModel, action: string): SqlText {
  return raw(`ALTER TABLE ${quotedTable(object.namespace, object.name)} ${action}`);
}

function renderComment(object: ObjectModel, field: FieldModel): SqlText {
  const column = `${quotedTable(object.namespace, object.name)}.${quoteIdentifier(field.name)}`;
  return raw(`COMMENT ON COLUMN ${column} IS ${quoteLiteral(renderFieldComment(describeField(field)))}`);
}

function refuseReserved(object: ObjectModel, field: FieldModel): FaultDetail {
  return {
    path: fieldPath(field.name),
    message: `${object.name}.${field.name}: every record has a ${field.name} of its own`,
    hint: 'give the field another name',
  };
}

function refuseChange(object: ObjectModel, field: FieldModel, column: ColumnState): FaultDetail {
  const from = column.field ?? column.columnType;
  return {
    path: fieldPath(field.name),
    message: `${object.name}.${field.name}: the type changes from ${from} to ${describeField(field)}, and values stored as ${from} may have none there`,
    hint: `add a field of another name, or set the annotation ${DESTRUCTIVE_ANNOTATION}: "true" on the KizenObject: values that do not fit become blank or stay as they are`,
  };
}

function refuseRemoval(object: ObjectModel, column: ColumnState): FaultDetail {
  return {
    path: 'spec.fields',
    message: `${object.name}.${column.name}: the field was removed, and its values would be lost`,
    hint: `put the field back (type ${column.field ?? column.columnType}), or set the annotation ${DESTRUCTIVE_ANNOTATION}: "true" on the KizenObject to drop its values`,
  };
}

function fieldPath(name: string): string {
  return `spec.fields[name=${name}]`;
}
