const LF = 10;
const NOTHING = Buffer.alloc(0);

/** Walks over lines that come in blocks (see readLineBlocks), without making anything of those that are passed by. */
export class LineCursor {
  /** The block; the line stands from `from` to before its LF at `to`. */
  bytes: Buffer = NOTHING;
  from = 0;
  to = -1;
  /** Lines so far. */
  lines = 0;
  readonly #blocks: AsyncIterator<Uint8Array>;
  #ended = false;

  constructor(blocks: AsyncIterable<Uint8Array>) {
    this.#blocks = blocks[Symbol.asyncIterator]();
  }

  /** Goes on with the next block, to be walked with `next`; false after the last one. */
  async load(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#blocks.next();
    this.#ended = next.done === true;
    this.bytes =
      next.done === true ? NOTHING : Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.from = 0;
    this.to = -1;
    return !this.#ended;
  }

  /** Goes to the next line of the block; false after its last one. */
  next(): boolean {
    const from = this.to + 1;
    if (from >= this.bytes.length) return false;
    this.from = from;
    this.to = this.bytes.indexOf(LF, from);
    this.lines += 1;
    return true;
  }

  /** The line as text. */
  text(from = this.from, to = this.to): string {
    return this.bytes.toString('utf8', from, to);
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#blocks.return?.();
  }
}
