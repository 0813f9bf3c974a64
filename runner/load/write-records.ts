import type { ClientBase } from 'pg';
import type { FieldModel } from '../../core/model/object.ts';
import type { FieldValues } from '../../core/model/outcome.ts';
import type { PlainColumn } from '../../core/planner/plain-step.ts';
import type { RecordState, RecordWrite } from '../../core/planner/plan.ts';
import { quoteIdentifier } from '../postgres/sql.ts';
import { copyLines } from './copy.ts';
import type { ObjectRelation } from './object-relation.ts';
import { LineBuffer } from './line-buffer.ts';
import type { PlainCreate } from './plain-rows.ts';
import { compileCopyFields, compilePlainFields, renderCopyColumn } from './record-values.ts';

/** How the lines of a chunk are written. */
interface Renderers {
  readonly created: (id: string, values: FieldValues) => string;
  readonly plain: (plan: PlainCreate) => string;
  readonly changed: (record: RecordState, unarchive: boolean) => string;
}

/**
 * The writes of a chunk. Several rows may write one record: the last state counts, and what the chunk created stays new.
 * Lines are rendered as they come, so that nothing else of the records has to be kept.
 */
class ChunkWrites {
  readonly #render: Renderers;
  readonly created = new LineBuffer();
  /** The ids of `created`. */
  readonly #ids: string[] = [];
  /** Where the line of a record stands in `created`; few chunks ask. */
  readonly #places = new Map<string, number>();
  readonly changed = new LineBuffer();
  /** Records that were there before the chunk, by id: the place in `changed`, and whether they leave the archive. */
  readonly #changes = new Map<string, { readonly place: number; readonly unarchive: boolean }>();
  hasUnarchived = false;

  constructor(render: Renderers) {
    this.#render = render;
  }

  get isEmpty(): boolean {
    return this.created.length === 0 && this.changed.length === 0;
  }

  get changedIds(): string[] {
    return [...this.#changes.keys()];
  }

  add(write: RecordWrite): void {
    const { record } = write;
    if (write.kind === 'Create') {
      this.#ids.push(record.id);
      this.created.push(this.#render.created(record.id, record.values));
      return;
    }
    const created = this.#placeOf(record.id);
    if (created !== undefined) {
      this.created.replace(created, this.#render.created(record.id, record.values));
      return;
    }
    const known = this.#changes.get(record.id);
    const unarchive = write.unarchive || known?.unarchive === true;
    this.hasUnarchived ||= unarchive;
    const line = this.#render.changed(record, unarchive);
    if (known !== undefined) this.changed.replace(known.place, line);
    this.#changes.set(record.id, { place: known?.place ?? this.changed.push(line), unarchive });
  }

  addPlain(plan: PlainCreate): void {
    this.#ids.push(plan.id);
    this.created.push(this.#render.plain(plan));
  }

  #placeOf(id: string): number | undefined {
    for (let place = this.#places.size; place < this.#ids.length; place += 1) {
      this.#places.set(this.#ids[place] ?? '', place);
    }
    return this.#places.get(id);
  }
}

/** Writes that are gathered row by row and sent together. */
export interface GatheredWrites {
  readonly isEmpty: boolean;
  add(write: RecordWrite): void;
  addPlain(plan: PlainCreate): void;
  /** Sends them, in the transaction of the chunk. */
  send(client: ClientBase): Promise<void>;
}

const columnList = (fields: readonly FieldModel[]): string =>
  fields.map((field) => `, ${quoteIdentifier(field.name)}`).join('');

/**
 * Writes into the object's table: new records by COPY, changed ones by one UPDATE from a staging table.
 *
 * @param fields that the step maps
 * @param columns of the rows that are planned without a look at their values
 * @param now ISO 8601; stored as the time of creation and change
 */
export function gatherRecords(
  relation: ObjectRelation,
  fields: readonly FieldModel[],
  columns: readonly PlainColumn[],
  executionId: string,
  now: string,
): GatheredWrites {
  const table = relation.table ?? '';
  const copyFields = compileCopyFields(fields);
  const tail = `\t${now}\t${now}\t${renderCopyColumn(executionId)}\n`;
  const plainFields = compilePlainFields(fields, columns);
  const writes = new ChunkWrites({
    created: (id, values) => id + copyFields(values) + tail,
    plain: (plan) => plan.id + (plan.copyText === null ? plainFields(plan) : `\t${plan.copyText}`) + tail,
    changed: ({ id, values }, unarchive) => `${id}\t${unarchive ? 't' : 'f'}${copyFields(values)}\n`,
  });
  const send = async (client: ClientBase): Promise<void> => {
    if (writes.created.length > 0) {
      const columns = `id${columnList(fields)}, created_at, updated_at, execution_id`;
      await copyLines(client, `COPY ${table} (${columns}) FROM STDIN`, writes.created.bytes());
    }
    if (writes.changed.length === 0) return;
    const columns = fields.map((field) => `, ${quoteIdentifier(field.name)} ${field.columnType}`).join('');
    await client.query(`CREATE TEMP TABLE smartconnector_stage (id uuid, unarchive boolean${columns}) ON COMMIT DROP`);
    await copyLines(
      client,
      `COPY smartconnector_stage (id, unarchive${columnList(fields)}) FROM STDIN`,
      writes.changed.bytes(),
    );
    const assignments = fields
      .map((field) => `${quoteIdentifier(field.name)} = s.${quoteIdentifier(field.name)}, `)
      .join('');
    const unarchive = writes.hasUnarchived
      ? 'archived_at = CASE WHEN s.unarchive THEN NULL ELSE r.archived_at END, '
      : '';
    await client.query(
      `UPDATE ${table} r SET ${assignments}${unarchive}updated_at = $1, execution_id = $2 FROM smartconnector_stage s WHERE r.id = s.id`,
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
    send,
  };
}

/** Lays records over the table, for the rest of a dry run. */
export function gatherOverlay(relation: ObjectRelation, columns: readonly PlainColumn[]): GatheredWrites {
  const { overlay, fields } = relation;
  const copyFields = compileCopyFields(fields);
  const render = ({ id, archived, values }: RecordState): string =>
    `${id}\t${archived ? 't' : 'f'}${copyFields(values)}\n`;
  const plainFields = compilePlainFields(fields, columns);
  const writes = new ChunkWrites({
    created: (id, values) => render({ id, archived: false, values }),
    plain: (plan) => `${plan.id}\tf${plainFields(plan)}\n`,
    changed: render,
  });
  const send = async (client: ClientBase): Promise<void> => {
    if (overlay === null) return;
    const known = writes.changedIds;
    if (known.length > 0) await client.query(`DELETE FROM ${overlay} WHERE id = ANY ($1::uuid[])`, [known]);
    const lines = [...writes.created.bytes(), ...writes.changed.bytes()];
    await copyLines(client, `COPY ${overlay} (id, archived${columnList(fields)}) FROM STDIN`, lines);
  };
  return {
    get isEmpty() {
      return writes.isEmpty;
    },
    add: (write) => writes.add(write),
    addPlain: (plan) => writes.addPlain(plan),
    send,
  };
}
