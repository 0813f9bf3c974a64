import type { SheetRow } from '../../core/intake/sheet-row.ts';
import { BadInput, renderBytes } from './bad-input.ts';

const MAX_BYTES = 1024 * 1024 * 1024;

/** Texts by number, kept as UTF-8 in one buffer: a third of the memory of as many strings. */
export class TextPool {
  #bytes = Buffer.alloc(64 * 1024);
  #length = 0;
  #ends = new Uint32Array(1024);
  #count = 0;
  readonly #label: string;
  readonly #maxBytes: number;

  constructor(label: string, maxBytes = MAX_BYTES) {
    this.#label = label;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#count;
  }

  add(text: string): void {
    const most = this.#length + text.length * 3;
    if (most > this.#bytes.length) this.#grow(this.#length + Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
    this.#close();
  }

  /** A text of these bytes of UTF-8. */
  addBytes(source: Buffer, begin: number, end: number): void {
    if (this.#length + end - begin > this.#bytes.length) this.#grow(this.#length + end - begin);
    source.copy(this.#bytes, this.#length, begin, end);
    this.#length += end - begin;
    this.#close();
  }

  /** Makes a text the cell of a row; false where there is none of this number. No text may be added afterwards. */
  putInto(row: SheetRow, column: number, index: number): boolean {
    const end = this.#ends[index];
    if (index >= this.#count || end === undefined) return false;
    row.put(column, this.#bytes, index === 0 ? 0 : (this.#ends[index - 1] ?? 0), end);
    return true;
  }

  #close(): void {
    if (this.#count === this.#ends.length) {
      // Texts that are empty take room as well.
      if (2 * this.#ends.byteLength > this.#maxBytes) throw this.#tooLarge();
      const ends = new Uint32Array(this.#ends.length * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.#count++] = this.#length;
  }

  #grow(size: number): void {
    if (size > this.#maxBytes) throw this.#tooLarge();
    const grown = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #tooLarge(): BadInput {
    return new BadInput('UnsafeArchive', `${this.#label} holds more than ${renderBytes(this.#maxBytes)} of texts`, {
      file: this.#label,
      hint: 'send the sheet as CSV',
    });
  }
}
