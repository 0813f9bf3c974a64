/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
const BACKSLASH = 92;
const UPPER_N = 78;
const TAB = 9;
const LF = 10;
const SPACE = 32;
const CR = 13;

/** The letter after the backslash for bytes that ClickHouse's TabSeparated escapes; 0: the byte stands for itself. */
const ESCAPES = new Uint8Array(256);
ESCAPES[0] = 48;
ESCAPES[TAB] = 116;
ESCAPES[LF] = 110;
ESCAPES[CR] = 114;
ESCAPES[BACKSLASH] = BACKSLASH;

const utf8 = new TextEncoder();

/**
 * Writes rows in ClickHouse's TabSeparated format into a buffer that grows as a row needs it: tab between cells, one LF
 * a row, `\N` for NULL, and backslash, tab, LF, CR and NUL escaped. Whoever drives it takes the bytes (`filled`) and
 * calls `clear` between rows.
 */
export class TsvEncoder {
  #buffer: Uint8Array;
  #length = 0;
  #atRowStart = true;
  #scratch = new Uint8Array(1024);

  constructor(initialBytes = 65536) {
    this.#buffer = new Uint8Array(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** A view: valid until the next write. */
  filled(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** A whole number that is not negative. */
  integer(value: number): void {
    this.#separate(20);
    let divisor = 1;
    while (value / divisor >= 10) divisor *= 10;
    for (; divisor >= 1; divisor /= 10) this.#buffer[this.#length++] = 48 + (Math.floor(value / divisor) % 10);
  }

  nil(): void {
    this.#separate(2);
    this.#buffer[this.#length++] = BACKSLASH;
    this.#buffer[this.#length++] = UPPER_N;
  }

  /** One cell of UTF-8 bytes; empty, after blanks at both ends went where `trim` asks for that, is NULL. */
  cell(source: Uint8Array, begin: number, end: number, trim: boolean): void {
    let from = begin;
    let to = end;
    if (trim) {
      while (from < to && isBlankByte(source[from]!)) from += 1;
      while (to > from && isBlankByte(source[to - 1]!)) to -= 1;
    }
    if (from === to) {
      this.nil();
      return;
    }
    this.#separate(2 * (to - from));
    const buffer = this.#buffer;
    let length = this.#length;
    for (let at = from; at < to; at += 1) {
      const byte = source[at]!;
      const escape = ESCAPES[byte]!;
      if (escape === 0) {
        buffer[length++] = byte;
      } else {
        buffer[length++] = BACKSLASH;
        buffer[length++] = escape;
      }
    }
    this.#length = length;
  }

  /** One cell of text, taken as it is; null is NULL and '' an empty text. */
  text(value: string | null): void {
    if (value === null) {
      this.nil();
      return;
    }
    if (value === '') {
      this.#separate(0);
      return;
    }
    if (this.#scratch.length < value.length * 3) this.#scratch = new Uint8Array(value.length * 4);
    const { written } = utf8.encodeInto(value, this.#scratch);
    this.cell(this.#scratch, 0, written, false);
  }

  endRow(): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = LF;
    this.#atRowStart = true;
  }

  #separate(size: number): void {
    this.#reserve(size + 1);
    if (this.#atRowStart) this.#atRowStart = false;
    else this.#buffer[this.#length++] = TAB;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#length + size, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** Spaces, tabs and line ends: what trimming takes off a cell. */
export function isBlankByte(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CR);
}

const UNESCAPED: Readonly<Record<string, string>> = { '0': '\0', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The value of one cell of a TabSeparated file. */
export function parseTsvCell(cell: string): string | null {
  if (cell === '\\N') return null;
  if (!cell.includes('\\')) return cell;
  return cell.replace(/\\(.)/gsu, (_, letter: string) => UNESCAPED[letter] ?? letter);
}
