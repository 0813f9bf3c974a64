import { open } from 'node:fs/promises';
import type { FaultDetail } from '../../core/errors/app-error.ts';
import type { Manifest } from '../../core/manifest/manifest.ts';
import { parseManifests, type ManifestFile } from '../../core/manifest/parse-manifests.ts';
import { withoutDuplicates } from '../../core/manifest/duplicates.ts';
import { findManifestFiles, unreadable } from './find-files.ts';

/** Far above any manifest that Kubernetes would take. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Reads the manifests of files and folders. What cannot be read or parsed is a fault with its place, never an exception. */
export async function readManifests(paths: readonly string[]): Promise<ManifestFile> {
  const manifests: Manifest[] = [];
  const faults: FaultDetail[] = [];
  const notes: FaultDetail[] = [];
  for (const file of await findManifestFiles(paths, faults)) {
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

async function readText(file: string, faults: FaultDetail[]): Promise<string | null> {
  const fail = (message: string, hint: string): null => {
    faults.push({ message, file, hint });
    return null;
  };
  try {
    const bytes = await readBytes(file);
    if (bytes === null)
      return fail(`the file has more than ${MAX_FILE_BYTES} bytes, which no manifest has`, 'split it');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return fail('the file is not UTF-8', 'save it as UTF-8');
    faults.push(unreadable(file, error));
    return null;
  }
}

/** The bytes of a file or of a pipe (`<(kustomize build)`), which has no size beforehand; null if there are too many. */
async function readBytes(file: string): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  const handle = await open(file);
  for await (const piece of handle.createReadStream()) {
    pieces.push(piece as Buffer);
    size += (piece as Buffer).length;
    if (size > MAX_FILE_BYTES) return null;
  }
  return Buffer.concat(pieces);
}
