import type { Logger } from 'pino';
import { runController } from './runtime/controller.ts';
import type { ControllerMetrics } from './runtime/controller-metrics.ts';
import { runAsLeader, type LeaderElectionOptions } from './runtime/leader-election.ts';
import type { Store } from './runtime/kubernetes-api.ts';
import type { Resource, ResourceKind } from './runtime/resource.ts';
import type { ControllerDefinition } from './runtime/trigger.ts';
import { WorkQueue } from './runtime/work-queue.ts';

/** Everything is looked at again after this time, whatever was missed. */
const RESYNC_MS = 10 * 3_600_000;

/** What was not put in order, because the database was away above all, is tried again after this time. */
const SWEEP_AGAIN_MS = 60_000;

/** What fails for a while, as with a database that is away, goes on soon after that is over. */
const LONGEST_BACKOFF_MS = 60_000;

/** One reconcile: reading, deciding and writing one object. */
const RECONCILE_MS = 60_000;

/** A store that keeps itself up to date; see Reflector. */
export interface WatchedStore extends Store<Resource> {
  readonly isSynced: boolean;
  readonly synced: Promise<undefined>;
  run(signal: AbortSignal): Promise<void>;
}

/** Hands changes of objects to the queues of controllers; before and after these run, changes lead to nothing. */
export class ChangeFeed {
  readonly #listeners = new Map<ResourceKind, ((object: Resource) => void)[]>();

  /** What a reflector of this kind calls. */
  of(kind: ResourceKind): (object: Resource) => void {
    return (object) => {
      for (const listen of this.#listeners.get(kind) ?? []) listen(object);
    };
  }

  listen(kind: ResourceKind, call: (object: Resource) => void): void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), call]);
  }

  close(): void {
    this.#listeners.clear();
  }
}

export interface OperatorPorts {
  readonly election: LeaderElectionOptions;
  readonly reflectors: readonly WatchedStore[];
  readonly feed: ChangeFeed;
  readonly controllers: readonly ControllerDefinition[];
  /** Puts in order what no object speaks of any more; once this replica leads and knows everything, and now and then. */
  readonly sweep: () => Promise<void>;
  readonly workers: number;
  readonly metrics: ControllerMetrics;
  readonly log: Logger;
  readonly monotonicNow: () => number;
  readonly later: (ms: number, call: () => void) => () => void;
}

/**
 * Keeps the stores up to date, and runs the controllers while this replica leads.
 *
 * @returns `Lost` where leadership was lost: the process has to end, for what it began may go on elsewhere
 */
export async function runOperator(ports: OperatorPorts, signal: AbortSignal): Promise<'Released' | 'Lost'> {
  const watching = new AbortController();
  const watched = Promise.all(ports.reflectors.map((reflector) => reflector.run(watching.signal)));
  try {
    return await runAsLeader(ports.election, signal, (leading) => runControllers(ports, leading));
  } finally {
    watching.abort();
    await watched;
  }
}

async function runControllers(ports: OperatorPorts, leading: AbortSignal): Promise<void> {
  const { reflectors, feed, controllers } = ports;
  const ended = new Promise<void>((resolve) => {
    leading.addEventListener('abort', () => resolve(), { once: true });
    if (leading.aborted) resolve();
  });
  // What is not known yet would look as if it were not there.
  await Promise.race([Promise.all(reflectors.map((reflector) => reflector.synced)), ended]);
  if (leading.aborted) return;
  const queues = controllers.map((definition) => {
    const queue = new WorkQueue({
      now: ports.monotonicNow,
      later: ports.later,
      longestBackoffMs: LONGEST_BACKOFF_MS,
    });
    ports.metrics.addQueue(definition.name, queue);
    for (const { kind, keysOf } of definition.triggers) {
      feed.listen(kind, (object) => {
        for (const key of keysOf(object)) queue.add(key);
      });
    }
    return { definition, queue };
  });
  const addAll = (): void => {
    for (const reflector of reflectors) for (const object of reflector.list(null)) feed.of(reflector.kind)(object);
  };
  let cancelSweep = (): void => undefined;
  const sweep = (): void => {
    cancelSweep();
    ports.sweep().catch((error: unknown) => {
      ports.log.warn({ err: error }, 'what is gone was not put in order');
      if (leading.aborted) return;
      cancelSweep();
      cancelSweep = ports.later(SWEEP_AGAIN_MS, sweep);
    });
  };
  let cancelResync = (): void => undefined;
  const resync = (): void => {
    addAll();
    sweep();
    cancelResync = ports.later(RESYNC_MS, resync);
  };
  resync();
  const running = queues.map(({ definition, queue }) =>
    runController({
      name: definition.name,
      reconcile: definition.reconcile,
      queue,
      workers: ports.workers,
      timeoutMs: RECONCILE_MS,
      metrics: ports.metrics,
      log: ports.log,
      now: ports.monotonicNow,
    }),
  );
  await ended;
  cancelResync();
  cancelSweep();
  feed.close();
  for (const { queue } of queues) queue.close();
  await Promise.all(running);
}
