import type { ClientBase } from 'pg';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';
import type { CurrentRecord, RevertWrite } from '../../core/revert/plan-revert.ts';
import { parseColumnValue } from '../postgres/column-value.ts';
import { quotedTable } from '../postgres/object-table.ts';
import { asConnection } from '../postgres/pool.ts';
import { quoteIdentifier } from '../postgres/sql.ts';
import { readTableState } from '../postgres/table-state.ts';

/** The table of an object as a revert sees it. */
export interface RevertTable {
  /** Quoted, with its schema. */
  readonly name: string;
  /** By name: those that the table holds in the type that they had for the execution. */
  readonly fields: ReadonlyMap<string, FieldModel>;
}

/**
 * @param object as it is now
 * @param original as the execution knew it
 * @returns null where the table is no longer there
 */
export async function readRevertTable(
  client: ClientBase,
  object: ObjectModel,
  original: ObjectModel | null,
): Promise<RevertTable | null> {
  const state = await readTableState(asConnection(client), object);
  if (state === null) return null;
  const columns = new Map(state.columns.map((column) => [column.name, column.columnType]));
  const types = new Map((original?.fields ?? []).map((field) => [field.name, field.columnType]));
  const fields = object.fields.filter(
    ({ name, columnType }) => columns.get(name) === columnType && (types.get(name) ?? columnType) === columnType,
  );
  return {
    name: quotedTable(object.namespace, object.name),
    fields: new Map(fields.map((field) => [field.name, field])),
  };
}

/**
 * The records of these ids as they are now.
 *
 * @param toWrite holds them until the transaction ends: other programs write records too, and what they write after they
 *   were read here would be overwritten. A dry run, which PostgreSQL holds to reading, cannot.
 */
export async function fetchCurrent(
  client: ClientBase,
  table: RevertTable | null,
  ids: readonly string[],
  revertedId: string,
  toWrite: boolean,
): Promise<Map<string, CurrentRecord>> {
  const records = new Map<string, CurrentRecord>();
  if (table === null) return records;
  const fields = [...table.fields.values()];
  const selected = fields.map((field) => `, r.${quoteIdentifier(field.name)}`).join('');
  const result = await client.query<unknown[]>({
    text: `SELECT r.id, r.archived_at IS NOT NULL,
             r.execution_id IS DISTINCT FROM $2 AND NOT EXISTS (
               SELECT FROM smartconnector.execution x WHERE x.id = r.execution_id AND x.reverts IS NOT NULL)${selected}
           FROM ${table.name} r WHERE r.id = ANY ($1::uuid[])${toWrite ? ' ORDER BY r.id FOR NO KEY UPDATE OF r' : ''}`,
    values: [ids, revertedId],
    rowMode: 'array',
  });
  for (const [id, archived, writtenSince, ...columns] of result.rows) {
    const values: Record<string, FieldValue> = {};
    for (const [index, field] of fields.entries())
      values[field.name] = parseColumnValue(field.columnType, columns[index]);
    records.set(String(id), {
      id: String(id),
      archived: archived === true,
      writtenSince: writtenSince === true,
      values,
    });
  }
  return records;
}

/**
 * Writes what a chunk restores, by one statement.
 *
 * @param current what fetchCurrent gave
 * @param now ISO 8601; stored as the time of the change
 */
export async function writeRestored(
  client: ClientBase,
  table: RevertTable,
  writes: readonly RevertWrite[],
  current: ReadonlyMap<string, CurrentRecord>,
  executionId: string,
  now: string,
): Promise<void> {
  const names = new Set(writes.flatMap((write) => Object.keys(write.values)));
  const fields = [...table.fields.values()].filter((field) => names.has(field.name));
  const rows = writes.map(({ record, values, archive }) => {
    const held = current.get(record)?.values ?? {};
    // By place, not by name: no name of a field can be in the way.
    const columns = fields.map(({ name }, index) => [
      `v${index}`,
      Object.hasOwn(values, name) ? (values[name] ?? null) : (held[name] ?? null),
    ]);
    return { id: record, archive, ...(Object.fromEntries(columns) as Record<string, FieldValue>) };
  });
  const columns = fields.map((field, index) => `, v${index} ${field.columnType}`).join('');
  const assignments = fields.map((field, index) => `${quoteIdentifier(field.name)} = s.v${index}, `).join('');
  await client.query(
    `UPDATE ${table.name} r SET ${assignments}
       archived_at = CASE s.archive WHEN true THEN $2::timestamptz WHEN false THEN NULL ELSE r.archived_at END,
       updated_at = $2, execution_id = $3
     FROM json_to_recordset($1::json) AS s (id uuid, archive boolean${columns}) WHERE r.id = s.id`,
    [JSON.stringify(rows), now, executionId],
  );
}
