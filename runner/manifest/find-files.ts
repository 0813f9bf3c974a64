import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, type FaultDetail } from '../../core/errors/app-error.ts';

const EXTENSION = /\.(ya?ml|json)$/i;

/**
 * The files of paths: files themselves, and the manifests in folders (recursively `*.yaml`, `*.yml`, `*.json`, by name;
 * hidden folders, `node_modules` and links to folders left out). A file that is reached twice is there once. What cannot
 * be looked into is a fault, and the rest is read.
 */
export async function findManifestFiles(paths: readonly string[], faults: FaultDetail[]): Promise<readonly string[]> {
  /** By the real path, in the order of the paths. */
  const files = new Map<string, string>();
  for (const path of paths) {
    try {
      const found = (await stat(path)).isDirectory() ? await filesBelow(path, faults) : [path];
      for (const file of found) {
        const real = await realpath(file).catch(() => file);
        if (!files.has(real)) files.set(real, file);
      }
    } catch (error) {
      faults.push(unreadable(path, error));
    }
  }
  return [...files.values()];
}

async function filesBelow(folder: string, faults: FaultDetail[]): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    faults.push(unreadable(folder, error));
    return [];
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules') files.push(...(await filesBelow(path, faults)));
    } else if (EXTENSION.test(entry.name) && (entry.isFile() || (entry.isSymbolicLink() && !(await isOther(path))))) {
      files.push(path);
    }
  }
  return files;
}

/** Whether a link leads to something that is no file. One that leads nowhere is left to be reported by its reader. */
async function isOther(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && !found.isFile();
}

/** A fault that names the path and what to do, after what the system said. */
export function unreadable(path: string, error: unknown): FaultDetail {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return { message: 'there is no such file or folder', file: path, hint: 'check the path' };
    case 'EACCES':
    case 'EPERM':
      return {
        message: 'cannot be read: permission denied',
        file: path,
        hint: 'let this user read it, or leave it out',
      };
    default:
      return { message: `cannot be read: ${messageOf(error)}`, file: path, hint: 'check the path' };
  }
}
