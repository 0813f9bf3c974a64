import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { invalid, messageOf } from '../core/errors/app-error.ts';

/**
 * Checks that a file that the user named can be written, before anything is done for it.
 *
 * @throws AppError `Invalid`
 */
export async function checkTargetFile(option: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) throw invalid(`${option} ${path}: that is a directory; name a file in it`);
  try {
    await access(found === null ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    const advice = 'name a file in a directory that is there and that this user may write to';
    throw invalid(`${option} ${path}: cannot be written: ${messageOf(error)}; ${advice}`);
  }
}
