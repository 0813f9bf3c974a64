import type { HashTotals } from './fold-request.ts';

/** Additions of 32-bit words until their sum may be no whole number any more. */
const ADDITIONS = 2 ** 20;

/** Adds hashes up as `HashTotals` has them. */
export class HashSum {
  #count = 0;
  #total = 0n;
  /** The sums of each word since the last time they went into the total. */
  readonly #words = new Float64Array(4);

  /** @param at of four words, the lowest first */
  add(words: Uint32Array, at: number): void {
    for (let index = 0; index < 4; index += 1)
      this.#words[index] = (this.#words[index] ?? 0) + (words[at + index] ?? 0);
    this.#count += 1;
    if (this.#count % ADDITIONS === 0) this.#carry();
  }

  get totals(): HashTotals {
    this.#carry();
    return { count: this.#count, sum: String(this.#total) };
  }

  #carry(): void {
    for (const [index, word] of this.#words.entries()) this.#total += BigInt(word) << BigInt(32 * index);
    this.#total = BigInt.asUintN(128, this.#total);
    this.#words.fill(0);
  }
}
