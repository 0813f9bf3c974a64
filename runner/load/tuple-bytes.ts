import { partsOf, RowBytes } from './row-bytes.ts';

/** Signature, flags and the length of an extension, which there is none. */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.of(0xff, 0xff);
const FIELD_COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

/** Rows in the binary format of `COPY … FROM STDIN`, each with the number of its fields in front. */
export class TupleBytes extends RowBytes {
  readonly #dropped = new Set<number>();

  /** Takes a row back. @param place of the row */
  drop(place: number): void {
    this.#dropped.add(place);
  }

  /** How many rows there are to send. */
  get kept(): number {
    return this.length - this.#dropped.size;
  }

  /** What `COPY` is sent, in parts that end anywhere. */
  *parts(): Generator<Buffer> {
    yield HEADER;
    const written = this.bytes.subarray(0, this.end);
    yield* partsOf(this.#dropped.size === 0 ? written : this.#withoutDropped(written));
    yield TRAILER;
  }

  #withoutDropped(written: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let kept = 0;
    let from = 0;
    for (let place = 0; place < this.length; place += 1) {
      const end = endOfTuple(written, from);
      if (this.#dropped.has(place)) {
        pieces.push(written.subarray(kept, from));
        kept = end;
      }
      from = end;
    }
    pieces.push(written.subarray(kept));
    return Buffer.concat(pieces);
  }
}

function endOfTuple(bytes: Buffer, from: number): number {
  let at = from + FIELD_COUNT_BYTES;
  for (let fields = bytes.readInt16BE(from); fields > 0; fields -= 1) {
    at += LENGTH_BYTES + Math.max(0, bytes.readInt32BE(at));
  }
  return at;
}
