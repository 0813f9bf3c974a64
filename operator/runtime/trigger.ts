import type { Reconcile } from './reconciler.ts';
import type { Key, Resource, ResourceKind } from './resource.ts';

/** Which keys a controller looks at again when an object of some kind has changed. */
export interface Trigger {
  readonly kind: ResourceKind;
  readonly keysOf: (object: Resource) => readonly Key[];
}

/** A trigger of a kind whose objects are known by their type. */
export function trigger<T extends Resource>(kind: ResourceKind<T>, keysOf: (object: T) => readonly Key[]): Trigger {
  // The reflector of the kind hands on objects of this kind only.
  return { kind, keysOf: (object) => keysOf(object as T) };
}

export interface ControllerDefinition {
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly triggers: readonly Trigger[];
}
