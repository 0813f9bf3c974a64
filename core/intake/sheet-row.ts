/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within the width */
import { isBlankByte } from './tsv-encoder.ts';

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const NOTHING = new Uint8Array(0);

/**
 * One row of a sheet: its number in the sheet, from 1, and its cells as spans of UTF-8 bytes by column, from 0. A span
 * lies wherever its bytes came from (the file, the shared texts, or bytes that the row made itself), so that most cells
 * are never copied or decoded. An empty span is a blank. Filled anew for every row; valid until then.
 */
export class SheetRow {
  number = 0;
  /** Columns up to the last cell that is there, blank or not. */
  width = 0;
  /** Of all cells that were put, with those that another one took the place of. */
  bytes = 0;
  sources: Uint8Array[] = [];
  begins = new Int32Array(64);
  ends = new Int32Array(64);
  #own = new Uint8Array(1024);
  #used = 0;

  /** Begins the next row. */
  clear(number: number): void {
    // References to bytes of rows before would keep those alive.
    this.sources.fill(NOTHING, 0, this.width);
    this.begins.fill(0, 0, this.width);
    this.ends.fill(0, 0, this.width);
    this.number = number;
    this.width = 0;
    this.bytes = 0;
    this.#used = 0;
  }

  /** A cell of bytes that stay as they are until the row is taken. */
  put(column: number, source: Uint8Array, begin: number, end: number): void {
    if (column >= this.width) this.#widen(column + 1);
    this.bytes += end - begin;
    this.sources[column] = source;
    this.begins[column] = begin;
    this.ends[column] = end;
  }

  /** A cell of this text; null is a blank. */
  putText(column: number, text: string | null): void {
    if (text === null || text === '') {
      this.put(column, NOTHING, 0, 0);
      return;
    }
    const begin = this.reserve(text.length * 3);
    const { written } = utf8.encodeInto(text, this.#own.subarray(begin));
    this.putOwn(column, begin, begin + written);
  }

  /** Room for so many bytes in `own`, from the offset that is returned; `putOwn` makes a cell of them. */
  reserve(bytes: number): number {
    if (this.#used + bytes > this.#own.length) {
      // Cells of this row keep the bytes before.
      this.#own = new Uint8Array(Math.max(bytes, this.#own.length * 2));
      this.#used = 0;
    }
    return this.#used;
  }

  get own(): Uint8Array {
    return this.#own;
  }

  putOwn(column: number, begin: number, end: number): void {
    this.#used = end;
    this.put(column, this.#own, begin, end);
  }

  /**
   * Takes blanks off both ends of every cell where `trim` asks for that.
   *
   * @returns columns up to the last cell that holds something, and the bytes of the longest
   */
  settle(trim: boolean): { readonly width: number; readonly longest: number } {
    const { sources, begins, ends } = this;
    let width = 0;
    let longest = 0;
    for (let column = 0; column < this.width; column += 1) {
      let begin = begins[column]!;
      let end = ends[column]!;
      if (begin === end) continue;
      if (trim) {
        const source = sources[column]!;
        while (begin < end && isBlankByte(source[begin]!)) begin += 1;
        while (end > begin && isBlankByte(source[end - 1]!)) end -= 1;
        begins[column] = begin;
        ends[column] = end;
        if (begin === end) continue;
      }
      width = column + 1;
      if (end - begin > longest) longest = end - begin;
    }
    return { width, longest };
  }

  /** The texts of all cells; '' for a blank. */
  texts(): string[] {
    return Array.from({ length: this.width }, (_, column) => this.text(column));
  }

  /** The text of a cell; '' for a blank. */
  text(column: number): string {
    if (column >= this.width) return '';
    return fromUtf8.decode(this.sources[column]?.subarray(this.begins[column], this.ends[column]));
  }

  #widen(width: number): void {
    if (width > this.begins.length) {
      this.begins = grown(this.begins, width);
      this.ends = grown(this.ends, width);
    }
    while (this.sources.length < width) this.sources.push(NOTHING);
    this.width = width;
  }
}

function grown(array: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(least, array.length * 2));
  larger.set(array);
  return larger;
}
