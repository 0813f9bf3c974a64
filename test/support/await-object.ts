import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Reflector } from '../../operator/runtime/reflector.ts';
import type { Key, Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';

const LONGEST_MS = 30_000;

/** Watches an object until it is as wanted. @throws Error with the object as it was last seen, when that takes too long */
export async function awaitObject<T extends Resource>(
  api: RestApi,
  kind: ResourceKind<T>,
  key: Key,
  isWanted: (object: T) => boolean,
): Promise<T> {
  const stopping = new AbortController();
  let latest: T | null = null;
  try {
    return await new Promise<T>((resolve, reject) => {
      const reflector = new Reflector<T>(api, {
        kind,
        namespace: key.namespace,
        onChange: (object) => {
          if (object.metadata.name !== key.name) return;
          latest = object;
          if (isWanted(object)) resolve(object);
        },
        log: pino({ enabled: false }),
        random: () => 0.5,
        sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
        now: () => performance.now(),
        timing: { shortestPauseMs: 50 },
      });
      void reflector.run(stopping.signal);
      void delay(LONGEST_MS, undefined, { signal: stopping.signal }).then(
        () =>
          reject(new Error(`${kind.kind} ${key.name} did not become as wanted: ${JSON.stringify(latest, null, 1)}`)),
        () => undefined,
      );
    });
  } finally {
    stopping.abort();
  }
}
