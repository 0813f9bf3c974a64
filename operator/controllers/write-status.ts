import { buildMergePatch } from '../../core/control/merge-patch.ts';
import { durably, type FaultPoint } from '../../runner/faults/fault-point.ts';
import type { KubernetesApi } from '../runtime/kubernetes-api.ts';
import type { Resource, ResourceKind } from '../runtime/resource.ts';

/**
 * Writes a status where it differs from the one that the object has. For the object as it was read only: one that has
 * changed since is looked at again.
 *
 * @returns whether anything was written; false also where the object is gone
 * @throws AppError `Conflict`, class waiting
 */
export async function writeStatus<T extends Resource & { readonly status?: object }>(
  api: KubernetesApi,
  kind: ResourceKind<T>,
  { metadata, status: before = {} }: T,
  status: object,
  point: FaultPoint,
): Promise<boolean> {
  const patch = buildMergePatch(before, status);
  if (patch === null) return false;
  const { namespace, name, resourceVersion, uid } = metadata;
  const written = await durably(point, () =>
    api.patch(kind, { namespace, name }, { metadata: { resourceVersion, uid }, status: patch }, 'status'),
  );
  return written !== null;
}
