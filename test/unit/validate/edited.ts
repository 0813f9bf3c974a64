import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifests } from '../../../core/manifest/parse-manifests.ts';
import { resolveConnectors, type Resolved } from '../../../core/validate/resolve-connectors.ts';

export const BASE = readFileSync(join(import.meta.dirname, 'base.yaml'), 'utf8');
export const FILE = 'connectors/base.yaml';

/** One edit of the base: a text that is in it once (or the whole line that holds it), and what stands there instead. */
export type Edit = readonly [find: string, write: string];

/** The base after edits. Fails where a text is not there exactly once, so that no case tests something else. */
export function edited(...edits: readonly Edit[]): string {
  return edits.reduce((text, [find, write]) => {
    const count = text.split(find).length - 1;
    if (count !== 1) throw new Error(`${JSON.stringify(find)} is in the base ${count} times`);
    return text.replace(find, () => write);
  }, BASE);
}

/** Parse and resolve: every fault and warning of a text. */
export function resolveText(text: string): Resolved {
  const parsed = parseManifests(text, FILE);
  const resolved = resolveConnectors(parsed.manifests);
  return { ...resolved, faults: [...parsed.faults, ...resolved.faults] };
}

/** The line, from 1, that holds the text. */
export function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}
