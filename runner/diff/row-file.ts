import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';

const ROWS_AT_ONCE = 16_384;

/**
 * Shows the rows of a file, each of as many bytes, in its order.
 *
 * @throws Error where the file ends within a row
 */
export function scanRowFile(path: string, rowBytes: number, visit: (view: DataView, at: number) => void): void {
  const bytes = new Uint8Array(rowBytes * ROWS_AT_ONCE);
  const view = new DataView(bytes.buffer);
  const file = openSync(path, 'r');
  try {
    for (let kept = 0; ;) {
      const read = readSync(file, bytes, kept, bytes.length - kept, null);
      const length = kept + read;
      if (read === 0 && length > 0) throw new Error(`${path}: it ends within a row`);
      if (read === 0) return;
      const end = length - (length % rowBytes);
      for (let at = 0; at < end; at += rowBytes) visit(view, at);
      bytes.copyWithin(0, end, length);
      kept = length - end;
    }
  } finally {
    closeSync(file);
  }
}

/** Writes a file of rows, each of as many bytes. */
export class RowFileWriter {
  /** The row after `next` lies here. */
  readonly view: DataView;
  readonly #bytes: Uint8Array;
  readonly #file: number;
  readonly #rowBytes: number;
  #length = 0;

  constructor(path: string, rowBytes: number) {
    this.#bytes = new Uint8Array(rowBytes * ROWS_AT_ONCE);
    this.view = new DataView(this.#bytes.buffer);
    this.#file = openSync(path, 'w', 0o600);
    this.#rowBytes = rowBytes;
  }

  /** Where the next row goes, of which the caller fills every byte. */
  next(): number {
    if (this.#length === this.#bytes.length) this.#write();
    const at = this.#length;
    this.#length += this.#rowBytes;
    return at;
  }

  close(): void {
    this.#write();
    closeSync(this.#file);
  }

  #write(): void {
    writeFileSync(this.#file, this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }
}
