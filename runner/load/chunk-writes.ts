import type { FieldValues } from '../../core/model/outcome.ts';
import type { RecordState, RecordWrite } from '../../core/planner/plan.ts';
import { CopyRows } from './copy-rows.ts';
import type { HeldRecords } from './held-records.ts';
import type { PlainCreate, PlainUpdate } from './plain-rows.ts';
import type { AddTuple } from './plain-tuples.ts';
import type { BytePool } from './row-bytes.ts';

/** How the rows of a chunk are written: lines of text for those that were planned in full, tuples for the others. */
export interface Renderers {
  readonly created: (id: string, values: FieldValues) => string;
  readonly plain: AddTuple<PlainCreate>;
  readonly changed: (record: RecordState, unarchive: boolean) => string;
  readonly update: AddTuple<PlainUpdate>;
}

/**
 * The writes of a chunk. Several rows may write one record: the last state counts, and what the chunk created stays new.
 * Rows are rendered as they come, so that nothing else of the records has to be kept.
 */
export class ChunkWrites {
  readonly #render: Renderers;
  readonly #idOf: (row: number) => string;
  readonly created: CopyRows;
  /** The ids of `created`, in the order in which they came; row numbers where they can be told from those. */
  readonly #ids: (string | number)[] = [];
  /** Their places in `created`. */
  readonly #places: number[] = [];
  /** The place of a record in `created`; few chunks ask. */
  readonly #placeById = new Map<string, number>();
  readonly changed: CopyRows;
  /** Records that were there before the chunk, by id: the place in `changed`, and whether they leave the archive. */
  readonly #changes = new Map<string, { readonly place: number; readonly unarchive: boolean }>();
  /** Held records in `changed` that are not in `#changes` yet, which few chunks ask for: line and place of each. */
  readonly #updates: number[] = [];
  #held: HeldRecords | null = null;
  hasUnarchived = false;

  constructor(render: Renderers, idOf: (row: number) => string, pool: BytePool) {
    this.#render = render;
    this.#idOf = idOf;
    this.created = new CopyRows(pool);
    this.changed = new CopyRows(pool);
  }

  get isEmpty(): boolean {
    return this.created.isEmpty && this.changed.isEmpty;
  }

  get changedIds(): string[] {
    this.#noteUpdates();
    return [...this.#changes.keys()];
  }

  add(write: RecordWrite): void {
    const { record } = write;
    if (write.kind === 'Create') {
      this.#noteCreated(record.id, this.created.push(this.#render.created(record.id, record.values)));
      return;
    }
    const created = this.#placeOf(record.id);
    if (created !== undefined) {
      const line = this.#render.created(record.id, record.values);
      this.#placeById.set(record.id, this.created.replace(created, line));
      return;
    }
    this.#noteUpdates();
    const known = this.#changes.get(record.id);
    const unarchive = write.unarchive || known?.unarchive === true;
    this.hasUnarchived ||= unarchive;
    const line = this.#render.changed(record, unarchive);
    const place = known === undefined ? this.changed.push(line) : this.changed.replace(known.place, line);
    this.#changes.set(record.id, { place, unarchive });
  }

  addPlain(plan: PlainCreate): void {
    let place = this.#render.plain(plan, this.created.tuples);
    if (place < 0) {
      const { id, values } = plan.records.record(plan.place);
      place = this.created.push(this.#render.created(id, values));
    }
    this.#noteCreated(plan.row, place);
  }

  addUpdate(plan: PlainUpdate): void {
    if (!plan.isChanged) return;
    const { held, line, records } = plan;
    let place = this.#render.update(plan, this.changed.tuples);
    if (place < 0) {
      place = this.changed.push(this.#render.changed(records.changed(plan.place, held.state(line)), false));
    }
    this.#held = held;
    this.#updates.push(line, place);
  }

  /** Nothing of it is sent again. */
  release(): void {
    this.created.release();
    this.changed.release();
  }

  #noteCreated(id: string | number, place: number): void {
    this.#ids.push(id);
    this.#places.push(place);
  }

  #noteUpdates(): void {
    for (let index = 0; index < this.#updates.length; index += 2) {
      const place = this.#updates[index + 1] ?? 0;
      this.#changes.set(this.#held?.id(this.#updates[index] ?? 0) ?? '', { place, unarchive: false });
    }
    this.#updates.length = 0;
  }

  #placeOf(id: string): number | undefined {
    for (let index = this.#placeById.size; index < this.#ids.length; index += 1) {
      const id = this.#ids[index] ?? '';
      this.#placeById.set(typeof id === 'number' ? this.#idOf(id) : id, this.#places[index] ?? 0);
    }
    return this.#placeById.get(id);
  }
}
