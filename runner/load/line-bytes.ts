import { partsOf, RowBytes } from './row-bytes.ts';

const LF = 10;
const MOST_BYTES_OF_A_CHARACTER = 3;

/** Lines of UTF-8 text. A line can be replaced; each ends in LF and holds no other. */
export class LineBytes extends RowBytes {
  /** Lines that took the place of others, by their place. */
  readonly #replaced = new Map<number, string>();

  /** @returns the place of the line */
  push(line: string): number {
    this.reserve(line.length * MOST_BYTES_OF_A_CHARACTER);
    return this.close(this.end + this.bytes.write(line, this.end, 'utf8'));
  }

  replace(place: number, line: string): void {
    this.#replaced.set(place, line);
  }

  /** All lines, in order. */
  whole(): Buffer {
    const written = this.bytes.subarray(0, this.end);
    return this.#replaced.size === 0 ? written : this.#withReplaced(written);
  }

  /** All lines, in order, in parts that end anywhere. */
  parts(): Iterable<Buffer> {
    return partsOf(this.whole());
  }

  #withReplaced(written: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let kept = 0;
    let from = 0;
    for (let place = 0; place < this.length; place += 1) {
      const end = written.indexOf(LF, from) + 1;
      const line = this.#replaced.get(place);
      if (line !== undefined) {
        pieces.push(written.subarray(kept, from), Buffer.from(line, 'utf8'));
        kept = end;
      }
      from = end;
    }
    pieces.push(written.subarray(kept));
    return Buffer.concat(pieces);
  }
}
