import type { ClientBase } from 'pg';
import { copyIn } from './copy.ts';
import { LineBytes } from './line-bytes.ts';
import type { BytePool } from './row-bytes.ts';
import { TupleBytes } from './tuple-bytes.ts';

/**
 * Rows for one table: tuples in the binary format, which the server takes in half the time, and lines of text, which may
 * hold whatever the server reads. Each has a place, by which it can be replaced.
 */
export class CopyRows {
  readonly tuples: TupleBytes;
  readonly #lines: LineBytes;

  constructor(pool: BytePool) {
    this.tuples = new TupleBytes(pool);
    this.#lines = new LineBytes(pool);
  }

  get isEmpty(): boolean {
    return this.tuples.length === 0 && this.#lines.length === 0;
  }

  /** @returns the place of the line, for `replace` */
  push(line: string): number {
    return -1 - this.#lines.push(line);
  }

  /**
   * @param place that `tuples` or `push` gave to the row
   * @returns the place of the line that is in its place
   */
  replace(place: number, line: string): number {
    if (place >= 0) {
      this.tuples.drop(place);
      return this.push(line);
    }
    this.#lines.replace(-1 - place, line);
    return place;
  }

  /** @param target table and columns */
  async send(client: ClientBase, target: string): Promise<void> {
    if (this.tuples.kept > 0) await copyIn(client, `COPY ${target} FROM STDIN (FORMAT binary)`, this.tuples.parts());
    if (this.#lines.length > 0) await copyIn(client, `COPY ${target} FROM STDIN`, this.#lines.parts());
  }

  release(): void {
    this.tuples.release();
    this.#lines.release();
  }
}
