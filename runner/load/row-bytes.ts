const NOTHING = Buffer.alloc(0);
const FIRST_BYTES = 1 << 16;
const MOST_KEPT = 2;
/** A chunk of long texts has buffers that are not worth keeping. */
const MOST_KEPT_BYTES = 1 << 24;
/** Bytes of the parts in which rows are handed on: who gets them holds one at a time. */
const PART_BYTES = 1 << 18;

/** Keeps buffers for the next chunk: each new one brings the garbage collector nearer to its next walk over everything. */
export class BytePool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Nobody may use the buffer any more. */
  give(bytes: Buffer): void {
    if (bytes.length > 0 && this.#free.length < MOST_KEPT && bytes.length <= MOST_KEPT_BYTES) this.#free.push(bytes);
  }
}

/**
 * Rows that are gathered one by one as bytes, outside of the heap that the garbage collector goes through again and again.
 * To write one, `reserve` room for it, write from `end` on, and say by `close` where it ends.
 */
export class RowBytes {
  bytes: Buffer = NOTHING;
  /** Where the rows end. */
  end = 0;
  #count = 0;
  readonly #pool: BytePool;

  constructor(pool: BytePool) {
    this.#pool = pool;
  }

  /** How many rows were closed. */
  get length(): number {
    return this.#count;
  }

  /** Ends the use of the rows and of all that was made of them. */
  release(): void {
    this.#pool.give(this.bytes);
    this.bytes = NOTHING;
    this.end = 0;
  }

  reserve(most: number): void {
    if (this.bytes.length === 0) this.bytes = this.#pool.take();
    if (this.end + most <= this.bytes.length) return;
    const growth = this.bytes.length < MOST_KEPT_BYTES ? 2 : 1.25;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.end + most, Math.ceil(this.bytes.length * growth)));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }

  /** @returns the place of the row */
  close(end: number): number {
    this.end = end;
    return this.#count++;
  }
}

/** Bytes in parts that end anywhere. */
export function* partsOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
}
