import type { Logger } from 'pino';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { EventNote, EventRecorder } from './reconciler.ts';
import type { Resource, ResourceKind } from './resource.ts';

const EVENTS: ResourceKind = { apiVersion: 'v1', kind: 'Event', plural: 'events' };

/** Notes of one object, reason and message within this time become one event that counts. */
const SERIES_MS = 600_000;
/** So many new events of one object and reason within SERIES_MS; further ones are left out. */
const MAX_PER_REASON = 25;
const MAX_SERIES = 5000;
/** A count up to here is written each time, a higher one now and then: what repeats itself must not keep the server busy. */
const EXACT_COUNT = 10;
const COUNT_EVERY_MS = 10_000;
const MAX_MESSAGE = 1024;
/** Notes that wait to be written. */
const MAX_PENDING = 1000;

interface Series {
  readonly name: string;
  readonly firstTimestamp: string;
  readonly startedMs: number;
  writtenMs: number;
  count: number;
}

export interface EventRecorderOptions {
  readonly api: KubernetesApi;
  readonly component: string;
  readonly identity: string;
  readonly now: () => Date;
  /** Lower-case letters and digits, different each time. */
  readonly suffix: () => string;
  readonly log: Logger;
}

/**
 * Writes events one after another, beside the work. Equal ones are counted, and each reason of an object has a limit of its
 * own: with one limit for the whole object, a noisy reason would hide the others.
 */
export class ApiEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #perReason = new Map<string, { startedMs: number; count: number }>();
  #pending = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(about: Resource, note: EventNote): void {
    if (this.#pending >= MAX_PENDING) return;
    this.#pending += 1;
    this.#tail = this.#tail
      .then(() => this.#write(about, note))
      .catch((error: unknown) => this.#options.log.debug({ err: error, reason: note.reason }, 'an event was lost'))
      .finally(() => (this.#pending -= 1));
  }

  /** Resolves when what was recorded so far is written or lost. */
  async flush(): Promise<void> {
    await this.#tail;
  }

  async #write(about: Resource, note: EventNote): Promise<void> {
    const { api, now } = this.#options;
    const time = now();
    const message = note.message.length > MAX_MESSAGE ? `${note.message.slice(0, MAX_MESSAGE - 1)}…` : note.message;
    const id = [about.metadata.uid, note.type, note.reason, message].join('\0');
    const known = this.#series.get(id);
    const { namespace } = about.metadata;
    if (known !== undefined && time.getTime() - known.startedMs < SERIES_MS) {
      known.count += 1;
      if (known.count > EXACT_COUNT && time.getTime() - known.writtenMs < COUNT_EVERY_MS) return;
      known.writtenMs = time.getTime();
      const patch = { count: known.count, lastTimestamp: time.toISOString() };
      if ((await api.patch(EVENTS, { namespace, name: known.name }, patch)) !== null) return;
    }
    if (!this.#isWithinLimit(`${about.metadata.uid}\0${note.reason}`, time.getTime())) return;
    const series = this.#begin(id, about, time);
    await api.create(EVENTS, this.#build(about, { ...note, message }, series, time));
  }

  #begin(id: string, { metadata }: Resource, time: Date): Series {
    if (this.#series.size >= MAX_SERIES) this.#series.clear();
    const series: Series = {
      name: `${metadata.name.slice(0, 200).replace(/[^a-z0-9]+$/, '')}.${this.#options.suffix()}`,
      firstTimestamp: time.toISOString(),
      startedMs: time.getTime(),
      writtenMs: time.getTime(),
      count: 1,
    };
    this.#series.set(id, series);
    return series;
  }

  #isWithinLimit(id: string, nowMs: number): boolean {
    if (this.#perReason.size >= MAX_SERIES) this.#perReason.clear();
    const known = this.#perReason.get(id);
    if (known === undefined || nowMs - known.startedMs >= SERIES_MS) {
      this.#perReason.set(id, { startedMs: nowMs, count: 1 });
      return true;
    }
    known.count += 1;
    return known.count <= MAX_PER_REASON;
  }

  #build(about: Resource, note: EventNote, series: Series, time: Date) {
    const { component, identity } = this.#options;
    const { apiVersion, kind, metadata } = about;
    const { name, namespace, uid, resourceVersion } = metadata;
    return {
      apiVersion: EVENTS.apiVersion,
      kind: EVENTS.kind,
      metadata: { name: series.name, namespace },
      involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
      type: note.type,
      reason: note.reason,
      message: note.message,
      count: series.count,
      firstTimestamp: series.firstTimestamp,
      lastTimestamp: time.toISOString(),
      source: { component },
      reportingComponent: component,
      reportingInstance: identity,
    };
  }
}
