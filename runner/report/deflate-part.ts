import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import type { ZipEntry } from './zip-format.ts';

/** Level 1: the XML of a sheet shrinks to a tenth all the same, and time matters more than the last percent. */
const COMPRESSION_LEVEL = 1;
const OUTPUT_BYTES = 1 << 17;
/** Text that is compressed at a time: its memory is small beside what V8 takes, and fewer turns cost less. */
export const BLOCK_BYTES = 1 << 19;
/** How many blocks are compressed or written while the next one is filled. */
const BLOCKS_UNDER_WAY = 3;
/** The last block of a stream of no bytes (RFC 1951, 3.2.3). */
const LAST_BLOCK = Buffer.from([3, 0]);

const compress = promisify(deflateRaw);

/** Takes bytes of the entry to the file, in order. */
type Append = (bytes: Buffer) => Promise<void>;
/** Takes what the entry came to. */
type Finish = (data: Pick<ZipEntry, 'crc' | 'bytes' | 'compressedBytes'>) => Promise<void>;

/** A part of the package that is being written. Only one is open at a time. */
export interface PartWriter {
  /** Bytes that it took. */
  readonly bytes: number;
  /** A block to fill, which goes back by `write`. */
  block(): Buffer;
  /** Takes the first bytes of a block, which is no longer the caller's; true asks to await `drain` before the next. */
  write(block: Buffer, length: number): boolean;
  /** @throws where something could not be written */
  drain(): Promise<void>;
  end(): Promise<void>;
}

/**
 * Compresses the blocks of an entry, each by itself on a thread of its own: joined they are one stream, as each is flushed
 * to a byte boundary (RFC 1951; the way of pigz). The checksum is zlib's.
 */
export class DeflatePart implements PartWriter {
  readonly #append: Append;
  readonly #finish: Finish;
  readonly #free: Buffer[];
  /** Resolved once all blocks so far are in the file, one by one. */
  #underWay: Promise<void>[];
  #crc = 0;
  #compressedBytes = 0;
  bytes = 0;

  /**
   * @param begun what has to be in the file before
   * @param free blocks to use again
   */
  constructor(begun: Promise<void>, free: Buffer[], append: Append, finish: Finish) {
    this.#free = free;
    begun.catch(() => undefined);
    this.#underWay = [begun];
    this.#append = append;
    this.#finish = finish;
  }

  block(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  write(block: Buffer, length: number): boolean {
    const text = block.subarray(0, length);
    this.#crc = crc32(text, this.#crc);
    this.bytes += length;
    const compressed = compress(text, {
      level: COMPRESSION_LEVEL,
      chunkSize: OUTPUT_BYTES,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const written = this.#inOrder(compressed).then(() => {
      // A block that grew for one long row is not kept.
      if (block.length === BLOCK_BYTES) this.#free.push(block);
    });
    // Who waits for it, or for a later one, hears of it.
    written.catch(() => undefined);
    this.#underWay.push(written);
    return this.#underWay.length > BLOCKS_UNDER_WAY;
  }

  async #inOrder(compressed: Promise<Buffer>): Promise<void> {
    const before = this.#underWay.at(-1);
    // Both are awaited from the start, so that neither can fail unheard.
    const [bytes] = await Promise.all([compressed, before]);
    await this.#append(bytes);
    this.#compressedBytes += bytes.length;
  }

  async drain(): Promise<void> {
    while (this.#underWay.length > BLOCKS_UNDER_WAY) {
      await this.#underWay[0];
      this.#underWay = this.#underWay.slice(1);
    }
  }

  async end(): Promise<void> {
    await this.#underWay.at(-1);
    this.#underWay = [];
    await this.#append(LAST_BLOCK);
    const { bytes } = this;
    await this.#finish({ crc: this.#crc, bytes, compressedBytes: this.#compressedBytes + LAST_BLOCK.length });
  }
}
