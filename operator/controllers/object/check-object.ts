import type { FaultDetail } from '../../../core/errors/app-error.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import { inFileOrder } from '../../../core/validate/fault-collector.ts';
import { checkObject as checkManifest, checkRelationships } from '../../../core/validate/object.ts';
import type { ObjectResource } from '../../api/kinds.ts';
import { toManifest } from '../../api/manifests.ts';
import type { Store } from '../../runtime/kubernetes-api.ts';
import { inNamespace, objectsByTarget } from '../indexes.ts';

/** What an object of the cluster says, or every fault of its own. */
export type CheckedObject =
  | { readonly model: ObjectModel; readonly faults: null }
  | { readonly model: null; readonly faults: readonly FaultDetail[] };

/** Checks an object against those that its relationships lead to, and those that are seen from the same ones. */
export function checkObject(resource: ObjectResource, objects: Store<ObjectResource>): CheckedObject {
  const { namespace, name } = resource.metadata;
  const targets = targetsOf(resource);
  const others = new Map<string, ObjectResource>();
  for (const target of targets) {
    const seen = objects.get({ namespace, name: target });
    const siblings = objects.find(objectsByTarget, inNamespace(namespace, target));
    for (const one of seen === null ? siblings : [seen, ...siblings]) others.set(one.metadata.name, one);
  }
  others.delete(name);
  const checked = [resource, ...others.values()].map((one) => checkManifest(toManifest(one)));
  const known = new Map(checked.map((one) => [one.known.model.name, one.known]));
  // Where a target is missing, every name may be the one that was meant.
  const isMissing = [...targets].some((target) => !known.has(target));
  const candidates = isMissing ? objects.list(namespace).map((one) => checkManifest(toManifest(one)).known) : [];
  for (const candidate of candidates) if (!known.has(candidate.model.name)) known.set(candidate.model.name, candidate);
  // An object is told of a clash that it takes part in after those that were there before it.
  const [own, ...rest] = checked;
  checkRelationships(own === undefined ? rest : [...rest, own], known);
  if (own === undefined || own.faults.faults.length === 0) {
    return own === undefined ? { model: null, faults: [] } : { model: own.known.model, faults: null };
  }
  return { model: null, faults: inFileOrder(own.faults.faults) };
}

const targetsOf = ({ spec }: ObjectResource): ReadonlySet<string> =>
  new Set(spec.fields.flatMap(({ object }) => object ?? []));
