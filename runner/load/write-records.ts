import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { FieldModel } from '../../core/model/object.ts';
import type { RecordState, RowPlan } from '../../core/planner/plan.ts';
import { quoteIdentifier } from '../postgres/sql.ts';
import type { ObjectRelation } from './object-relation.ts';
import { renderCopyColumn, renderCopyFields } from './record-values.ts';

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

const BATCH_CHARACTERS = 256 * 1024;

/** `COPY … FROM STDIN` of text lines, with backpressure. */
async function copyLines(client: ClientBase, statement: string, lines: Iterable<string>): Promise<void> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  // A refused COPY fails `done`; it is awaited below, and must not count as unhandled before.
  done.catch(() => undefined);
  let batch = '';
  for (const line of lines) {
    batch += line;
    if (batch.length < BATCH_CHARACTERS) continue;
    if (stream.destroyed) break;
    if (!stream.write(batch)) await Promise.race([once(stream, 'drain'), done]);
    batch = '';
  }
  if (!stream.destroyed) stream.end(batch);
  await done;
}

const columnList = (fields: readonly FieldModel[]): string =>
  fields.map((field) => `, ${quoteIdentifier(field.name)}`).join('');

/**
 * Writes the records of a chunk into the object's table: new ones by COPY, changed ones by one UPDATE from a staging
 * table.
 *
 * @param fields that the step maps
 * @param now ISO 8601; stored as the time of creation and change
 */
export async function writeRecords(
  client: ClientBase,
  relation: ObjectRelation,
  fields: readonly FieldModel[],
  finals: readonly FinalRecord[],
  executionId: string,
  now: string,
): Promise<void> {
  const table = relation.table ?? '';
  const created = finals.filter((final) => final.created);
  const updated = finals.filter((final) => !final.created);
  if (created.length > 0) {
    const tail = `\t${now}\t${now}\t${renderCopyColumn(executionId)}\n`;
    await copyLines(
      client,
      `COPY ${table} (id${columnList(fields)}, created_at, updated_at, execution_id) FROM STDIN`,
      linesOf(created, ({ record }) => record.id + renderCopyFields(fields, record.values) + tail),
    );
  }
  if (updated.length === 0) return;
  const columns = fields.map((field) => `, ${quoteIdentifier(field.name)} ${field.columnType}`).join('');
  await client.query(`CREATE TEMP TABLE smartconnector_stage (id uuid, unarchive boolean${columns}) ON COMMIT DROP`);
  await copyLines(
    client,
    `COPY smartconnector_stage (id, unarchive${columnList(fields)}) FROM STDIN`,
    linesOf(
      updated,
      ({ record, unarchive }) => `${record.id}\t${unarchive ? 't' : 'f'}${renderCopyFields(fields, record.values)}\n`,
    ),
  );
  const assignments = fields
    .map((field) => `${quoteIdentifier(field.name)} = s.${quoteIdentifier(field.name)}, `)
    .join('');
  const unarchive = updated.some((final) => final.unarchive)
    ? 'archived_at = CASE WHEN s.unarchive THEN NULL ELSE r.archived_at END, '
    : '';
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
  await copyLines(
    client,
    `COPY ${overlay} (id, archived${columnList(fields)}) FROM STDIN`,
    linesOf(
      finals,
      ({ record }) => `${record.id}\t${record.archived ? 't' : 'f'}${renderCopyFields(fields, record.values)}\n`,
    ),
  );
}

function* linesOf(finals: readonly FinalRecord[], render: (final: FinalRecord) => string): Generator<string> {
  for (const final of finals) yield render(final);
}
