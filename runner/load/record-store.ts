import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { ID_FIELD } from '../../core/model/object.ts';
import { matchKey } from '../../core/planner/field-value.ts';
import type { ParentRow, RecordState, RecordView, RowPlan } from '../../core/planner/plan.ts';
import { HashIndex, MANY_ROWS, NO_ROW } from './hash-index.ts';
import { HeldView } from './held-view.ts';
import type { HeldRecords } from './held-records.ts';
import { hashKey } from '../../core/hashing/key-hash.ts';
import { KeySet } from '../../core/hashing/key-set.ts';

/** Under which a record is found by a field. */
export const recordKey = (field: FieldModel, record: RecordState): string | null =>
  field.name === 'id' ? record.id : matchKey(field, record.values[field.name] ?? null);

const NONE: readonly RecordState[] = [];

type Entries = Map<string, RecordState | RecordState[]>;

function addTo(index: Entries, key: string, record: RecordState): void {
  const found = index.get(key);
  if (found === undefined) index.set(key, record);
  else if (Array.isArray(found)) found.push(record);
  else index.set(key, [found, record]);
}

function replaceIn(index: Entries, key: string, before: RecordState, record: RecordState): void {
  const found = index.get(key);
  if (Array.isArray(found)) found[found.indexOf(before)] = record;
  else index.set(key, record);
}

function removeFrom(index: Entries, key: string, record: RecordState): void {
  const found = index.get(key);
  if (!Array.isArray(found)) index.delete(key);
  else
    index.set(
      key,
      found.filter((one) => one !== record),
    );
}

/** Records that rows of a chunk create or change, made when somebody finds them, which few do. */
export interface LateRecords {
  /** @param place of the row in the chunk */
  record(place: number): RecordState;
  /** Under which the record is found, by indexed field. */
  keys(place: number): readonly (string | null)[];
  /** What a row makes of the record that it was found to match. */
  changed(place: number, record: RecordState): RecordState;
}

/**
 * The records that the rows of a chunk can see: those fetched for their keys, with what the rows before have done laid
 * over them. Holds every record whose field has one of the keys asked for, so a question about such a key is answered as
 * the whole table would answer it.
 */
export class RecordStore implements RecordView {
  readonly #object: string;
  readonly #fields: readonly FieldModel[];
  readonly #records = new Map<string, RecordState>();
  /** Records by match key, by field. Most keys have one record, and an array for each would cost more than the rest. */
  readonly #index = new Map<string, Entries>();
  /** The same, in the order of the fields. */
  readonly #indexes: readonly Entries[];
  /** Hashes of the keys of `#index`, and of keys that are no longer there. */
  readonly #hashes: readonly KeySet[];
  /** Rows of records that nobody has found yet, and of others that somebody has, by the hashes of their keys. */
  readonly #late: readonly HashIndex[];
  #lateRecords: LateRecords | null = null;
  readonly #found = new Set<number>();
  /** Records that the table holds and that nobody has asked for yet; null where they are all in `#records`. */
  #held: HeldView | null = null;
  readonly #foreign: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  readonly #parents: ReadonlyMap<string, ReadonlyMap<number, ParentRow>>;

