import type { ClientBase } from 'pg';
import type { FieldModel } from '../../core/model/object.ts';
import type { RecordState, RecordWrite } from '../../core/planner/plan.ts';
import { quoteIdentifier } from '../postgres/sql.ts';
import type { ObjectRelation } from './object-relation.ts';
import type { PlainShape } from './chunk-record.ts';
import { ChunkWrites, type Renderers } from './chunk-writes.ts';
import type { PlainCreate, PlainUpdate } from './plain-rows.ts';
import { compilePlainTuples, compileUpdateTuples, type TupleFrame } from './plain-tuples.ts';
import { compileCopyFields, renderCopyColumn } from './record-values.ts';
import type { BytePool } from './row-bytes.ts';

/** Writes that are gathered row by row and sent together. */
export interface GatheredWrites {
  readonly isEmpty: boolean;
  add(write: RecordWrite): void;
  addPlain(plan: PlainCreate): void;
  addUpdate(plan: PlainUpdate): void;
  /** Sends them, in the transaction of the chunk. */
  send(client: ClientBase): Promise<void>;
  /** They have been sent, and are not sent again. */
  release(): void;
}

/** Behind the id: a record that does not leave the archive, or is not in it. */
const NOT_SET: TupleFrame = { head: [['boolean', false]], tail: [] };

const columnList = (fields: readonly FieldModel[]): string =>
  fields.map((field) => `, ${quoteIdentifier(field.name)}`).join('');

/**
 * Writes into the object's table: new records by COPY, changed ones by one UPDATE from a staging table.
 *
 * @param fields that the step maps
 * @param now ISO 8601; stored as the time of creation and change
 * @param pool of the buffers for rows
 */
export function gatherRecords(
  relation: ObjectRelation,
  fields: readonly FieldModel[],
  { columns, updates, ids }: PlainShape,
  executionId: string,
  now: string,
  pool: BytePool,
): GatheredWrites {
  const table = relation.table ?? '';
  const copyFields = compileCopyFields(fields);
  const system: TupleFrame['tail'] = [
    ['timestamptz', now],
    ['timestamptz', now],
    ['text', executionId],
  ];
  const tail = `${system.map(([, value]) => `\t${renderCopyColumn(value)}`).join('')}\n`;
  const render: Renderers = {
    created: (id, values) => id + copyFields(values) + tail,
    plain: compilePlainTuples(fields, columns, ids, { head: [], tail: system }),
    changed: ({ id, values }, unarchive) => `${id}\t${unarchive ? 't' : 'f'}${copyFields(values)}\n`,
    update: compileUpdateTuples(fields, updates, relation.fields, NOT_SET),
  };
  const writes = new ChunkWrites(render, ids.of, pool);
  const send = async (client: ClientBase): Promise<void> => {
    await writes.created.send(client, `${table} (id${columnList(fields)}, created_at, updated_at, execution_id)`);
    if (writes.changed.isEmpty) return;
    const columns = fields.map((field) => `, ${quoteIdentifier(field.name)} ${field.columnType}`).join('');
    await client.query(`CREATE TEMP TABLE smartconnector_stage (id uuid, unarchive boolean${columns}) ON COMMIT DROP`);
    await writes.changed.send(client, `smartconnector_stage (id, unarchive${columnList(fields)})`);
    const assignments = fields
      .map((field) => `${quoteIdentifier(field.name)} = s.${quoteIdentifier(field.name)}, `)
      .join('');
    const unarchive = writes.hasUnarchived
      ? 'archived_at = CASE WHEN s.unarchive THEN NULL ELSE r.archived_at END, '
      : '';
    // Ids grow with time, so their order is about that of the table: its pages are gone through once, not at random.
    await client.query(
      `UPDATE ${table} r SET ${assignments}${unarchive}updated_at = $1, execution_id = $2
       FROM (SELECT * FROM smartconnector_stage ORDER BY id) s WHERE r.id = s.id`,
      [now, executionId],
    );
    await client.query('DROP TABLE smartconnector_stage');
  };
  return {
    get isEmpty() {
      return writes.isEmpty;
    },
    add: (write) => writes.add(write),
    addPlain: (plan) => writes.addPlain(plan),
    addUpdate: (plan) => writes.addUpdate(plan),
    send,
    release: () => writes.release(),
  };
}

/** Lays records over the table, for the rest of a dry run. */
export function gatherOverlay(
  relation: ObjectRelation,
  { columns, updates, ids }: PlainShape,
  pool: BytePool,
): GatheredWrites {
  const { overlay, fields } = relation;
  const copyFields = compileCopyFields(fields);
  const render = ({ id, archived, values }: RecordState): string =>
    `${id}\t${archived ? 't' : 'f'}${copyFields(values)}\n`;
  const renderers: Renderers = {
    created: (id, values) => render({ id, archived: false, values }),
    plain: compilePlainTuples(fields, columns, ids, NOT_SET),
    changed: render,
    update: compileUpdateTuples(fields, updates, fields, NOT_SET),
  };
  const writes = new ChunkWrites(renderers, ids.of, pool);
  const send = async (client: ClientBase): Promise<void> => {
    if (overlay === null) return;
    const known = writes.changedIds;
    if (known.length > 0) await client.query(`DELETE FROM ${overlay} WHERE id = ANY ($1::uuid[])`, [known]);
    const target = `${overlay} (id, archived${columnList(fields)})`;
    for (const rows of [writes.created, writes.changed]) await rows.send(client, target);
  };
  return {
    get isEmpty() {
      return writes.isEmpty;
    },
    add: (write) => writes.add(write),
    addPlain: (plan) => writes.addPlain(plan),
    addUpdate: (plan) => writes.addUpdate(plan),
    send,
    release: () => writes.release(),
  };
}
