import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { durably } from '../faults/fault-point.ts';
import type { ExecutionFiles } from './execution-files.ts';

/**
 * Makes the workspace of an attempt, empty: half-written files, and databases of ClickHouse that were being written, are no
 * use to anybody. What earlier attempts kept is elsewhere; only what they did not finish keeping goes.
 */
export async function makeWorkspace(files: ExecutionFiles): Promise<void> {
  for (const directory of [files.workspace, files.folds]) await rm(directory, { recursive: true, force: true });
  await mkdir(files.workspace, { recursive: true, mode: 0o700 });
  for (const directory of [files.directory, files.scopes]) {
    const names = await readdir(directory).catch(() => []);
    for (const name of names) if (name.endsWith('.part')) await rm(join(directory, name), { force: true });
  }
}

export async function removeWorkspace(files: ExecutionFiles): Promise<void> {
  await rm(files.folds, { recursive: true, force: true });
  await durably('workspace', () => rm(files.workspace, { recursive: true, force: true }));
}
