import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkQueue } from './work-queue.ts';

type Result = 'success' | 'requeue_after' | 'error';

/** Metrics under the names of controller-runtime and client-go, so that existing dashboards show them. */
export class ControllerMetrics {
  readonly #registry: Registry;
  readonly #total: Counter<'controller' | 'result'>;
  readonly #errors: Counter<'controller'>;
  readonly #seconds: Histogram<'controller'>;
  readonly #queueSeconds: Histogram<'name'>;
  readonly #workSeconds: Histogram<'name'>;
  readonly #queues = new Map<string, WorkQueue>();

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#total = new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciles by controller and result.',
      labelNames: ['controller', 'result'],
      registers,
    });
    this.#errors = new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciles that failed, by controller.',
      labelNames: ['controller'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'How long reconciles took.',
      labelNames: ['controller'],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60],
      registers,
    });
    this.#queueSeconds = new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long keys waited before they were worked on.',
      labelNames: ['name'],
      buckets: [0.001, 0.01, 0.1, 1, 10, 60, 300],
      registers,
    });
    this.#workSeconds = new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long keys were worked on.',
      labelNames: ['name'],
      buckets: [0.001, 0.01, 0.1, 1, 10, 60],
      registers,
    });
    this.#addQueueCounter('workqueue_adds_total', 'Keys that came in.', (queue) => queue.addedTotal);
    this.#addQueueCounter('workqueue_retries_total', 'Keys to try again.', (queue) => queue.retriedTotal);
    this.#addQueueGauge('workqueue_depth', 'Keys that wait to be worked on.', (queue) => queue.depth);
    this.#addQueueGauge(
      'workqueue_unfinished_work_seconds',
      'How long the keys that are worked on have been so, in all.',
      (queue) => queue.unfinishedMs.sum / 1000,
    );
    this.#addQueueGauge(
      'workqueue_longest_running_processor_seconds',
      'How long the longest reconcile has been running.',
      (queue) => queue.unfinishedMs.longest / 1000,
    );
  }

  /** Shows the queue of a controller from now on. */
  addQueue(name: string, queue: WorkQueue): void {
    this.#queues.set(name, queue);
  }

  waited(name: string, ms: number): void {
    this.#queueSeconds.observe({ name }, ms / 1000);
  }

  reconciled(controller: string, result: Result, ms: number): void {
    this.#total.inc({ controller, result });
    if (result === 'error') this.#errors.inc({ controller });
    this.#seconds.observe({ controller }, ms / 1000);
    this.#workSeconds.observe({ name: controller }, ms / 1000);
  }

  #addQueueCounter(name: string, help: string, read: (queue: WorkQueue) => number): void {
    const queues = this.#queues;
    new Counter({
      name,
      help,
      labelNames: ['name'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [queueName, queue] of queues) this.inc({ name: queueName }, read(queue));
      },
    });
  }

  #addQueueGauge(name: string, help: string, read: (queue: WorkQueue) => number): void {
    const queues = this.#queues;
    new Gauge({
      name,
      help,
      labelNames: ['name'],
      registers: [this.#registry],
      collect() {
        for (const [queueName, queue] of queues) this.set({ name: queueName }, read(queue));
      },
    });
  }
}
