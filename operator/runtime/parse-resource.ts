import { AppError } from '../../core/errors/app-error.ts';
import type { ObjectMeta, Resource, ResourceKind } from './resource.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * An object as the server gave it. Its schema has been checked by the server; what a controller relies on is checked or
 * filled in here. Items of a list have no kind.
 *
 * @throws AppError `InvalidObject` where it is no object with metadata
 */
export function parseResource<T extends Resource>(kind: ResourceKind<T>, value: unknown): T {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) throw notAnObject(kind);
  const { metadata } = value;
  if (typeof metadata !== 'object' || metadata === null) throw notAnObject(kind);
  // Who wrote which field, and what kubectl applied last, are two thirds of many an object, and no controller reads them.
  const { managedFields, ...given } = metadata as Partial<ObjectMeta> & { readonly managedFields?: unknown };
  const { [LAST_APPLIED]: lastApplied, ...annotations } = given.annotations ?? {};
  const filled: ObjectMeta = {
    ...given,
    ...(lastApplied === undefined ? {} : { annotations }),
    name: given.name ?? '',
    namespace: given.namespace ?? '',
    uid: given.uid ?? '',
    resourceVersion: given.resourceVersion ?? '',
    generation: given.generation ?? 0,
    creationTimestamp: given.creationTimestamp ?? '',
  };
  return { ...value, apiVersion: kind.apiVersion, kind: kind.kind, metadata: filled } as Resource as T;
}

function notAnObject(kind: ResourceKind): AppError {
  const message = `the API server gave a ${kind.kind} without metadata`;
  return new AppError({ code: 'InvalidObject', class: 'terminal', message });
}
