import type { FieldModel } from '../../core/model/object.ts';
import type { RecordState } from '../../core/planner/plan.ts';
import type { Question } from './candidates.ts';
import { KeySet, MOST_KEYS } from '../../core/hashing/key-set.ts';
import { recordKey } from './record-store.ts';

/** Records below which the server finds a few keys as fast without an index. */
const FEW_RECORDS = 20_000;

/**
 * The match keys of an object whose table was empty when a step began. As long as nobody else writes it, all that can be
 * found there is what the step wrote: most keys need not be asked for, and the table needs no index for them yet.
 */
export class FreshObject {
  readonly #object: string;
  #keys: ReadonlyMap<FieldModel, KeySet> | null;
  /** The same, by the place of the field. */
  #sets: readonly KeySet[];
  #records = 0;
  #isChecked = false;
  #isIndexed = false;

  /**
   * @param fields by which the step finds records of the object
   * @param rows that the step has
   */
  constructor(object: string, fields: readonly FieldModel[], rows: number) {
    this.#object = object;
    this.#keys = rows > MOST_KEYS ? null : new Map(fields.map((field) => [field, new KeySet(rows)]));
    this.#sets = [...(this.#keys?.values() ?? [])];
  }

  /** False once somebody else may have written the object, and from the start for large scopes. */
  get isFresh(): boolean {
    return this.#keys !== null;
  }

  /** Whether nobody has to ask for indexes any more. */
  get isIndexed(): boolean {
    return this.#isIndexed;
  }

  /** Whether the table may still turn out to hold records of others. */
  get isUnchecked(): boolean {
    return this.#keys !== null && !this.#isChecked;
  }

  /** @param isEmpty whether the table held no record when the step first looked */
  check(isEmpty: boolean): void {
    this.#isChecked = true;
    if (!isEmpty) this.forget();
  }

  /** From now on everything is asked for. */
  forget(): void {
    this.#keys = null;
    this.#sets = [];
  }

  add(record: RecordState): void {
    if (this.#keys === null) return;
    this.#records += 1;
    for (const [field, known] of this.#keys) {
      const key = recordKey(field, record);
      if (key !== null) known.add(key);
    }
  }

  /** As `add`. @param hashes of the keys under which the record is found, by field, from `from` on; 0 for none */
  addHashes(hashes: Float64Array, from: number): void {
    if (this.#keys === null) return;
    this.#records += 1;
    for (let place = 0; place < this.#sets.length; place += 1) {
      const hash = hashes[from + place] ?? 0;
      if (hash !== 0) this.#sets[place]?.addHash(hash);
    }
  }

  /** Whether there may be a record of which the key of a field has this hash. @param field its place among the fields */
  mayHave(field: number, hash: number): boolean {
    return this.#keys === null || this.#sets[field]?.hasHash(hash) !== false;
  }

  /** The keys of a question for which there may be a record. */
  narrow({ object, field, keys }: Question): ReadonlySet<string> {
    if (this.#keys === null || object !== this.#object) return keys;
    const known = Array.from(this.#keys).find(([one]) => one.name === field.name)?.[1];
    if (known === undefined) return keys;
    const left = new Set<string>();
    for (const key of keys) if (known.has(key)) left.add(key);
    return left;
  }

  /** Whether the table should get its indexes before these keys are asked for. True once. */
  needsIndexes(asked: number): boolean {
    if (this.#isIndexed || (this.isFresh && (asked === 0 || this.#records < FEW_RECORDS))) return false;
    this.#isIndexed = true;
    return true;
  }
}
