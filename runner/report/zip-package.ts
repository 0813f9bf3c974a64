import { open, rm, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../../core/errors/app-error.ts';
import { putInPlace } from '../artifacts/put-in-place.ts';
import { DeflatePart } from './deflate-part.ts';
import { PartText } from './part-text.ts';
import { renderCentralDirectory, renderDataDescriptor, renderLocalHeader, type ZipEntry } from './zip-format.ts';

/** The name of a file until it is whole. */
export function partialName(path: string, writer: string): string {
  return `${path}${writer === '' ? '' : `.${writer}`}.partial`;
}

/**
 * A ZIP file written as it comes, in flat memory, under a temporary name until it is whole. Errors: AppError
 * `ReportNotWritten` (transient) where the file cannot be written.
 */
export class ZipPackage {
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #file: FileHandle;
  readonly #entries: ZipEntry[] = [];
  readonly #freeBlocks: Buffer[] = [];
  /** Bytes of the file so far. */
  #length = 0;
  #isClosed = false;

  /** @param writer in the temporary name, where others may write the same file */
  static async create(path: string, writer = ''): Promise<ZipPackage> {
    const temporaryPath = partialName(path, writer);
    try {
      // What a killed run left behind; `wx` also refuses to follow a link.
      await rm(temporaryPath, { force: true });
      return new ZipPackage(path, temporaryPath, await open(temporaryPath, 'wx'));
    } catch (error) {
      throw notWritten(path, error);
    }
  }

  private constructor(path: string, temporaryPath: string, file: FileHandle) {
    this.#path = path;
    this.#temporaryPath = temporaryPath;
    this.#file = file;
  }

  /** A small part, whole. */
  async add(name: string, text: string): Promise<void> {
    const part = this.open(name);
    part.bytes.text(text);
    await part.end();
  }

  /** The next part. Only one is open at a time. */
  open(name: string): PartText {
    const offset = this.#length;
    const part = new DeflatePart(
      this.#append(renderLocalHeader(name)),
      this.#freeBlocks,
      (bytes) => this.#append(bytes),
      async (data) => {
        const entry = { name, offset, ...data };
        this.#entries.push(entry);
        await this.#append(renderDataDescriptor(entry));
      },
    );
    return new PartText(part);
  }

  async #append(bytes: Buffer): Promise<void> {
    try {
      // From where the last one ended, all of it.
      await this.#file.appendFile(bytes);
      this.#length += bytes.length;
    } catch (error) {
      throw notWritten(this.#path, error);
    }
  }

  /** Completes the file under its temporary name. Returns its size in bytes. */
  async complete(): Promise<number> {
    await this.#append(renderCentralDirectory(this.#entries, this.#length));
    await this.#close();
    return this.#length;
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#file.close();
    } catch (error) {
      throw notWritten(this.#path, error);
    }
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
    await this.#close().catch(() => undefined);
    await rm(this.#temporaryPath, { force: true });
  }
}

/** The fault of a report whose file cannot be written. */
export function notWritten(path: string, error: unknown): AppError {
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
