import type { Key, Resource } from './resource.ts';

/** When to look at the key again though nothing changed; null: not before something does. */
export type Requeue = { readonly afterMs: number } | null;

/**
 * Brings the world to what one object asks for. Called with one key at a time, never twice at once for the same key. An
 * AppError of class `terminal` is not tried again before the object changes; `waiting` and `transient` are, with backoff.
 */
export type Reconcile = (key: Key, signal: AbortSignal) => Promise<Requeue>;

/** A thing that happened to an object, for `kubectl describe`. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorder {
  /** Never throws and never waits: events are lost rather than a reconcile. */
  record(about: Resource, note: EventNote): void;
}
