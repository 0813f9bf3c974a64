import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, type FaultDetail } from '../../core/errors/app-error.ts';
import type { Manifest } from '../../core/manifest/manifest.ts';
import { parseManifests, type ManifestFile } from '../../core/manifest/parse-manifests.ts';
import { withoutDuplicates } from '../../core/manifest/duplicates.ts';

const EXTENSION = /\.(ya?ml|json)$/i;

/** Far above any manifest that Kubernetes would take. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Reads the manifests of files and folders (recursively `*.yaml`, `*.yml`, `*.json`, by name; hidden folders and
 * `node_modules` left out), in that order. What cannot be read or parsed is a fault with its place, never an exception.
 */
export async function readManifests(paths: readonly string[]): Promise<ManifestFile> {
  const manifests: Manifest[] = [];
  const faults: FaultDetail[] = [];
  const notes: FaultDetail[] = [];
  for (const file of await manifestFiles(paths, faults)) {
    const text = await readText(file, faults);
    if (text === null) continue;
    const parsed = parseManifests(text, file, manifests.length);
    manifests.push(...parsed.manifests);
    faults.push(...parsed.faults);
    notes.push(...parsed.notes);
  }
  const unique = withoutDuplicates(manifests);
  return { manifests: unique.manifests, faults: [...faults, ...unique.faults], notes };
}

async function manifestFiles(paths: readonly string[], faults: FaultDetail[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) files.add(path);
      else for (const file of await filesBelow(path)) files.add(file);
    } catch (error) {
      faults.push({ message: `cannot be read: ${messageOf(error)}`, file: path, hint: 'check the path' });
    }
  }
  return [...files];
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules') files.push(...(await filesBelow(path)));
    } else if (EXTENSION.test(entry.name)) files.push(path);
  }
  return files;
}

async function readText(file: string, faults: FaultDetail[]): Promise<string | null> {
  const fail = (message: string, hint: string): null => {
    faults.push({ message, file, hint });
    return null;
  };
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES)
      return fail(`the file has ${size} bytes; manifests have at most ${MAX_FILE_BYTES}`, 'split it');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) return fail('the file is not UTF-8', 'save it as UTF-8');
    return fail(`cannot be read: ${messageOf(error)}`, 'check the path');
  }
}
