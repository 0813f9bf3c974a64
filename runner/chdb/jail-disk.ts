import { lstatSync, readdirSync, type Dirent } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

/** What stays free on the file system, whatever a process may take. */
export const KEPT_FREE_BYTES = 1024 ** 3;

/** Whether a directory holds more than its limit, or as much as makes the file system run full. */
export async function isDiskExceeded(directory: string, limitBytes: number): Promise<boolean> {
  const used = await measureDiskBytes(directory);
  if (used > limitBytes) return true;
  if (used <= KEPT_FREE_BYTES) return false;
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < KEPT_FREE_BYTES;
}

/**
 * Space that the files below a directory take, in bytes. What vanishes meanwhile counts as nothing. The few files of one
 * directory are looked at without a pause: an engine keeps thousands in all, and waiting for each costs six times as much.
 */
export async function measureDiskBytes(directory: string): Promise<number> {
  let total = 0;
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of readEntries(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) pending.push(path);
      else total += fileBytes(path);
    }
    await setImmediate();
  }
  return total;
}

function readEntries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function fileBytes(path: string): number {
  try {
    return (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  } catch {
    return 0;
  }
}
