import { open, type FileHandle } from 'node:fs/promises';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Characters that a part holds in memory before they go to the disk. */
const FRAME_CHARACTERS = 64 * 1024;

interface Frame {
  readonly at: number;
  readonly bytes: number;
}

/** Lines in many parts, kept in one file: memory holds the end of each part. */
export class SpillFile {
  readonly #file: FileHandle;
  readonly #frames: Frame[][];
  readonly #ends: string[];
  #size = 0;

  private constructor(file: FileHandle, parts: number) {
    this.#file = file;
    this.#frames = Array.from({ length: parts }, () => []);
    this.#ends = Array.from({ length: parts }, () => '');
  }

  static async create(path: string, parts: number): Promise<SpillFile> {
    return new SpillFile(await open(path, 'wx+', 0o600), parts);
  }

  async add(part: number, line: string): Promise<void> {
    const end = `${this.#ends[part] ?? ''}${line}\n`;
    this.#ends[part] = end;
    if (end.length < FRAME_CHARACTERS) return;
    this.#ends[part] = '';
    const bytes = zstdCompressSync(end);
    await this.#file.write(bytes, 0, bytes.length, this.#size);
    this.#frames[part]?.push({ at: this.#size, bytes: bytes.length });
    this.#size += bytes.length;
  }

  /** The lines of a part, in the order in which they came. */
  async *lines(part: number): AsyncGenerator<string> {
    for (const { at, bytes } of this.#frames[part] ?? []) {
      const { buffer } = await this.#file.read(Buffer.alloc(bytes), 0, bytes, at);
      yield* splitLines(zstdDecompressSync(buffer).toString());
    }
    yield* splitLines(this.#ends[part] ?? '');
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function* splitLines(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    yield text.slice(at, end);
    at = end + 1;
  }
}
