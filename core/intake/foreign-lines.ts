const LF = 10;

/** Lines in which bytes from 0x80 stand, gathered from chunks until there are enough to tell an encoding by. */
export class ForeignLines {
  readonly #lines: Uint8Array[] = [];
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes = 32 * 1024) {
    this.#mostBytes = mostBytes;
  }

  /** `chunk` may be cut anywhere; a line that it cuts is taken in parts. */
  take(chunk: Uint8Array): void {
    let begin = 0;
    while (begin < chunk.length && this.#bytes < this.#mostBytes) {
      const newline = chunk.indexOf(LF, begin);
      const end = newline < 0 ? chunk.length : newline + 1;
      const line = chunk.subarray(begin, Math.min(end, begin + this.#mostBytes - this.#bytes));
      if (line.some((byte) => byte >= 0x80)) {
        this.#lines.push(new Uint8Array(line));
        this.#bytes += line.length;
      }
      begin = end;
    }
  }

  all(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const line of this.#lines) {
      all.set(line, at);
      at += line.length;
    }
    return all;
  }
}
