/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;

const FIELD_START = 0;
const PLAIN = 1;
const QUOTED = 2;
const QUOTE_IN_QUOTED = 3;
const AFTER_QUOTE = 4;

/**
 * Cuts delimited text (RFC 4180, and what is met in its place) into rows, from chunks of UTF-8 bytes cut anywhere.
 * Lines end in LF, CR or CRLF, also mixed. A quote opens a field only at its beginning, blanks aside; elsewhere it is
 * text. Text after a closing quote is kept and counted in `misplacedQuotes`.
 *
 * `feed(chunk)`, then `next()` until it returns false; at the end of the input `end()`, then `next()` once more. The row
 * is `bytes` (the fields one after the other, without delimiters and quotes) with `ends`; it is overwritten by the next
 * call. Offsets count bytes of the input from 0. Rows of one field that is empty are blank lines, and are returned.
 */
export class DelimitedTokenizer {
  bytes: Uint8Array;
  /** Where each field stops in `bytes`; a field begins where the one before it stops. */
  ends: Uint32Array;
  /** Where each field begins in the input, in bytes from `rowOffset`. */
  starts: Uint32Array;
  quoted: Uint8Array;
  /** Fields stored. */
  count = 0;
  /** Fields of the row, those beyond `maxFields` included. */
  fields = 0;
  rowOffset = 0;
  /** Values that are not blank beyond `maxFields`, and where the first of them begins in the input. */
  extraValues = 0;
  extraOffset = -1;
  misplacedQuotes = 0;
  misplacedOffset = -1;
  /** Where the quote that was still open at the end of the input stands; -1: none. */
  unclosedOffset = -1;
  /** The row grew beyond `maxRowBytes`; nothing more is read. */
  oversized = false;

  readonly #delimiter: number;
  readonly #quote: number;
  readonly #maxRowBytes: number;
  #maxFields: number;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkOffset = 0;
  #index = 0;
  #used = 0;
  #state = FIELD_START;
  #fieldOffset = 0;
  #quoteOffset = -1;
  #closedAt = 0;
  #skipLf = false;
  #ended = false;
  #rowOpen = false;

  /** `delimiter` and `quote` are ASCII codes; `quote` 0 switches quoting off. */
  constructor(options: { delimiter: number; quote: number; maxFields: number; maxRowBytes: number }) {
    this.#delimiter = options.delimiter;
    this.#quote = options.quote === 0 ? -1 : options.quote;
    this.#maxFields = options.maxFields;
    this.#maxRowBytes = options.maxRowBytes;
    this.bytes = new Uint8Array(4096);
    this.ends = new Uint32Array(64);
    this.starts = new Uint32Array(64);
    this.quoted = new Uint8Array(64);
  }

  /** From the next row on, fields beyond this many are counted and not stored. */
  limitFields(maxFields: number): void {
    this.#maxFields = maxFields;
  }

