import type { Store } from '../../operator/runtime/kubernetes-api.ts';
import type { Key, Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';

/** What the API server had when it was asked last: a store that is as old as a test wants it. */
export class ListedStore<T extends Resource> implements Store<T> {
  readonly kind: ResourceKind<T>;
  readonly #api: RestApi;
  #items: readonly T[] = [];

  constructor(api: RestApi, kind: ResourceKind<T>) {
    this.#api = api;
    this.kind = kind;
  }

  async refresh(): Promise<void> {
    this.#items = await this.#api.list(this.kind, { namespace: null });
  }

  get({ namespace, name }: Key): T | null {
    return this.list(namespace).find(({ metadata }) => metadata.name === name) ?? null;
  }

  list(namespace: string | null): readonly T[] {
    return this.#items.filter(({ metadata }) => namespace === null || metadata.namespace === namespace);
  }
}
