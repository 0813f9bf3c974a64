import type { ColumnType, FieldModel, ObjectModel } from '../../core/model/object.ts';
import { matchKeyExpression } from '../postgres/match-key.ts';
import { quotedTable } from '../postgres/object-table.ts';
import { quoteIdentifier } from '../postgres/sql.ts';

/**
 * Where the records of an object are read from. A live run reads and writes the table. A dry run reads the table as it is
 * in its snapshot, with what it would have written laid over it, in a temporary table that only its session sees.
 */
export interface ObjectRelation {
  readonly object: ObjectModel;
  /** Quoted, with its schema; null while the object has no table yet. */
  readonly table: string | null;
  /** Columns that the table has. A field that has none yet is blank in every record. */
  readonly columns: ReadonlySet<string>;
  /** The temporary table of a dry run, quoted. */
  readonly overlay: string | null;
  /** Fields that the connector reads or writes. */
  readonly fields: readonly FieldModel[];
  /** Those of the fields by which records are looked for. */
  readonly keyFields: readonly FieldModel[];
}

/** The quoted name of an object's table. */
export function tableOf(object: ObjectModel): string {
  return quotedTable(object.namespace, object.name);
}

/** The relation of an object that a step writes: readRelations made it. */
export function relationOf(relations: ReadonlyMap<string, ObjectRelation>, { name }: ObjectModel): ObjectRelation {
  const relation = relations.get(name);
  if (relation === undefined) throw new Error(`the object ${name} is not among those of the connector`);
  return relation;
}

/** The temporary table in which a dry run keeps the records of an object that it would have written. */
export function overlayName(objectIndex: number): string {
  return `smartconnector_overlay_${objectIndex}`;
}

/** The statements that make an overlay: the fields that are used, by id, and an index for each that is looked up. */
export function renderOverlayTable(relation: ObjectRelation, name: string): string[] {
  const columns = relation.fields.map((field) => `, ${quoteIdentifier(field.name)} ${field.columnType}`).join('');
  return [
    `CREATE TEMP TABLE ${name} (id uuid PRIMARY KEY, archived boolean NOT NULL${columns})`,
    ...relation.keyFields.map(
      (field) => `CREATE INDEX ON ${name} ((${matchKeyExpression(field, quoteIdentifier(field.name))}))`,
    ),
  ];
}

const fieldSql = (field: FieldModel, columns: ReadonlySet<string>, alias: string): string =>
  field.name === 'id' || columns.has(field.name)
    ? `${alias}.${quoteIdentifier(field.name)}`
    : `NULL::${field.columnType}`;

/** The array type in which match keys of a field travel. */
export function keyArrayType(field: FieldModel): `${ColumnType}[]` {
  return `${field.columnType}[]`;
}

function keyCondition(
  relation: ObjectRelation,
  field: FieldModel,
  alias: string,
  overlay: boolean,
  keys: string,
): string {
  const columns = overlay ? new Set(relation.fields.map((one) => one.name)) : relation.columns;
  if (field.name !== 'id' && !columns.has(field.name)) return 'false';
  return `${matchKeyExpression(field, fieldSql(field, columns, alias))} = ANY (${keys}::${keyArrayType(field)})`;
}

/**
 * Every record, live and archived, whose field has one of the match keys: id, whether it is archived, and the used fields in
 * order. The keys find candidates; the caller compares exactly.
 *
 * @param keys a parameter, or the literal of an array
 */
export function renderCandidates(relation: ObjectRelation, field: FieldModel, keys = '$1'): string | null {
  const parts: string[] = [];
  if (relation.table !== null) {
    const selected = relation.fields.map((one) => `, ${fieldSql(one, relation.columns, 'r')}`).join('');
    const shadowed =
      relation.overlay === null ? '' : ` AND NOT EXISTS (SELECT FROM ${relation.overlay} o WHERE o.id = r.id)`;
    parts.push(
      `SELECT r.id, r.archived_at IS NOT NULL AS archived${selected} FROM ${relation.table} r ` +
        `WHERE ${keyCondition(relation, field, 'r', false, keys)}${shadowed}`,
    );
  }
  if (relation.overlay !== null) {
    const selected = relation.fields.map((one) => `, o.${quoteIdentifier(one.name)}`).join('');
    parts.push(
      `SELECT o.id, o.archived${selected} FROM ${relation.overlay} o WHERE ${keyCondition(relation, field, 'o', true, keys)}`,
    );
  }
  return parts.length === 0 ? null : parts.join(' UNION ALL ');
}
