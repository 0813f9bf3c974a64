import type { FaultDetail } from '../errors/app-error.ts';
import type { Manifest } from './manifest.ts';

/** Keeps the first of each kind, namespace and name; every further one is a fault that names the first. */
export function withoutDuplicates(manifests: readonly Manifest[]): {
  readonly manifests: readonly Manifest[];
  readonly faults: readonly FaultDetail[];
} {
  const first = new Map<string, Manifest>();
  const faults: FaultDetail[] = [];
  const nameless: Manifest[] = [];
  for (const manifest of manifests) {
    if (manifest.name === '') {
      nameless.push(manifest);
      continue;
    }
    const key = `${manifest.kind} ${manifest.namespace}/${manifest.name}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, manifest);
      continue;
    }
    const line = earlier.source.placeOf(['metadata', 'name'])?.line;
    const there = `${earlier.source.file ?? 'before'}${line === undefined ? '' : `:${line}`}`;
    faults.push({
      message: `${key} is declared twice; the first is at ${there}`,
      path: 'metadata.name',
      ...(manifest.source.file === null ? {} : { file: manifest.source.file }),
      ...manifest.source.placeOf(['metadata', 'name']),
      hint: 'rename or remove one of the two',
    });
  }
  return { manifests: [...first.values(), ...nameless], faults };
}
