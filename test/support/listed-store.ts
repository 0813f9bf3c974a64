import type { Store, StoreIndex } from '../../operator/runtime/kubernetes-api.ts';
import { ObjectCache } from '../../operator/runtime/object-cache.ts';
import type { Key, Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';

/** What the API server had when it was asked last: a store that is as old as a test wants it. */
export class ListedStore<T extends Resource> implements Store<T> {
  readonly kind: ResourceKind<T>;
  readonly #api: RestApi;
  readonly #selection: { readonly labelSelector?: string };
  #cache: ObjectCache<T>;

  /** @param labelSelector what it shows of them, as with a watch; all where it is not given */
  constructor(api: RestApi, kind: ResourceKind<T>, labelSelector?: string) {
    this.#api = api;
    this.#selection = labelSelector === undefined ? {} : { labelSelector };
    this.kind = kind;
    this.#cache = new ObjectCache(kind);
  }

  async refresh(): Promise<void> {
    this.#cache = new ObjectCache(this.kind, await this.#api.list(this.kind, { namespace: null, ...this.#selection }));
  }

  get(key: Key): T | null {
    return this.#cache.get(key);
  }

  list(namespace: string | null): readonly T[] {
    return this.#cache.list(namespace);
  }

  find(index: StoreIndex<T>, value: string): readonly T[] {
    return this.#cache.find(index, value);
  }
}
