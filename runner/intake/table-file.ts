import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { TsvEncoder } from '../../core/intake/tsv-encoder.ts';

const FLUSH_BYTES = 512 * 1024;

/** A table file being written: rows go into `encoder`, and `drain` after each of them keeps memory flat. */
export class TableFile {
  readonly encoder = new TsvEncoder(FLUSH_BYTES + 64 * 1024);
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<TableFile> {
    return new TableFile(await open(path, 'w'));
  }

  get isFull(): boolean {
    return this.encoder.length >= FLUSH_BYTES;
  }

  /** Writes what has gathered; rows may be added when it resolves. */
  async flush(): Promise<void> {
    const bytes = this.encoder.filled();
    let written = 0;
    while (written < bytes.length) {
      const result = await this.#handle.write(bytes, written, bytes.length - written);
      written += result.bytesWritten;
    }
    this.encoder.clear();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
