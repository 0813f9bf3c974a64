import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { ID_FIELD } from '../../core/model/object.ts';
import { matchKey } from '../../core/planner/field-value.ts';
import type { ParentRow, RecordState, RecordView, RowPlan } from '../../core/planner/plan.ts';

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
  readonly #foreign: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  readonly #parents: ReadonlyMap<string, ReadonlyMap<number, ParentRow>>;

  /**
   * @param indexed fields of the object that rules and lookups into the object itself ask for
   * @param foreign live ids by match key, by `foreignKey(object, field)`, for lookups into other objects
   * @param parents what the rows came to in earlier steps, by step and row
   */
  constructor(
    object: ObjectModel,
    indexed: readonly FieldModel[],
    foreign: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>,
    parents: ReadonlyMap<string, ReadonlyMap<number, ParentRow>>,
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
  }

  /** Adds a record, or puts it in the place of an earlier state of it. */
  put(record: RecordState): void {
    const before = this.#records.get(record.id);
    this.#records.set(record.id, record);
    for (const field of this.#fields) {
      const index = this.#index.get(field.name);
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
      if (newKey !== null) addTo(index, newKey, record);
    }
  }

  /** Adds a record that was not there. @param keys under which it is found, by indexed field */
  putNew(record: RecordState, keys: readonly (string | null)[]): void {
    this.#records.set(record.id, record);
    for (let place = 0; place < keys.length; place += 1) {
      const key = keys[place] ?? null;
      const index = this.#indexes[place];
      if (key !== null && index !== undefined) addTo(index, key, record);
    }
  }

  /** Whether a record has this match key. */
  has(field: string, key: string): boolean {
    const found = this.#index.get(field)?.get(key);
    return found !== undefined && (!Array.isArray(found) || found.length > 0);
  }

  get(id: string): RecordState | undefined {
    return this.#records.get(id);
  }

  apply(plan: RowPlan): void {
    if (plan.write !== null) this.put(plan.write.record);
  }

  find(field: string, key: string): readonly RecordState[] {
    const found = this.#index.get(field)?.get(key);
    if (found === undefined) return NONE;
    return Array.isArray(found) ? found : [found];
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
