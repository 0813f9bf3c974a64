import { setTimeout as delay } from 'node:timers/promises';
import type { Key, Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { follow } from './follow.ts';

const LONGEST_MS = 60_000;

/** Watches an object until it is as wanted. @throws Error with the object as it was last seen, when that takes too long */
export function awaitObject<T extends Resource>(
  api: RestApi,
  kind: ResourceKind<T>,
  key: Key,
  isWanted: (object: T) => boolean,
  longestMs = LONGEST_MS,
): Promise<T> {
  return awaitState(api, kind, key, (object) => (object !== null && isWanted(object) ? object : null), longestMs);
}

/** Waits until there is no object of the name. */
export async function awaitAbsence(api: RestApi, kind: ResourceKind, key: Key, longestMs = LONGEST_MS): Promise<void> {
  await awaitState(api, kind, key, (object) => (object === null ? true : null), longestMs);
}

/** @param read null: not yet */
async function awaitState<T extends Resource, R>(
  api: RestApi,
  kind: ResourceKind<T>,
  key: Key,
  read: (object: T | null) => R | null,
  longestMs: number,
): Promise<R> {
  const stopping = new AbortController();
  let latest: T | null = null;
  try {
    return await new Promise<R>((resolve, reject) => {
      const look = (): void => {
        latest = store.get(key);
        const found = read(latest);
        if (found !== null) resolve(found);
      };
      const store = follow(api, { kind, namespace: key.namespace }, stopping.signal, ({ metadata }) => {
        if (metadata.name === key.name) look();
      });
      void store.synced.then(look);
      void delay(longestMs, undefined, { signal: stopping.signal }).then(
        () =>
          reject(new Error(`${kind.kind} ${key.name} did not become as wanted: ${JSON.stringify(latest, null, 1)}`)),
        () => undefined,
      );
    });
  } finally {
    stopping.abort();
  }
}