  /**
   * @param indexed fields of the object that rules and lookups into the object itself ask for
   * @param foreign live ids by match key, by `foreignKey(object, field)`, for lookups into other objects
   * @param parents what the rows came to in earlier steps, by step and row
   * @param rows how many may each add a record
   */
  constructor(
    object: ObjectModel,
    indexed: readonly FieldModel[],
    foreign: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>,
    parents: ReadonlyMap<string, ReadonlyMap<number, ParentRow>>,
    rows = 0,
  ) {
    this.#object = object.name;
    this.#fields = indexed;
    this.#foreign = foreign;
    this.#parents = parents;
    this.#indexes = indexed.map(({ name }) => {
      const index: Entries = new Map();
      this.#index.set(name, index);
      return index;
    });
    this.#hashes = indexed.map(() => new KeySet(0));
    this.#late = indexed.map(() => new HashIndex(0, rows));
  }

  /** Adds a record, or puts it in the place of an earlier state of it. */
  put(record: RecordState): void {
    const before = this.#records.get(record.id);
    this.#records.set(record.id, record);
    for (const [place, field] of this.#fields.entries()) {
      const index = this.#indexes[place];
      if (index === undefined) continue;
      const oldKey = before === undefined ? null : recordKey(field, before);
      const newKey = recordKey(field, record);
      if (before !== undefined && oldKey !== null) {
        if (oldKey === newKey) {
          replaceIn(index, oldKey, before, record);
          continue;
        }
        removeFrom(index, oldKey, before);
      }
      if (newKey === null) continue;
      addTo(index, newKey, record);
      this.#hashes[place]?.add(newKey);
    }
  }

  /**
   * Adds a record that was not there, without making it.
   *
   * @param records the same ones for all rows of a chunk
   * @param place of the row in them
   * @param hashes of its match keys by indexed field, from `from` on; 0 for none
   */
  putLate(records: LateRecords, place: number, hashes: Float64Array, from: number): void {
    this.#lateRecords = records;
    for (let index = 0; index < this.#late.length; index += 1) {
      const hash = hashes[from + index] ?? 0;
      if (hash !== 0) this.#late[index]?.add(hash, place);
    }
  }

  /** Whether there may be a record of which the key of an indexed field has this hash; false is certain. */
  mayHave(field: number, hash: number): boolean {
    return this.#hashes[field]?.hasHash(hash) === true || this.#late[field]?.has(hash) === true;
  }

  /** Adds what the table holds. The step finds its records by the field of `held` alone, and changes the key of none. */
  hold(held: HeldRecords): void {
    this.#held = new HeldView(held);
  }

  /** What the table holds, as far as it is not among the records; null where it all is. */
  get held(): HeldRecords | null {
    return this.#held?.records ?? null;
  }

  /** The one record that the table holds under a key of this hash and no row has written; NO_ROW, MANY_ROWS to look further. */
  heldUnder(hash: number): number {
    if (this.mayHave(0, hash)) return MANY_ROWS;
    return this.#held?.under(hash) ?? NO_ROW;
  }

  /** Says that a row writes a held record without a change of its keys. @param place of the row */
  writeHeld(line: number, records: LateRecords, place: number): void {
    this.#lateRecords = records;
    this.#held?.write(line, place);
  }

  /** The record of an id, as far as somebody has found it. */
  get(id: string): RecordState | undefined {
    return this.#records.get(id);
  }

  apply(plan: RowPlan): void {
    if (plan.write !== null) this.put(plan.write.record);
  }

  find(field: string, key: string): readonly RecordState[] {
    if (this.#lateRecords !== null) this.#settleLate(this.#lateRecords, field, key);
    if (this.#held?.records.keyField.name === field) {
      for (const line of this.#held.take(hashKey(key))) this.#settleHeld(this.#held, line);
    }
    const found = this.#index.get(field)?.get(key);
    if (found === undefined) return NONE;
    return Array.isArray(found) ? found : [found];
  }

  #settleLate(records: LateRecords, field: string, key: string): void {
    const late = this.#late[this.#fields.findIndex(({ name }) => name === field)];
    for (const place of late?.take(hashKey(key)) ?? []) {
      if (this.#found.has(place)) continue;
      this.#found.add(place);
      const record = records.record(place);
      this.#records.set(record.id, record);
      for (const [at, one] of records.keys(place).entries()) {
        const index = this.#indexes[at];
        if (one === null || index === undefined) continue;
        addTo(index, one, record);
        this.#hashes[at]?.add(one);
      }
    }
  }

  #settleHeld(held: HeldView, line: number): void {
    const record = held.records.state(line);
    const writer = held.writer(line);
    if (this.#records.has(record.id)) return;
    this.put(writer === NO_ROW ? record : (this.#lateRecords?.changed(writer, record) ?? record));
  }

  findLive(object: string, field: string, key: string): readonly string[] {
    if (object !== this.#object) return this.#foreign.get(foreignKey(object, field))?.get(key) ?? [];
    return this.find(field, key).flatMap((record) => (record.archived ? [] : [record.id]));
  }

  parent(step: string, row: number): ParentRow | null {
    return this.#parents.get(step)?.get(row) ?? null;
  }
}

/** Under which a lookup into another object is kept. */
export function foreignKey(object: string, field: string): string {
  return `${object} ${field}`;
}

/** The field of this name, or the record id. */
export function fieldNamed(object: ObjectModel, name: string): FieldModel {
  return object.fields.find((field) => field.name === name) ?? ID_FIELD;
}
