import type { Logger } from 'pino';
import { AppError, messageOf } from '../../core/errors/app-error.ts';
import type { ControllerMetrics } from './controller-metrics.ts';
import type { Reconcile } from './reconciler.ts';
import type { Key } from './resource.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  /** In logs and metrics. */
  readonly name: string;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  /** Keys that are worked on at once. */
  readonly workers: number;
  /** How long one reconcile may take before it is told to stop. */
  readonly timeoutMs: number;
  readonly metrics: ControllerMetrics;
  readonly log: Logger;
  readonly now: () => number;
}

/** Works on the keys of a queue until it is closed. Resolves when the last reconcile has ended. */
export async function runController(options: ControllerOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.workers }, () => work(options)));
}

async function work(options: ControllerOptions): Promise<void> {
  const { queue, name, metrics } = options;
  for (let taken = await queue.take(); taken !== null; taken = await queue.take()) {
    metrics.waited(name, taken.waitedMs);
    try {
      await reconcileOne(options, taken.key);
    } finally {
      queue.done(taken.key);
    }
  }
}

async function reconcileOne(options: ControllerOptions, key: Key): Promise<void> {
  const { name, queue, metrics, log, now } = options;
  const startedAt = now();
  const bound = { controller: name, namespace: key.namespace, name: key.name };
  try {
    const requeue = await options.reconcile(key, AbortSignal.timeout(options.timeoutMs));
    queue.forgive(key);
    if (requeue !== null) queue.addAfter(key, requeue.afterMs);
    metrics.reconciled(name, requeue === null ? 'success' : 'requeue_after', now() - startedAt);
  } catch (error) {
    metrics.reconciled(name, 'error', now() - startedAt);
    if (error instanceof AppError && error.class === 'terminal') {
      queue.forgive(key);
      log.error({ ...bound, err: error }, `${error.code}: not tried again before something changes`);
      return;
    }
    const retryMs = queue.addFailed(key);
    // A conflict is the ordinary course of things: somebody else wrote first.
    const isOrdinary = error instanceof AppError && error.class === 'waiting';
    log[isOrdinary ? 'debug' : 'warn']({ ...bound, err: error, retryMs }, messageOf(error));
  }
}
