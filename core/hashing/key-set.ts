import { hashKey } from './key-hash.ts';

/** Rows for which a KeySet is kept: 16 bytes each. */
export const MOST_KEYS = 4_000_000;

/**
 * A set of keys by their hashes, in 16 bytes a key. What was added is always found; what was not is found once in
 * many millions, so that a hit is a reason to look and no more.
 */
export class KeySet {
  #slots: Float64Array;
  #count = 0;

  /** @param keys how many are expected; more make it grow */
  constructor(keys: number) {
    this.#slots = new Float64Array(2 ** Math.ceil(Math.log2(Math.max(keys, 8) * 2)));
  }

  /** How many different keys it has. */
  get size(): number {
    return this.#count;
  }

  add(key: string): void {
    this.addHash(hashKey(key));
  }

  has(key: string): boolean {
    return this.hasHash(hashKey(key));
  }

  addHash(hash: number): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    this.#insert(hash);
  }

  hasHash(hash: number): boolean {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot];
      if (found === hash) return true;
      if (found === 0) return false;
    }
  }

  #insert(hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) {
      if (this.#slots[slot] === hash) return;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = hash;
    this.#count += 1;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2);
    this.#count = 0;
    for (const hash of old) if (hash !== 0) this.#insert(hash);
  }
}
