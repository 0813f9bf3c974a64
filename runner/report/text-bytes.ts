/** UTF-8 text in the making, in a block that grows where a row does not fit. */
export class TextBytes {
  #bytes: Buffer;
  #length = 0;

  constructor(block: Buffer) {
    this.#bytes = block;
  }

  get length(): number {
    return this.#length;
  }

  /** Gives the block away, to go on in another one. */
  exchange(block: Buffer): Buffer {
    const full = this.#bytes;
    this.#bytes = block;
    this.#length = 0;
    return full;
  }

  /** Makes room for so many bytes more; what follows relies on it. */
  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Takes bytes that there is room for: a loop, since a call of `Buffer.copy` costs more than so few bytes. */
  copy(source: Buffer, from = 0, to = source.length): void {
    const bytes = this.#bytes;
    let length = this.#length;
    for (let at = from; at < to; at += 1) bytes[length++] = source[at] ?? 0;
    this.#length = length;
  }

  /** Takes ASCII text that there is room for. */
  ascii(text: string): void {
    const bytes = this.#bytes;
    let length = this.#length;
    for (let at = 0; at < text.length; at += 1) bytes[length++] = text.charCodeAt(at);
    this.#length = length;
  }

  /** Takes any text, and makes room for it. */
  text(text: string): void {
    this.reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Puts ASCII text before what was written from a place on. */
  insert(text: string, at: number): void {
    this.reserve(text.length);
    this.#bytes.copyWithin(at + text.length, at, this.#length);
    this.#bytes.write(text, at, 'latin1');
    this.#length += text.length;
  }
}
