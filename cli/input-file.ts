import { access, constants, stat } from 'node:fs/promises';
import { invalid } from '../core/errors/app-error.ts';

/**
 * Checks that the file of `--input` is there where a connector of this type takes one, and can be read.
 *
 * @throws AppError `Invalid`
 */
export async function checkInput(type: string, name: string, path: string | null): Promise<void> {
  if (type === 'Scheduler') {
    if (path !== null) throw invalid(`connector ${name} is of type Scheduler and takes no --input`);
    return;
  }
  if (path === null) throw invalid(`connector ${name} is of type ${type}: give its file with --input FILE`);
  await checkReadableFile(path, `--input ${path}`);
}

/**
 * Checks that a file is there and can be read. `subject` is how the message calls it.
 *
 * @throws AppError `Invalid`
 */
export async function checkReadableFile(path: string, subject: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw invalid(`${subject}: there is no such file`);
  if (!found.isFile()) throw invalid(`${subject}: not a regular file`);
  await access(path, constants.R_OK).catch(() => {
    throw invalid(`${subject}: this user may not read it`);
  });
}
