import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, messageOf } from '../../core/errors/app-error.ts';

/**
 * Makes a directory and those above it. Unlike `mkdir` with `recursive`, which asks for ever where a file system answers
 * that a parent is not there and cannot be made (as /proc does), it asks each once.
 *
 * @throws AppError `DirectoryNotMade`
 */
export async function makeDirectory(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isDirectory(at)); at = dirname(at)) {
    missing.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const directory of missing) {
    try {
      await mkdir(directory);
    } catch (error) {
      // Another command may have been faster.
      if (await isDirectory(directory)) continue;
      throw new AppError({
        code: 'DirectoryNotMade',
        class: 'terminal',
        message: `the directory ${path} cannot be made: ${messageOf(error)}; name another with --state`,
        cause: error,
      });
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
