const NO_ROWS: readonly number[] = [];
export const NO_ROW = -1;
export const MANY_ROWS = -2;
const NO_ENTRY = -1;

/** At least half of them stay free. */
const slotsFor = (rows: number): number => 2 ** Math.ceil(Math.log2(Math.max(rows, 1) * 2));

/**
 * Rows by the hash of a key, each under any number of hashes. Two keys of one hash are told apart by whoever asks. A key may
 * have any number of rows: they hang on its slot as a chain.
 */
export class HashIndex {
  /** By slot; 0 where it is free. */
  #hashes: Float64Array;
  /** By slot: the first and the last of its entries. */
  #first: Int32Array;
  #last: Int32Array;
  #used = 0;
  /** By entry: its row, and the entry after it, up to the last one. */
  #rows: Int32Array;
  #next: Int32Array;
  #entries = 0;
  readonly #likely: number;

  /**
   * @param expected how many rows are added; more make it grow
   * @param likely what it grows to at once
   */
  constructor(expected = 0, likely = 0) {
    this.#likely = likely;
    const most = Math.max(expected, 32);
    const slots = slotsFor(most);
    this.#hashes = new Float64Array(slots);
    this.#first = new Int32Array(slots);
    this.#last = new Int32Array(slots);
    this.#rows = new Int32Array(most);
    this.#next = new Int32Array(most);
  }

  /** @param hash not 0 */
  add(hash: number, row: number): void {
    if (this.#entries === this.#rows.length) this.#growEntries();
    const entry = this.#entries++;
    this.#rows[entry] = row;
    const slot = this.#find(hash);
    const isKnown = this.#hashes[slot] === hash;
    if (isKnown && this.#first[slot] !== NO_ENTRY) this.#next[this.#last[slot] ?? 0] = entry;
    else this.#first[slot] = entry;
    this.#last[slot] = entry;
    if (isKnown) return;
    this.#hashes[slot] = hash;
    this.#used += 1;
    if (this.#used * 2 > this.#hashes.length) this.#growSlots();
  }

  /** Whether anything was ever added under a hash. */
  has(hash: number): boolean {
    return this.#hashes[this.#find(hash)] === hash;
  }

  /** The rows under a hash, in the order in which they were added; from then on it has none but is still known. */
  take(hash: number): readonly number[] {
    const slot = this.#find(hash);
    if (this.#hashes[slot] !== hash || this.#first[slot] === NO_ENTRY) return NO_ROWS;
    const rows: number[] = [];
    const last = this.#last[slot] ?? 0;
    for (let entry = this.#first[slot] ?? 0; ; entry = this.#next[entry] ?? 0) {
      rows.push(this.#rows[entry] ?? 0);
      if (entry === last) break;
    }
    this.#first[slot] = NO_ENTRY;
    return rows;
  }

  /** The one row under a hash; NO_ROW, or MANY_ROWS. */
  only(hash: number): number {
    const slot = this.#find(hash);
    const first = this.#first[slot] ?? NO_ENTRY;
    if (this.#hashes[slot] !== hash || first === NO_ENTRY) return NO_ROW;
    return first === this.#last[slot] ? (this.#rows[first] ?? NO_ROW) : MANY_ROWS;
  }

  /** The slot that holds the hash, or the free one where it would stand. */
  #find(hash: number): number {
    const mask = this.#hashes.length - 1;
    let slot = hash & mask;
    while (this.#hashes[slot] !== hash && this.#hashes[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #growEntries(): void {
    const grow = (before: Int32Array): Int32Array => {
      const after = new Int32Array(Math.max(before.length * 2, this.#likely));
      after.set(before);
      return after;
    };
    this.#rows = grow(this.#rows);
    this.#next = grow(this.#next);
  }

  #growSlots(): void {
    const hashes = this.#hashes;
    const first = this.#first;
    const last = this.#last;
    const slots = Math.max(hashes.length * 2, slotsFor(this.#likely));
    this.#hashes = new Float64Array(slots);
    this.#first = new Int32Array(slots);
    this.#last = new Int32Array(slots);
    for (const [slot, hash] of hashes.entries()) {
      if (hash === 0) continue;
      const to = this.#find(hash);
      this.#hashes[to] = hash;
      this.#first[to] = first[slot] ?? 0;
      this.#last[to] = last[slot] ?? 0;
    }
  }
}
