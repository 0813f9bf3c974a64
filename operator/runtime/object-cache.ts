import type { Store, StoreIndex } from './kubernetes-api.ts';
import { keyText, type Key, type Resource, type ResourceKind } from './resource.ts';

type ByName<T> = Map<string, T>;

/**
 * Objects of one kind in memory, by name, by namespace, and by what they are asked for. An index is built when it is asked
 * for first and kept up to date from then on, so that a look-up costs what it finds, however many objects there are.
 */
export class ObjectCache<T extends Resource> implements Store<T> {
  readonly kind: ResourceKind<T>;
  readonly #objects: ByName<T> = new Map<string, T>();
  readonly #indexes = new Map<StoreIndex<T>, Map<string, ByName<T>>>();

  constructor(kind: ResourceKind<T>, objects: readonly T[] = []) {
    this.kind = kind;
    for (const object of objects) this.put(object);
  }

  get(key: Key): T | null {
    return this.#objects.get(keyText(key)) ?? null;
  }

  list(namespace: string | null): readonly T[] {
    return namespace === null ? [...this.#objects.values()] : this.find(byNamespace, namespace);
  }

  find(index: StoreIndex<T>, value: string): readonly T[] {
    const found = (this.#indexes.get(index) ?? this.#build(index)).get(value);
    return found === undefined ? [] : [...found.values()];
  }

  /** Takes the place of the object of the same name. */
  put(object: T): void {
    const name = keyText(object.metadata);
    const before = this.#objects.get(name);
    this.#objects.set(name, object);
    for (const [index, entries] of this.#indexes) {
      if (before !== undefined) removeEntries(entries, index(before), name);
      addEntries(entries, index(object), name, object);
    }
  }

  remove({ metadata }: T): void {
    const name = keyText(metadata);
    const before = this.#objects.get(name);
    if (before === undefined) return;
    this.#objects.delete(name);
    for (const [index, entries] of this.#indexes) removeEntries(entries, index(before), name);
  }

  #build(index: StoreIndex<T>): Map<string, ByName<T>> {
    const entries = new Map<string, ByName<T>>();
    for (const [name, object] of this.#objects) addEntries(entries, index(object), name, object);
    this.#indexes.set(index, entries);
    return entries;
  }
}

const byNamespace = ({ metadata }: Resource): readonly string[] => [metadata.namespace];

function addEntries<T>(entries: Map<string, ByName<T>>, values: readonly string[], name: string, object: T): void {
  for (const value of values) {
    const named = entries.get(value);
    if (named === undefined) entries.set(value, new Map([[name, object]]));
    else named.set(name, object);
  }
}

function removeEntries<T>(entries: Map<string, ByName<T>>, values: readonly string[], name: string): void {
  for (const value of values) {
    const named = entries.get(value);
    named?.delete(name);
    if (named?.size === 0) entries.delete(value);
  }
}
