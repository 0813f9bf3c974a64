import { RateLimit } from './rate-limit.ts';
import { keyText, type Key } from './resource.ts';

export interface WorkQueueOptions {
  /** Milliseconds, of any clock that only goes forward. */
  readonly now: () => number;
  /** Calls back after a time; gives the way to call it off. */
  readonly later: (ms: number, call: () => void) => () => void;
  /** The pause after the first failure; doubled with each further one, up to the longest. */
  readonly shortestBackoffMs?: number;
  readonly longestBackoffMs?: number;
  /** Of all keys together: how many failures may be tried again within a second, once `burst` of them have been. */
  readonly retriesPerSecond?: number;
  readonly burst?: number;
}

/** A timer of more than 24 days would go off at once. To look at a key earlier than asked for does no harm. */
const LONGEST_WAIT_MS = 10 * 3600 * 1000;

interface Waiting {
  readonly dueMs: number;
  readonly cancel: () => void;
}

/**
 * Keys to be looked at, each at most once: one that comes again while it waits is the same, one that comes again while it
 * is worked on is handed out once more afterwards, never at once. Follows the work queue of client-go.
 */
export class WorkQueue {
  readonly #options: Required<WorkQueueOptions>;
  readonly #ready: Key[] = [];
  /** When keys that are to be worked on came in. */
  readonly #dirty = new Map<string, number>();
  readonly #active = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #failures = new Map<string, number>();
  readonly #retryRate: RateLimit;
  #added = 0;
  #retried = 0;
  #takers: ((key: Key | null) => void)[] = [];
  #isClosed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = { shortestBackoffMs: 5, longestBackoffMs: 1_000_000, retriesPerSecond: 10, burst: 100, ...options };
    this.#retryRate = new RateLimit(this.#options.retriesPerSecond, this.#options.burst);
  }

  add(key: Key): void {
    if (this.#isClosed) return;
    const id = keyText(key);
    this.#forget(id);
    if (this.#dirty.has(id)) return;
    this.#dirty.set(id, this.#options.now());
    this.#added += 1;
    if (!this.#active.has(id)) this.#offer(key);
  }

  /** Adds the key after a time; an earlier time that it waits for already holds. */
  addAfter(key: Key, ms: number): void {
    if (this.#isClosed) return;
    const id = keyText(key);
    const waitMs = Math.min(ms, LONGEST_WAIT_MS);
    const dueMs = this.#options.now() + waitMs;
    const known = this.#waiting.get(id);
    if (known !== undefined && known.dueMs <= dueMs) return;
    this.#forget(id);
    const cancel = this.#options.later(waitMs, () => {
      this.#waiting.delete(id);
      this.add(key);
    });
    this.#waiting.set(id, { dueMs, cancel });
  }

  /** Adds the key after a pause that grows with every failure. @returns the pause, ms */
  addFailed(key: Key): number {
    const id = keyText(key);
    const failures = this.#failures.get(id) ?? 0;
    this.#failures.set(id, failures + 1);
    const { shortestBackoffMs, longestBackoffMs } = this.#options;
    const backoffMs = Math.min(longestBackoffMs, shortestBackoffMs * 2 ** Math.min(failures, 40));
    const ms = Math.max(backoffMs, this.#retryRate.reserve(this.#options.now()));
    this.#retried += 1;
    this.addAfter(key, ms);
    return ms;
  }

  /** The failures of the key count no more. */
  forgive(key: Key): void {
    this.#failures.delete(keyText(key));
  }

  /** The next key, as soon as there is one; null once the queue is closed. Say `done` when it has been worked on. */
  async take(): Promise<{ readonly key: Key; readonly waitedMs: number } | null> {
    const key = this.#isClosed ? null : (this.#ready.shift() ?? (await this.#wait()));
    if (key === null) return null;
    const id = keyText(key);
    const now = this.#options.now();
    const waitedMs = now - (this.#dirty.get(id) ?? now);
    this.#dirty.delete(id);
    this.#active.set(id, now);
    return { key, waitedMs };
  }

  done(key: Key): void {
    const id = keyText(key);
    this.#active.delete(id);
    if (this.#dirty.has(id) && !this.#isClosed) this.#offer(key);
  }

  /** No key is handed out any more; what is worked on may end. */
  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    for (const take of this.#takers) take(null);
    this.#takers = [];
  }

  /** Keys that are ready to be worked on. */
  get depth(): number {
    return this.#ready.length;
  }

  /** Keys that came in, those that were there already not counted. */
  get addedTotal(): number {
    return this.#added;
  }

  get retriedTotal(): number {
    return this.#retried;
  }

  /** Since when the keys that are worked on are: sum and longest, ms. */
  get unfinishedMs(): { readonly sum: number; readonly longest: number } {
    const now = this.#options.now();
    const times = [...this.#active.values()].map((since) => now - since);
    return { sum: times.reduce((sum, ms) => sum + ms, 0), longest: Math.max(0, ...times) };
  }

  #offer(key: Key): void {
    const take = this.#takers.shift();
    if (take === undefined) this.#ready.push(key);
    else take(key);
  }

  #wait(): Promise<Key | null> {
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  #forget(id: string): void {
    this.#waiting.get(id)?.cancel();
    this.#waiting.delete(id);
  }
}
