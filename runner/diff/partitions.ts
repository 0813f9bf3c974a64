import { closeSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { mixKey } from './key-table.ts';

/** Makes partitions of a name. @param rowWords what a row takes, its key of `keyWords` first */
export type OpenPartitions = (name: string, keyWords: number, rowWords: number) => Partitions;

/** About what one partition holds in memory before it goes to the disk. */
const BLOCK_WORDS = 8192;

/**
 * Rows of 32-bit words, parted by a key that they begin with, so that each part can be looked at by itself: all rows of one key
 * are in one part. They lie in one file, block by block; memory holds a block for each part.
 */
export class Partitions {
  /** The open blocks of all partitions. */
  readonly words: Uint32Array;
  readonly #path: string;
  readonly #file: number;
  readonly #keyWords: number;
  readonly #rowWords: number;
  readonly #blockWords: number;
  /** Of each open block, in words. */
  readonly #lengths: Uint32Array;
  /** Which blocks of the file belong to each partition. */
  readonly #written: number[][];
  readonly #block: Uint32Array;
  #blocks = 0;

  /** @param count a power of two */
  constructor(path: string, count: number, keyWords: number, rowWords: number) {
    this.#path = path;
    this.#file = openSync(path, 'w+', 0o600);
    this.#keyWords = keyWords;
    this.#rowWords = rowWords;
    this.#blockWords = BLOCK_WORDS - (BLOCK_WORDS % rowWords);
    this.words = new Uint32Array(count * this.#blockWords);
    this.#lengths = new Uint32Array(count);
    this.#written = Array.from({ length: count }, () => []);
    this.#block = new Uint32Array(this.#blockWords);
  }

  get count(): number {
    return this.#lengths.length;
  }

  /** Where in `words` the next row of a key goes, of which the caller fills every word. */
  place(key: Uint32Array, at: number): number {
    const partition = mixKey(key, at, this.#keyWords) & (this.count - 1);
    let length = this.#lengths[partition] ?? 0;
    if (length === this.#blockWords) {
      this.#write(partition);
      length = 0;
    }
    this.#lengths[partition] = length + this.#rowWords;
    return partition * this.#blockWords + length;
  }

  /** Shows the rows of a partition in the order in which they came. */
  scan(partition: number, visit: (words: Uint32Array, at: number) => void): void {
    const bytes = new Uint8Array(this.#block.buffer);
    for (const block of this.#written[partition] ?? []) {
      const read = readSync(this.#file, bytes, 0, bytes.length, block * bytes.length);
      if (read < bytes.length) throw new Error(`${this.#path}: block ${block} is cut off`);
      for (let at = 0; at < this.#blockWords; at += this.#rowWords) visit(this.#block, at);
    }
    const start = partition * this.#blockWords;
    const end = start + (this.#lengths[partition] ?? 0);
    for (let at = start; at < end; at += this.#rowWords) visit(this.words, at);
  }

  /** Removes the file. */
  close(): void {
    closeSync(this.#file);
    rmSync(this.#path);
  }

  #write(partition: number): void {
    const start = partition * this.#blockWords;
    // At the end of the file, and whole.
    writeFileSync(this.#file, this.words.subarray(start, start + this.#blockWords));
    this.#written[partition]?.push(this.#blocks);
    this.#blocks += 1;
  }
}
