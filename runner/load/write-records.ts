import type { ClientBase } from 'pg';
import type { FieldModel } from '../../core/model/object.ts';
import type { FieldValues } from '../../core/model/outcome.ts';
import type { PlainColumn } from '../../core/planner/plain-step.ts';
import type { RecordState, RecordWrite } from '../../core/planner/plan.ts';
import { quoteIdentifier } from '../postgres/sql.ts';
import { copyLines } from './copy.ts';
import type { ObjectRelation } from './object-relation.ts';
import type { PlainCreate } from './plain-rows.ts';
import { compileCopyFields, compilePlainFields, renderCopyColumn } from './record-values.ts';

/** The last state of a record that was there before the chunk. */
interface Change {
  readonly record: RecordState;
  readonly unarchive: boolean;
}

/**
 * The writes of a chunk. Several rows may write one record: the last state counts, and what the chunk created stays new.
 * Lines of new records are rendered as they come, so that nothing else of them has to be kept.
 */
class ChunkWrites {
  readonly #renderNew: (id: string, values: FieldValues) => string;
  readonly #renderPlain: (plan: PlainCreate) => string;
  readonly created: string[] = [];
  /** The ids of `created`. */
  readonly #ids: string[] = [];
  /** Where the line of a record stands in `created`; few chunks ask. */
  readonly #places = new Map<string, number>();
  readonly changed = new Map<string, Change>();

  constructor(renderNew: (id: string, values: FieldValues) => string, renderPlain: (plan: PlainCreate) => string) {
    this.#renderNew = renderNew;
    this.#renderPlain = renderPlain;
  }

  get isEmpty(): boolean {
    return this.created.length === 0 && this.changed.size === 0;
  }

  add(write: RecordWrite): void {
    const { record } = write;
    if (write.kind === 'Create') {
      this.#ids.push(record.id);
      this.created.push(this.#renderNew(record.id, record.values));
      return;
    }
    const place = this.#placeOf(record.id);
    if (place !== undefined) {
      this.created[place] = this.#renderNew(record.id, record.values);
      return;
    }
    const unarchive = write.unarchive || this.changed.get(record.id)?.unarchive === true;
    this.changed.set(record.id, { record, unarchive });
  }

  addPlain(plan: PlainCreate): void {
    this.#ids.push(plan.id);
    this.created.push(this.#renderPlain(plan));
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
  const writes = new ChunkWrites(
    (id, values) => id + copyFields(values) + tail,
    (plan) => plan.id + (plan.copyText === null ? plainFields(plan) : `\t${plan.copyText}`) + tail,
  );
  const send = async (client: ClientBase): Promise<void> => {
    if (writes.created.length > 0) {
      const columns = `id${columnList(fields)}, created_at, updated_at, execution_id`;
      await copyLines(client, `COPY ${table} (${columns}) FROM STDIN`, writes.created);
    }
    if (writes.changed.size === 0) return;
    const changes = [...writes.changed.values()];
    const columns = fields.map((field) => `, ${quoteIdentifier(field.name)} ${field.columnType}`).join('');
    await client.query(`CREATE TEMP TABLE smartconnector_stage (id uuid, unarchive boolean${columns}) ON COMMIT DROP`);
    await copyLines(
      client,
      `COPY smartconnector_stage (id, unarchive${columnList(fields)}) FROM STDIN`,
      changes.map(({ record, unarchive }) => `${record.id}\t${unarchive ? 't' : 'f'}${copyFields(record.values)}\n`),
    );
    const assignments = fields
      .map((field) => `${quoteIdentifier(field.name)} = s.${quoteIdentifier(field.name)}, `)
      .join('');
    const unarchive = changes.some((change) => change.unarchive)
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
  const writes = new ChunkWrites(
    (id, values) => render({ id, archived: false, values }),
    (plan) => `${plan.id}\tf${plainFields(plan)}\n`,
  );
  const send = async (client: ClientBase): Promise<void> => {
    if (overlay === null) return;
    const known = [...writes.changed.keys()];
    if (known.length > 0) await client.query(`DELETE FROM ${overlay} WHERE id = ANY ($1::uuid[])`, [known]);
    const lines = [...writes.created, ...Array.from(writes.changed.values(), ({ record }) => render(record))];
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
