import { constants, createWriteStream } from 'node:fs';
import { mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError, messageOf } from '../../core/errors/app-error.ts';

const FAULTS_OF_PATH = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'ENXIO']);

/** A file of a volume that is mounted for the input. */
export interface MountedInput {
  /** Where the volume is mounted. */
  readonly volume: string;
  /** The file's path inside of the volume. */
  readonly path: string;
}

/**
 * Copies the file to `destination`: what is read is then one state of it, whoever writes the volume meanwhile.
 *
 * A link that leaves the volume is refused. Whoever fills a volume may write links in it, and one to the credentials that
 * are mounted beside it would make records of them. The file is opened first and looked at then, so that nothing can be
 * put in its place between the two.
 *
 * @param mostBytes of a file that is taken; null: any. Of one that grows while it is copied, at most a byte more is copied,
 *   by which whoever reads it sees that it is too large: without a limit it would fill the workspace, and the node with it.
 * @throws AppError `InputMissing` where there is no such file in the volume, `InputTooLarge`
 */
export async function copyMountedInput(
  { volume, path }: MountedInput,
  destination: string,
  mostBytes: number | null,
): Promise<void> {
  const file = await openInVolume(volume, path);
  try {
    const { size } = await file.stat();
    if (mostBytes !== null && size > mostBytes) throw inputTooLarge(path, size, mostBytes);
    await mkdir(dirname(destination), { recursive: true, mode: 0o700 });
    const bytes = file.createReadStream({ autoClose: false, end: mostBytes ?? Infinity });
    await pipeline(bytes, createWriteStream(destination, { mode: 0o600 }));
  } finally {
    await file.close();
  }
}

async function openInVolume(volume: string, path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    // Without waiting: a pipe has no end that could be waited for.
    file = await open(join(volume, path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if (!isFaultOfPath(cause)) throw cause;
    throw inputMissing(`cannot read ${path} in the volume of the input: ${messageOf(cause)}; check its path`, cause);
  }
  try {
    const real = await readlink(`/proc/self/fd/${file.fd}`);
    if (!real.startsWith((await realpath(volume)) + sep)) {
      throw inputMissing(`${path} is a link that leaves the volume of the input; put the file itself there`);
    }
    if ((await file.stat()).isFile()) return file;
    throw inputMissing(`${path} in the volume of the input is not a file; give the path of one`);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What another attempt would meet again, unlike a server of files that is away for a moment. */
const isFaultOfPath = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && FAULTS_OF_PATH.has(String(error.code));

const inputMissing = (message: string, cause?: unknown): AppError =>
  new AppError({ code: 'InputMissing', class: 'terminal', message, cause });

function inputTooLarge(path: string, size: number, mostBytes: number): AppError {
  const message = `${path} in the volume of the input has ${size} bytes, and at most ${mostBytes} are accepted`;
  const detail = { message, file: path, path: 'spec.spreadsheet.maxBytes', hint: 'split the file, or raise the limit' };
  return new AppError({ code: 'InputTooLarge', class: 'terminal', message, details: [detail] });
}
