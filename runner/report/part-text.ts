import { BLOCK_BYTES, type PartWriter } from './deflate-part.ts';
import { TextBytes } from './text-bytes.ts';

/** A block is handed over while an ordinary row still fits into it. */
const FULL_BYTES = BLOCK_BYTES - (1 << 15);

/** UTF-8 text on its way into a part, a block at a time. */
export class PartText {
  readonly bytes: TextBytes;
  readonly #part: PartWriter;

  constructor(part: PartWriter) {
    this.#part = part;
    this.bytes = new TextBytes(part.block());
  }

  /** Bytes so far. */
  get length(): number {
    return this.#part.bytes + this.bytes.length;
  }

  /** To be called after each row or so: hands over what is there once it is a block. True asks to await `drain`. */
  pass(): boolean {
    return this.bytes.length >= FULL_BYTES && this.#handOver(this.#part.block());
  }

  async drain(): Promise<void> {
    await this.#part.drain();
  }

  async end(): Promise<void> {
    if (this.bytes.length > 0) this.#handOver(Buffer.alloc(0));
    await this.#part.end();
  }

  #handOver(next: Buffer): boolean {
    const { length } = this.bytes;
    return this.#part.write(this.bytes.exchange(next), length);
  }
}
