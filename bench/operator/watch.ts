import { setTimeout as delay } from 'node:timers/promises';
import type { Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { follow } from '../../test/support/follow.ts';

/** How long anything may take before the benchmark gives up. */
const LONGEST_MS = 900_000;

/**
 * Waits until as many different objects have been seen as wanted.
 *
 * @throws Error saying how many there were when it took too long
 */
export async function awaitCount<T extends Resource>(
  api: RestApi,
  kind: ResourceKind<T>,
  count: number,
  isWanted: (object: T) => boolean,
): Promise<void> {
  const stopping = new AbortController();
  const found = new Set<string>();
  try {
    await new Promise<void>((resolve, reject) => {
      follow(api, { kind, namespace: null }, stopping.signal, (object) => {
        if (!isWanted(object)) return;
        found.add(object.metadata.uid);
        if (found.size >= count) resolve();
      });
      void delay(LONGEST_MS, undefined, { signal: stopping.signal }).then(
        () => reject(new Error(`${found.size} of ${count} ${kind.plural} became as wanted in ${LONGEST_MS / 1000} s`)),
        () => undefined,
      );
    });
  } finally {
    stopping.abort();
  }
}
