import type { ClientBase } from 'pg';
import type { FieldModel } from '../../core/model/object.ts';
import type { RecordState, RowPlan } from '../../core/planner/plan.ts';
import { quoteIdentifier } from '../postgres/sql.ts';
import { CopyLines, copyPieces } from './copy.ts';
import type { ObjectRelation } from './object-relation.ts';
import { compileCopyFields, renderCopyColumn } from './record-values.ts';

/** How a record stands after a chunk: several rows may have written it, the last state counts. */
export interface FinalRecord {
  readonly record: RecordState;
  readonly created: boolean;
  readonly unarchive: boolean;
}

/** The last state of every record that the plans write, in the order of the first write. */
export function collapseWrites(plans: readonly RowPlan[]): FinalRecord[] {
  const finals = new Map<string, FinalRecord>();
  for (const { write } of plans) {
    if (write === null) continue;
    const earlier = finals.get(write.record.id);
    finals.set(write.record.id, {
      record: write.record,
      created: write.kind === 'Create' || earlier?.created === true,
      unarchive: (write.kind === 'Update' && write.unarchive) || earlier?.unarchive === true,
    });
  }
  return [...finals.values()];
}

/** The writes of a chunk, ready to be sent. */
export interface RenderedWrites {
  /** Lines for the table: new records. */
  readonly created: readonly Buffer[];
  /** Lines for the staging table: changed records. */
  readonly updated: readonly Buffer[];
  readonly unarchives: boolean;
}

/**
 * @param fields that the step maps
 * @param now ISO 8601; stored as the time of creation and change
 */
export function renderWrites(
  fields: readonly FieldModel[],
  finals: readonly FinalRecord[],
  executionId: string,
  now: string,
): RenderedWrites {
  const copyFields = compileCopyFields(fields);
  const tail = `\t${now}\t${now}\t${renderCopyColumn(executionId)}\n`;
  const created = new CopyLines();
  const updated = new CopyLines();
  let unarchives = false;
  for (const { record, created: isNew, unarchive } of finals) {
    const values = copyFields(record.values);
    if (isNew) created.add(record.id + values + tail);
    else updated.add(`${record.id}\t${unarchive ? 't' : 'f'}${values}\n`);
    unarchives ||= unarchive && !isNew;
  }
  return { created: created.pieces, updated: updated.pieces, unarchives };
}

const columnList = (fields: readonly FieldModel[]): string =>
  fields.map((field) => `, ${quoteIdentifier(field.name)}`).join('');

/**
 * Writes the records of a chunk into the object's table: new ones by COPY, changed ones by one UPDATE from a staging
 * table.
 */
export async function writeRecords(
  client: ClientBase,
  relation: ObjectRelation,
  fields: readonly FieldModel[],
  writes: RenderedWrites,
  executionId: string,
  now: string,
): Promise<void> {
  const table = relation.table ?? '';
  if (writes.created.length > 0) {
    await copyPieces(
      client,
      `COPY ${table} (id${columnList(fields)}, created_at, updated_at, execution_id) FROM STDIN`,
      writes.created,
    );
  }
  if (writes.updated.length === 0) return;
  const columns = fields.map((field) => `, ${quoteIdentifier(field.name)} ${field.columnType}`).join('');
  await client.query(`CREATE TEMP TABLE smartconnector_stage (id uuid, unarchive boolean${columns}) ON COMMIT DROP`);
  await copyPieces(client, `COPY smartconnector_stage (id, unarchive${columnList(fields)}) FROM STDIN`, writes.updated);
  const assignments = fields
    .map((field) => `${quoteIdentifier(field.name)} = s.${quoteIdentifier(field.name)}, `)
    .join('');
  const unarchive = writes.unarchives ? 'archived_at = CASE WHEN s.unarchive THEN NULL ELSE r.archived_at END, ' : '';
  await client.query(
    `UPDATE ${table} r SET ${assignments}${unarchive}updated_at = $1, execution_id = $2 FROM smartconnector_stage s WHERE r.id = s.id`,
    [now, executionId],
  );
  await client.query('DROP TABLE smartconnector_stage');
}

/** Lays the records of a chunk over the table, for the rest of a dry run. */
export async function writeOverlay(
  client: ClientBase,
  relation: ObjectRelation,
  finals: readonly FinalRecord[],
): Promise<void> {
  const { overlay, fields } = relation;
  if (overlay === null || finals.length === 0) return;
  const known = finals.filter((final) => !final.created).map((final) => final.record.id);
  if (known.length > 0) await client.query(`DELETE FROM ${overlay} WHERE id = ANY ($1::uuid[])`, [known]);
  const copyFields = compileCopyFields(fields);
  const lines = new CopyLines();
  for (const { record } of finals) {
    lines.add(`${record.id}\t${record.archived ? 't' : 'f'}${copyFields(record.values)}\n`);
  }
  await copyPieces(client, `COPY ${overlay} (id, archived${columnList(fields)}) FROM STDIN`, lines.pieces);
}
