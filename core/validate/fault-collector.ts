import type { FaultDetail } from '../errors/app-error.ts';
import { closestName } from '../manifest/closest-name.ts';
import { formatPath, type FieldPath } from '../manifest/field-path.ts';
import type { Manifest } from '../manifest/manifest.ts';

interface Entry {
  readonly order: number;
  readonly detail: FaultDetail;
}

/** What later checks may still say of a value that breaks its schema: nothing, or better what is wrong with it. */
type SchemaFault = 'Final' | 'Replaceable';

/** Gathers the faults and warnings of one manifest, each with its place. */
export class FaultCollector {
  readonly manifest: Manifest;
  #faults: Entry[] = [];
  /** Places at which the schema was broken, as formatted paths: one fault a value is enough. */
  readonly #broken = new Map<string, SchemaFault>();
  readonly #warnings: Entry[] = [];

  constructor(manifest: Manifest) {
    this.manifest = manifest;
  }

  get faults(): readonly Entry[] {
    return this.#faults;
  }

  get warnings(): readonly Entry[] {
    return this.#warnings;
  }

  fault(path: FieldPath, message: string, hint?: string): void {
    const place = formatPath(path);
    const broken = this.#broken.get(place);
    if (broken === 'Final') return;
    if (broken === 'Replaceable') {
      this.#broken.delete(place);
      this.#faults = this.#faults.filter(({ detail }) => detail.path !== place);
    }
    this.#faults.push(this.#entry(path, message, hint));
  }

  /** A break of the schema. Later checks add nothing at its place; a Replaceable one they may put better. */
  schemaFault(path: FieldPath, message: string, hint: string | undefined, kind: SchemaFault): void {
    const place = formatPath(path);
    if (this.#broken.has(place)) return;
    this.#broken.set(place, kind);
    this.#faults.push(this.#entry(path, message, hint));
  }

  warn(path: FieldPath, message: string, hint?: string): void {
    this.#warnings.push(this.#entry(path, message, hint));
  }

  #entry(path: FieldPath, message: string, hint: string | undefined): Entry {
    const { source } = this.manifest;
    const detail: FaultDetail = {
      message,
      path: formatPath(path),
      ...(source.file === null ? {} : { file: source.file }),
      ...source.placeOf(path),
      ...(hint === undefined ? {} : { hint }),
    };
    return { order: source.order, detail };
  }
}

/** What to write instead of a name that is not there: the nearest candidate, or the list where it is short. */
export function nameHint(name: string, candidates: Iterable<string>, none: string): string {
  const names = [...new Set(candidates)];
  const meant = closestName(name, names);
  if (meant !== null) return `did you mean ${meant}?`;
  if (names.length === 0) return none;
  const shown = names.slice(0, 12).join(', ');
  return `there is ${shown}${names.length > 12 ? `, … (${names.length} in all)` : ''}`;
}

/** The details in the order of the files, each place and message once. */
export function inFileOrder(entries: readonly Entry[]): readonly FaultDetail[] {
  const sorted = [...entries].sort(
    (a, b) =>
      a.order - b.order ||
      (a.detail.line ?? 0) - (b.detail.line ?? 0) ||
      (a.detail.column ?? 0) - (b.detail.column ?? 0),
  );
  const seen = new Set<string>();
  return sorted.flatMap(({ order, detail }) => {
    const key = JSON.stringify([order, detail.path, detail.message]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [detail];
  });
}
