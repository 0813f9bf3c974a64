import { statfs } from 'node:fs/promises';
import { AppError } from '../../core/errors/app-error.ts';

/** Less than this, and whoever wrote last may not have got everything down. */
const FULL_BELOW_BYTES = 1024 ** 2;

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space on that disk',
  EDQUOT: 'free some space, or have the quota raised',
  EFBIG: 'have the limit on the size of files raised',
  EIO: 'check the disk',
  EROFS: 'mount the file system so that it can be written',
  EMFILE: 'have the limit on open files raised',
  ENFILE: 'close files of other programs',
};

/** What a disk that is full or broken made of a write, as an error that may pass; anything else as it is. */
export function diskError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error;
  const advice = ADVICE[String(error.code)];
  if (advice === undefined) return error;
  return new AppError({
    code: 'DiskFault',
    class: 'transient',
    message: `a file cannot be written: ${error.message}; ${advice}`,
    cause: error,
  });
}

/** What the file system of a directory being full makes of a run. */
export function diskFull(directory: string): AppError {
  return new AppError({
    code: 'DiskFault',
    class: 'transient',
    message: `the disk of ${directory} is full; free some space on it`,
  });
}

/** Throws AppError `DiskFault` where the file system of a directory is full. */
export async function checkDiskSpace(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < FULL_BELOW_BYTES) throw diskFull(directory);
}
