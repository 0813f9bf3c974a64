/** Lines that become bytes at a time: a text of thousands of parts takes a pass of its own to read. */
const LINES_OF_A_PART = 256;

/**
 * Lines of text that are gathered one by one and kept as UTF-8 bytes, outside of the heap that the garbage collector goes
 * through again and again. A line can be replaced; each ends in LF and holds no other.
 */
export class LineBuffer {
  readonly #parts: Buffer[] = [];
  #open: string[] = [];
  /** Lines that took the place of others which are bytes already, by their place. */
  readonly #replaced = new Map<number, string>();

  get length(): number {
    return this.#parts.length * LINES_OF_A_PART + this.#open.length;
  }

  /** @returns the place of the line */
  push(line: string): number {
    const place = this.length;
    this.#open.push(line);
    if (this.#open.length === LINES_OF_A_PART) {
      this.#parts.push(Buffer.from(this.#open.join(''), 'utf8'));
      this.#open = [];
    }
    return place;
  }

  replace(place: number, line: string): void {
    const open = place - this.#parts.length * LINES_OF_A_PART;
    if (open >= 0) this.#open[open] = line;
    else this.#replaced.set(place, line);
  }

  /** All lines, in order. */
  bytes(): Buffer[] {
    const parts = this.#replaced.size === 0 ? [...this.#parts] : this.#withReplaced();
    if (this.#open.length > 0) parts.push(Buffer.from(this.#open.join(''), 'utf8'));
    return parts;
  }

  #withReplaced(): Buffer[] {
    const byPart = new Map<number, [number, string][]>();
    for (const [place, line] of this.#replaced) {
      const part = Math.floor(place / LINES_OF_A_PART);
      byPart.set(part, [...(byPart.get(part) ?? []), [place % LINES_OF_A_PART, line]]);
    }
    return this.#parts.map((bytes, part) => {
      const replaced = byPart.get(part);
      if (replaced === undefined) return bytes;
      const lines = bytes.toString('utf8').split('\n');
      for (const [place, line] of replaced) lines[place] = line.slice(0, -1);
      return Buffer.from(lines.join('\n'), 'utf8');
    });
  }
}
