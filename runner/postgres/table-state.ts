import { SYSTEM_COLUMNS } from '../../core/model/object.ts';
import type { ColumnType, ObjectModel } from '../../core/model/object.ts';
import { quotedTable } from './object-table.ts';
import type { SqlClient } from './pool.ts';
import { sql } from './sql.ts';

/** A column of an object's table as the database has it. */
export interface ColumnState {
  readonly name: string;
  /** As in FieldModel where it is one of those; otherwise PostgreSQL's own word. */
  readonly columnType: string;
  /** The field that it was made for (see describeField); null: not made by us, and left alone. */
  readonly field: string | null;
}

export interface TableState {
  /** Without the system columns. */
  readonly columns: readonly ColumnState[];
}

/** Types of the columns that every record has. */
export const SYSTEM_TYPES: Readonly<Record<(typeof SYSTEM_COLUMNS)[number], ColumnType>> = {
  id: 'uuid',
  archived_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  execution_id: 'text',
};

const FIELD_COMMENT = 'smartconnectors.dev/field=';

/** The comment by which a column remembers its field's type, which the column type does not tell. */
export function renderFieldComment(description: string): string {
  return `${FIELD_COMMENT}${description}`;
}

/** PostgreSQL's long names of the types that FieldModel names shortly. */
const SHORT_TYPES: Readonly<Record<string, string>> = { 'timestamp with time zone': 'timestamptz' };

/** What the database has for an object; null where there is no table yet. */
export async function readTableState(client: SqlClient, object: ObjectModel): Promise<TableState | null> {
  const table = quotedTable(object.namespace, object.name);
  const { rows } = await client.query(sql`
    SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
           col_description(a.attrelid, a.attnum) AS comment
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attrelid = to_regclass(${table}) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum`);
  if (rows.length === 0) {
    return null;
  }
  const system: ReadonlySet<string> = new Set(SYSTEM_COLUMNS);
  return {
    columns: rows
      .map((row) => ({
        name: String(row['name']),
        columnType: SHORT_TYPES[String(row['type'])] ?? String(row['type']),
        field: parseFieldComment(row['comment']),
      }))
      .filter((column) => !system.has(column.name)),
  };
}

function parseFieldComment(comment: unknown): string | null {
  return typeof comment === 'string' && comment.startsWith(FIELD_COMMENT) ? comment.slice(FIELD_COMMENT.length) : null;
}
