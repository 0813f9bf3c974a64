import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { durably } from '../faults/fault-point.ts';
import type { ExecutionFiles } from './execution-files.ts';

/**
 * Makes the workspace of an attempt, empty: half-written files, and databases of ClickHouse that were being written, are no
 * use to anybody. It is the attempt's own, since an older one that hangs may wake up and go on writing until it finds that
 * it was taken over. What earlier attempts kept is elsewhere; only what they did not finish keeping goes.
 *
 * @returns the files as the attempt uses them
 */
export async function makeWorkspace(files: ExecutionFiles, attempt: number): Promise<ExecutionFiles> {
  for (const directory of [files.workspace, files.folds]) await removeOlder(directory, /^(\d+)$/, attempt);
  for (const directory of [files.directory, files.scopes]) {
    await removeOlder(directory, /\.(\d+)\.part(?:ial)?$/, attempt);
  }
  const own = attemptFiles(files, attempt);
  await mkdir(own.workspace, { recursive: true, mode: 0o700 });
  return own;
}

/** The files of an execution as one attempt uses them. */
export function attemptFiles(files: ExecutionFiles, attempt: number): ExecutionFiles {
  const own = String(attempt);
  return { ...files, workspace: join(files.workspace, own), folds: join(files.folds, own) };
}

/** Removes what attempts before this one left, by the number in its name. */
async function removeOlder(directory: string, pattern: RegExp, attempt: number): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const owner = Number(pattern.exec(name)?.[1] ?? Infinity);
    if (owner < attempt) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** Removes the workspaces of all attempts of an execution. */
export async function removeWorkspaces(files: ExecutionFiles): Promise<void> {
  await rm(files.folds, { recursive: true, force: true });
  await durably('workspace', () => rm(files.workspace, { recursive: true, force: true }));
}

/** Removes the workspace of one attempt, and leaves those of others alone. */
export async function removeOwnWorkspace(files: ExecutionFiles, attempt: number): Promise<void> {
  for (const directory of [files.workspace, files.folds]) {
    await rm(join(directory, String(attempt)), { recursive: true, force: true });
    // Others still use it, or it is gone.
    await rmdir(directory).catch(() => undefined);
  }
}
