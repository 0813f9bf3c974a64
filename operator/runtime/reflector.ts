import type { Logger } from 'pino';
import { AppError } from '../../core/errors/app-error.ts';
import { readLines } from './read-lines.ts';
import { parseResource } from './parse-resource.ts';
import { resourcePath } from './resource-path.ts';
import type { RestApi } from './rest-api.ts';
import type { Store, StoreIndex } from './kubernetes-api.ts';
import { ObjectCache } from './object-cache.ts';
import { keyOf, keyText, type Key, type Resource, type ResourceKind } from './resource.ts';

export interface ReflectorOptions<T extends Resource> {
  readonly kind: ResourceKind<T>;
  /** Null: of every namespace. */
  readonly namespace: string | null;
  readonly labelSelector?: string;
  /** How many objects a page of a list has at most: fewer where each may be large. */
  readonly pageObjects?: number;
  /**
   * Called after the store has changed: with the object as it is, or as it was when it went. Where its spec was edited, or
   * another one has its name, with the one before as well: what that one led to may be free of it. Only adds keys to queues.
   */
  readonly onChange: (object: T) => void;
  readonly log: Logger;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Waits, until it is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly timing?: Partial<ReflectorTiming>;
}

export interface ReflectorTiming {
  /** How long the server is asked to keep a watch open. */
  readonly watchSeconds: number;
  /** Bookmarks come every minute: a watch that is silent for longer is dead, whatever TCP says. */
  readonly silenceMs: number;
  /** Pause before the first repetition; doubled up to the longest one. */
  readonly shortestPauseMs: number;
  readonly longestPauseMs: number;
  /** A watch that lived for so long was a good one. */
  readonly goodWatchMs: number;
}

const TIMING: ReflectorTiming = {
  watchSeconds: 300,
  silenceMs: 150_000,
  shortestPauseMs: 500,
  longestPauseMs: 30_000,
  goodWatchMs: 5000,
};

interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

/**
 * Keeps all objects of a kind, by a list and a watch from there. Lists are read page by page; bookmarks move the version
 * to go on from. Broken, silent or closed connections, and errors of the server, lead to another watch after a pause that
 * grows; a version that is too old leads to another list. Only what became known is handed on: a key to look at again.
 */
export class Reflector<T extends Resource> implements Store<T> {
  readonly kind: ResourceKind<T>;
  readonly #api: RestApi;
  readonly #options: ReflectorOptions<T>;
  readonly #timing: ReflectorTiming;
  readonly #cache: ObjectCache<T>;
  readonly #synced = Promise.withResolvers<undefined>();
  #isSynced = false;
  #pauseMs: number;

  constructor(api: RestApi, options: ReflectorOptions<T>) {
    this.#api = api;
    this.#options = options;
    this.kind = options.kind;
    this.#cache = new ObjectCache(options.kind);
    this.#timing = { ...TIMING, ...options.timing };
    this.#pauseMs = this.#timing.shortestPauseMs;
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

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves after the first list. */
  get synced(): Promise<undefined> {
    return this.#synced.promise;
  }

  /** Runs until it is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let version: string | null = null;
    while (!signal.aborted) {
      let startedAt = this.#options.now();
      try {
        version ??= await this.#relist(signal);
        startedAt = this.#options.now();
        version = await this.#watch(version, signal, (latest) => (version = latest));
      } catch (error) {
        if (isOver(signal)) return;
        if (error instanceof AppError && error.code === 'Expired') version = null;
        this.#options.log.warn({ err: error, kind: this.kind.kind }, 'watching was interrupted');
      }
      await this.#pause(this.#options.now() - startedAt, signal);
    }
  }

  async #relist(signal: AbortSignal): Promise<string> {
    const { namespace, labelSelector, pageObjects } = this.#options;
    const listing = await this.#api.listAll(this.kind, {
      namespace,
      signal,
      ...(pageObjects === undefined ? {} : { pageObjects }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    });
    const gone = new Map(this.#cache.list(null).map((object) => [keyText(object.metadata), object]));
    for (const object of listing.items) {
      gone.delete(keyText(object.metadata));
      const known = this.#cache.get(object.metadata);
      if (known?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      this.#put(object);
    }
    for (const object of gone.values()) this.#remove(object);
    this.#isSynced = true;
    this.#synced.resolve(undefined);
    return listing.resourceVersion;
  }

  /** @returns the version to go on from, once the server has closed the watch */
  async #watch(from: string, signal: AbortSignal, onVersion: (version: string) => void): Promise<string> {
    const { namespace, labelSelector, random } = this.#options;
    const { watchSeconds, silenceMs } = this.#timing;
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(Math.ceil(watchSeconds * (1 + random()))),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    });
    const path = `${resourcePath(this.kind, namespace ?? '')}?${query.toString()}`;
    const response = await this.#api.openWatch(this.kind, path, silenceMs, signal);
    let version = from;
    for await (const line of readLines(response)) {
      if (signal.aborted) break;
      const event = JSON.parse(line) as WatchEvent;
      if (event.type === 'ERROR') throw errorOf(event.object);
      const object = parseResource(this.kind, event.object);
      version = object.metadata.resourceVersion;
      if (event.type === 'DELETED') this.#remove(object);
      else if (event.type !== 'BOOKMARK') this.#put(object);
      onVersion(version);
    }
    return version;
  }

  #put(object: T): void {
    const { uid, generation } = object.metadata;
    const before = this.#cache.get(object.metadata);
    this.#cache.put(object);
    const isSame = before?.metadata.uid === uid && before.metadata.generation === generation;
    if (before !== null && !isSame) this.#tell(before);
    this.#tell(object);
  }

  #remove(object: T): void {
    this.#cache.remove(object);
    this.#tell(object);
  }

  /** A fault in what listens is not the server's: the same event would come again with every watch, and no other. */
  #tell(object: T): void {
    try {
      this.#options.onChange(object);
    } catch (error) {
      this.#options.log.error(
        { err: error, kind: this.kind.kind, ...keyOf(object) },
        'a change could not be passed on',
      );
    }
  }

  /** Never at once: a server that closes every watch cleanly would be asked thousands of times a second. */
  async #pause(livedMs: number, signal: AbortSignal): Promise<void> {
    const { goodWatchMs, shortestPauseMs, longestPauseMs } = this.#timing;
    if (livedMs >= goodWatchMs) this.#pauseMs = shortestPauseMs;
    const pauseMs = this.#pauseMs * (0.5 + this.#options.random());
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    await this.#options.sleep(pauseMs, signal);
  }
}

/** Asked anew: it changes while something is awaited. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** What the server says in the middle of a watch, where no status code can. */
function errorOf(object: unknown): AppError {
  const { code, message } = (object ?? {}) as { code?: unknown; message?: unknown };
  return new AppError({
    code: code === 410 ? 'Expired' : 'ApiUnavailable',
    class: 'transient',
    message: `the API server ended a watch: ${typeof message === 'string' ? message : 'without a word'}`,
  });
}