  feed(chunk: Uint8Array): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#index = 0;
  }

  end(): void {
    this.feed(new Uint8Array(0));
    this.#ended = true;
  }

  /** True: a row is complete. False: more input is needed, or there is none. */
  next(): boolean {
    if (this.oversized) return false;
    if (!this.#rowOpen) this.#openRow();
    const chunk = this.#chunk;
    const length = chunk.length;
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    let index = this.#index;
    let used = this.#used;
    this.#reserve(used + length - index);
    const bytes = this.bytes;
    while (index < length) {
      const byte = chunk[index]!;
      switch (this.#state) {
        case PLAIN: {
          let at = index;
          let current = byte;
          while (current !== delimiter && current !== LF && current !== CR) {
            bytes[used++] = current;
            if (++at === length) break;
            current = chunk[at]!;
          }
          index = at;
          if (at === length) continue;
          index += 1;
          this.#closeField(used, false);
          used = this.#used;
          if (current !== delimiter) return this.#closeRow(index, current);
          this.#fieldOffset = this.#chunkOffset + index;
          continue;
        }
        case FIELD_START:
          if (byte === quote) {
            used = this.#fieldBegin();
            this.#quoteOffset = this.#chunkOffset + index;
            this.#state = QUOTED;
            index += 1;
          } else if ((byte === SPACE || byte === TAB) && byte !== delimiter) {
            bytes[used++] = byte;
            index += 1;
          } else {
            this.#state = PLAIN;
          }
          continue;
        case QUOTED: {
          let at = index;
          let current = byte;
          while (current !== quote) {
            bytes[used++] = current;
            if (++at === length) break;
            current = chunk[at]!;
          }
          index = at;
          if (at < length) {
            this.#state = QUOTE_IN_QUOTED;
            index += 1;
          }
          continue;
        }
        case QUOTE_IN_QUOTED:
          if (byte === quote) {
            bytes[used++] = byte;
            index += 1;
            this.#state = QUOTED;
          } else {
            this.#closedAt = used;
            this.#state = AFTER_QUOTE;
          }
          continue;
        default:
          if (byte === delimiter || byte === LF || byte === CR) {
            index += 1;
            this.#closeField(this.#closedAt, true);
            used = this.#used;
            if (byte !== delimiter) return this.#closeRow(index, byte);
            this.#fieldOffset = this.#chunkOffset + index;
          } else if (byte === SPACE || byte === TAB) {
            bytes[used++] = byte;
            index += 1;
          } else {
            this.misplacedQuotes += 1;
            if (this.misplacedOffset < 0) this.misplacedOffset = this.#chunkOffset + index;
            this.#state = PLAIN;
          }
      }
    }
    this.#index = index;
    this.#used = used;
    if (used > this.#maxRowBytes) {
      this.oversized = true;
      if (this.#state === QUOTED) this.unclosedOffset = this.#quoteOffset;
      return false;
    }
    return this.#ended && this.#finish();
  }

  #openRow(): void {
    if (this.#skipLf && this.#index < this.#chunk.length) {
      if (this.#chunk[this.#index] === LF) this.#index += 1;
      this.#skipLf = false;
    }
    this.#used = 0;
    this.count = 0;
    this.fields = 0;
    this.extraValues = 0;
    this.extraOffset = -1;
    this.misplacedQuotes = 0;
    this.misplacedOffset = -1;
    this.#state = FIELD_START;
    this.rowOffset = this.#chunkOffset + this.#index;
    this.#fieldOffset = this.rowOffset;
    this.#rowOpen = this.#index < this.#chunk.length;
  }

  #closeRow(index: number, newline: number): boolean {
    this.#skipLf = newline === CR;
    this.#index = index;
    this.#rowOpen = false;
    return true;
  }

  #finish(): boolean {
    if (!this.#rowOpen) return false;
    this.#rowOpen = false;
    if (this.#state === QUOTED) {
      this.unclosedOffset = this.#quoteOffset;
      return false;
    }
    const isQuoted = this.#state === QUOTE_IN_QUOTED || this.#state === AFTER_QUOTE;
    this.#closeField(this.#state === AFTER_QUOTE ? this.#closedAt : this.#used, isQuoted);
    return true;
  }

  #fieldBegin(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1]!;
  }

  /** `end` is where the field stops in `bytes`. */
  #closeField(end: number, isQuoted: boolean): void {
    this.#state = FIELD_START;
    this.#used = end;
    this.fields += 1;
    if (this.count >= this.#maxFields) {
      const begin = this.#fieldBegin();
      if (!isBlank(this.bytes, begin, end)) {
        this.extraValues += 1;
        if (this.extraOffset < 0) this.extraOffset = this.#fieldOffset;
      }
      this.#used = begin;
      return;
    }
    if (this.count === this.ends.length) this.#growFields();
    this.ends[this.count] = end;
    this.starts[this.count] = this.#fieldOffset - this.rowOffset;
    this.quoted[this.count] = isQuoted ? 1 : 0;
    this.count += 1;
  }

  #reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(size, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  #growFields(): void {
    const size = this.ends.length * 2;
    const ends = new Uint32Array(size);
    ends.set(this.ends);
    this.ends = ends;
    const starts = new Uint32Array(size);
    starts.set(this.starts);
    this.starts = starts;
    const quoted = new Uint8Array(size);
    quoted.set(this.quoted);
    this.quoted = quoted;
  }
}

/** Whether the row that the tokenizer stands on is a blank line, as against a line of delimiters or an empty quoted cell. */
export function isBlankLine(row: DelimitedTokenizer, trim: boolean): boolean {
  if (row.fields !== 1 || row.quoted[0] === 1) return false;
  const end = row.ends[0]!;
  return trim ? isBlank(row.bytes, 0, end) : end === 0;
}

/** Whether bytes are blanks only: spaces, tabs, line ends. */
export function isBlank(bytes: Uint8Array, begin: number, end: number): boolean {
  for (let at = begin; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte !== SPACE && (byte < TAB || byte > CR)) return false;
  }
  return true;
}
