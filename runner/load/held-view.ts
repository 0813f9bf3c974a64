import { HashIndex, MANY_ROWS, NO_ROW } from './hash-index.ts';
import type { HeldRecords } from './held-records.ts';

/** What became of the records that a table held when the rows of a chunk asked for them. */
export class HeldView {
  readonly records: HeldRecords;
  readonly #keys: HashIndex;
  /** By line: the row that wrote it. */
  readonly #writers: Int32Array;

  constructor(records: HeldRecords) {
    this.records = records;
    this.#keys = new HashIndex(records.length);
    this.#writers = new Int32Array(records.length).fill(NO_ROW);
    for (const [line, hash] of records.keyHashes.entries()) this.#keys.add(hash, line);
  }

  /** The one live record under a key that is plain, and that no row has written; NO_ROW; MANY_ROWS for any other. */
  under(hash: number): number {
    const line = this.#keys.only(hash);
    if (line < 0) return line;
    const isReady =
      this.#writers[line] === NO_ROW && this.records.isPlain[line] === 1 && !this.records.isArchived(line);
    return isReady ? line : MANY_ROWS;
  }

  /** The lines under a hash, to become records; they are no longer held then. */
  take(hash: number): readonly number[] {
    return this.#keys.take(hash);
  }

  /** @param place of the row */
  write(line: number, place: number): void {
    this.#writers[line] = place;
  }

  /** The row that wrote a line, or NO_ROW. */
  writer(line: number): number {
    return this.#writers[line] ?? NO_ROW;
  }
}
