import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Reflector } from '../../operator/runtime/reflector.ts';
import type { Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';

/**
 * Follows the objects of a kind until it is aborted.
 *
 * @param namespace null: those of all namespaces
 * @param onChange called with each object, those at the start too
 */
export function follow<T extends Resource>(
  api: RestApi,
  { kind, namespace }: { readonly kind: ResourceKind<T>; readonly namespace: string | null },
  signal: AbortSignal,
  onChange: (object: T) => void,
): Reflector<T> {
  const reflector = new Reflector(api, {
    kind,
    namespace,
    onChange,
    log: pino({ enabled: false }),
    random: () => 0.5,
    sleep: (ms, stop) => delay(ms, undefined, { signal: stop }).catch(() => undefined),
    now: () => performance.now(),
    timing: { shortestPauseMs: 50, longestPauseMs: 1000 },
  });
  void reflector.run(signal);
  return reflector;
}
