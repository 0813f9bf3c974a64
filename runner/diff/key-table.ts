const FEWEST_SLOTS = 1024;
const NOTHING = 0;

/** Mixes a key of 32-bit words into 32 bits, after MurmurHash3: every bit of the key changes all of them. */
export function mixKey(words: Uint32Array, at: number, length: number): number {
  let mixed = length;
  for (let index = at; index < at + length; index += 1) {
    let word = Math.imul(words[index] ?? 0, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    mixed ^= Math.imul(word, 0x1b873593);
    mixed = (mixed << 13) | (mixed >>> 19);
    mixed = (Math.imul(mixed, 5) + 0xe6546b64) | 0;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Groups by key, with a few numbers for each, all of them 32-bit words in one array: no object is made of any. */
export class KeyTable {
  /** The groups one after another, each with its key and then its value. Another array once a group was added. */
  words: Uint32Array;
  readonly #keyWords: number;
  readonly #groupWords: number;
  /** For each slot the number of its group, from 1. */
  #slots = new Uint32Array(FEWEST_SLOTS);
  #groups = 0;

  constructor(keyWords: number, valueWords: number) {
    this.#keyWords = keyWords;
    this.#groupWords = keyWords + valueWords;
    this.words = new Uint32Array((FEWEST_SLOTS / 2) * this.#groupWords);
  }

  /** Where the value of a key lies in `words`; -1 where there is no such group. */
  find(source: Uint32Array, at: number): number {
    const group = this.#slots[this.#slotOf(source, at)] ?? NOTHING;
    return group === NOTHING ? -1 : this.#valueOf(group);
  }

  /** As `find`; a group that is not there is made, with a value of zeros. */
  place(source: Uint32Array, at: number): number {
    const slot = this.#slotOf(source, at);
    const found = this.#slots[slot] ?? NOTHING;
    if (found !== NOTHING) return this.#valueOf(found);
    if (this.#groups * 2 === this.#slots.length) {
      this.#grow();
      return this.place(source, at);
    }
    this.#groups += 1;
    this.#slots[slot] = this.#groups;
    const value = this.#valueOf(this.#groups);
    for (let index = 0; index < this.#keyWords; index += 1) {
      this.words[value - this.#keyWords + index] = source[at + index] ?? 0;
    }
    return value;
  }

  /** Forgets all groups, and keeps the room for as many. */
  clear(): void {
    this.#slots.fill(NOTHING);
    this.words.fill(0, 0, this.#groups * this.#groupWords);
    this.#groups = 0;
  }

  #valueOf(group: number): number {
    return (group - 1) * this.#groupWords + this.#keyWords;
  }

  /** The slot of a key, or the free one that it would take. By the high bits: the low ones are alike within a partition. */
  #slotOf(source: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1;
    let slot = mixKey(source, at, this.#keyWords) >>> Math.clz32(mask);
    for (;;) {
      const group = this.#slots[slot] ?? NOTHING;
      if (group === NOTHING || this.#hasKey(group, source, at)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #hasKey(group: number, source: Uint32Array, at: number): boolean {
    const key = (group - 1) * this.#groupWords;
    for (let index = 0; index < this.#keyWords; index += 1) {
      if (this.words[key + index] !== source[at + index]) return false;
    }
    return true;
  }

  #grow(): void {
    const words = new Uint32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let group = 1; group <= this.#groups; group += 1) {
      this.#slots[this.#slotOf(words, (group - 1) * this.#groupWords)] = group;
    }
  }
}
