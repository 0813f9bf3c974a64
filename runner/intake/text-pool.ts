import { BadInput } from './bad-input.ts';

const MAX_BYTES = 1024 * 1024 * 1024;

/** Texts by number, kept as UTF-8 in one buffer: a third of the memory of as many strings. */
export class TextPool {
  #bytes = Buffer.alloc(64 * 1024);
  #length = 0;
  #ends = new Uint32Array(1024);
  #count = 0;
  readonly #label: string;

  constructor(label: string) {
    this.#label = label;
  }

  get size(): number {
    return this.#count;
  }

  add(text: string): void {
    const most = this.#length + text.length * 3;
    if (most > this.#bytes.length) this.#grow(this.#length + Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
    if (this.#count === this.#ends.length) {
      const ends = new Uint32Array(this.#ends.length * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.#count++] = this.#length;
  }

  get(index: number): string | undefined {
    if (!(index >= 0 && index < this.#count)) return undefined;
    return this.#bytes.toString('utf8', index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }

  #grow(size: number): void {
    if (size > MAX_BYTES) {
      throw new BadInput('UnsafeArchive', `${this.#label} holds more than ${MAX_BYTES / 1024 ** 2} MiB of texts`, {
        file: this.#label,
        hint: 'send the sheet as CSV',
      });
    }
    const grown = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
