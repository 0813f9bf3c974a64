import type { WriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import { AppError, messageOf } from '../../core/errors/app-error.ts';
import { putInPlace } from '../artifacts/put-in-place.ts';

/** Level 1: the XML of a sheet shrinks to a tenth all the same, and time matters more than the last percent. */
const COMPRESSION_LEVEL = 1;
const PIECE_CHARACTERS = 1 << 16;
/** Parts carry no time, so that the same report is the same file. */
const PART_OPTIONS = { mtime: new Date(Date.UTC(1980, 0, 1, 12)), compressionLevel: COMPRESSION_LEVEL };

/** The name of a file until it is whole. */
export function partialName(path: string, writer: string): string {
  return `${path}${writer === '' ? '' : `.${writer}`}.partial`;
}

/** A part of the package that is being written. Only one is open at a time. */
export interface PartWriter {
  /** UTF-8 bytes written, within a row or two. */
  readonly bytes: number;
  /** Takes text; true asks to await `drain` before more is written. */
  write(text: string): boolean;
  drain(): Promise<void>;
  end(): Promise<void>;
}

/**
 * A ZIP file written as it comes, in flat memory, under a temporary name until it is whole. Errors: AppError
 * `ReportNotWritten` (transient) where the file cannot be written.
 */
export class ZipPackage {
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #zip = new yazl.ZipFile();
  readonly #failed = new AbortController();
  readonly #done: Promise<void>;
  #bytes = 0;

  /** @param writer in the temporary name, where others may write the same file */
  static async create(path: string, writer = ''): Promise<ZipPackage> {
    const temporaryPath = partialName(path, writer);
    try {
      // What a killed run left behind; `wx` also refuses to follow a link.
      await rm(temporaryPath, { force: true });
      const handle = await open(temporaryPath, 'wx');
      return new ZipPackage(path, temporaryPath, handle.createWriteStream());
    } catch (error) {
      throw notWritten(path, error);
    }
  }

  private constructor(path: string, temporaryPath: string, file: WriteStream) {
    this.#path = path;
    this.#temporaryPath = temporaryPath;
    this.#zip.on('error', (error: Error) => file.destroy(error));
    this.#done = pipeline(this.#zip.outputStream, file).then(
      () => {
        this.#bytes = file.bytesWritten;
      },
      (error: unknown) => {
        this.#failed.abort(error);
      },
    );
  }

  /** A small part, whole. */
  async add(name: string, text: string): Promise<void> {
    const part = this.open(name);
    if (part.write(text)) await part.drain();
    await part.end();
  }

  open(name: string): PartWriter {
    const stream = new PassThrough({ highWaterMark: 4 * PIECE_CHARACTERS });
    this.#zip.addReadStream(stream, name, PART_OPTIONS);
    return new StreamPart(stream, this.#failed.signal, (error) => notWritten(this.#path, error));
  }

  /** Completes the file under its temporary name. Returns its size in bytes. */
  async complete(): Promise<number> {
    this.#zip.end();
    await this.#done;
    if (this.#failed.signal.aborted) throw notWritten(this.#path, this.#failed.signal.reason);
    return this.#bytes;
  }

  /** Gives a complete file its name. */
  async publish(): Promise<void> {
    try {
      await putInPlace('report', this.#temporaryPath, this.#path);
    } catch (error) {
      throw notWritten(this.#path, error);
    }
  }

  /** Completes the file and gives it its name. Returns its size in bytes. */
  async finish(): Promise<number> {
    const bytes = await this.complete();
    await this.publish();
    return bytes;
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#zip.emit('error', new Error('discarded'));
    await this.#done;
    await rm(this.#temporaryPath, { force: true });
  }
}

function notWritten(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = messageOf(error);
  const hint = 'check that the directory exists, its permissions and its free space';
  return new AppError({
    code: 'ReportNotWritten',
    class: 'transient',
    message: `the report ${path} cannot be written: ${message}`,
    details: [{ message, file: path, hint }],
    cause: error,
  });
}

class StreamPart implements PartWriter {
  readonly #stream: PassThrough;
  readonly #failed: AbortSignal;
  readonly #fault: (error: unknown) => AppError;
  #pending = '';
  bytes = 0;

  constructor(stream: PassThrough, failed: AbortSignal, fault: (error: unknown) => AppError) {
    this.#stream = stream;
    this.#failed = failed;
    this.#fault = fault;
  }

  write(text: string): boolean {
    this.#pending += text;
    return this.#pending.length >= PIECE_CHARACTERS && this.#push();
  }

  #push(): boolean {
    const piece = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    this.bytes += piece.length;
    return !this.#stream.write(piece);
  }

  async drain(): Promise<void> {
    if (this.#stream.writableNeedDrain) await this.#event('drain');
  }

  async end(): Promise<void> {
    this.#push();
    this.#stream.end();
    if (!this.#stream.readableEnded) await this.#event('end');
  }

  async #event(name: string): Promise<void> {
    try {
      await once(this.#stream, name, { signal: this.#failed });
    } catch (error) {
      throw this.#fault(this.#failed.aborted ? this.#failed.reason : error);
    }
  }
}
