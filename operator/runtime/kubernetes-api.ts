import type { Key, Resource, ResourceKind } from './resource.ts';

/** What is sent to create an object: the server adds the rest of its metadata. */
export interface NewResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly object[];
  };
  /** `spec`, `data` and what else the kind has. */
  readonly [field: string]: unknown;
}

export interface DeleteOptions {
  /** Only the object with this uid: one of the same name that was created since is left alone. */
  readonly uid?: string;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
}

/**
 * What controllers ask of the API server. Errors are AppError: `Conflict` (waiting: read again), `Forbidden` and
 * `InvalidObject` (terminal), `ApiUnavailable` (transient: connection, 429, 5xx); class set here, by status code.
 */
export interface KubernetesApi {
  /** Null: there is none. */
  get<T extends Resource>(kind: ResourceKind<T>, key: Key): Promise<T | null>;
  /** All objects, page by page; `namespace` null: of every namespace. */
  list<T extends Resource>(
    kind: ResourceKind<T>,
    options: { readonly namespace: string | null; readonly labelSelector?: string },
  ): Promise<T[]>;
  /** Null: an object of that name exists already. */
  create<T extends Resource>(kind: ResourceKind<T>, object: NewResource): Promise<T | null>;
  /**
   * A JSON merge patch; with `resourceVersion` in its metadata it is refused as `Conflict` where the object has changed.
   * Null: the object is gone.
   */
  patch<T extends Resource>(kind: ResourceKind<T>, key: Key, patch: object, subresource?: 'status'): Promise<T | null>;
  /** Whether there was one to delete. */
  delete(kind: ResourceKind, key: Key, options?: DeleteOptions): Promise<boolean>;
}

/** The values that an object is found by. Always the same function: a store keeps what it has built for it. */
export type StoreIndex<T extends Resource> = (object: T) => readonly string[];

/** What a reflector keeps up to date; objects are as fresh as the watch. */
export interface Store<T extends Resource> {
  readonly kind: ResourceKind<T>;
  get(key: Key): T | null;
  /** @param namespace null: of every namespace */
  list(namespace: string | null): readonly T[];
  /** The objects that have this value in the index, at the cost of what is found. */
  find(index: StoreIndex<T>, value: string): readonly T[];
}
