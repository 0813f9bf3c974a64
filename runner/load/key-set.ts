/** Rows for which a KeySet is kept: 16 bytes each. */
export const MOST_KEYS = 4_000_000;

/**
 * A set of match keys by 53 bits of a hash each (cyrb53), in 16 bytes a key. What was added is always found; what was not
 * is found once in many millions, so that a hit is a reason to look and no more.
 */
export class KeySet {
  #slots: Float64Array;
  #count = 0;

  /** @param keys how many are expected; more make it grow */
  constructor(keys: number) {
    this.#slots = new Float64Array(2 ** Math.ceil(Math.log2(Math.max(keys, 8) * 2)));
  }

  add(key: string): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    this.#insert(hashKey(key));
  }

  has(key: string): boolean {
    const hash = hashKey(key);
    const mask = this.#slots.length - 1;
    for (let slot = hash % this.#slots.length; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot];
      if (found === hash) return true;
      if (found === 0) return false;
    }
  }

  #insert(hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash % this.#slots.length;
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

/** 1 to 2^53 - 1: 0 marks a free slot. */
function hashKey(key: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0) || 1;
}
