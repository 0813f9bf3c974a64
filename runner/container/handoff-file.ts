import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import { openWorkspaceFile } from '../artifacts/workspace-file.ts';

const LARGEST_BYTES = 128 * 1024 ** 2;

/** A reader sees all of it or none. */
export async function writeWhole(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.part`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${path}.part`, path);
}

/** @throws AppError `HandoffMissing` */
export async function readJson(path: string, largestBytes = LARGEST_BYTES): Promise<unknown> {
  const handle = await openWorkspaceFile(path, largestBytes).catch((error: unknown) => {
    throw missing(path, 'it cannot be read', error);
  });
  try {
    return JSON.parse(await handle.readFile('utf8'));
  } catch (error) {
    throw missing(path, 'it is no JSON', error);
  } finally {
    await handle.close();
  }
}

/** Another attempt has to begin. */
export function missing(path: string, why: string, cause?: unknown): AppError {
  return new AppError({
    code: 'HandoffMissing',
    class: 'transient',
    message: `${path}: ${why}; the container before did not come to its end in this workspace, so another attempt has to begin`,
    cause,
  });
}
