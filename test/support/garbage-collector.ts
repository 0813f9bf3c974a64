import { CONNECTORS, EXECUTIONS, JOBS } from '../../operator/api/kinds.ts';
import type { Resource, ResourceKind } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { follow } from './follow.ts';

export interface GarbageCollector {
  stop(): void;
}

/** Deletes what belonged to an execution or a connector that is gone, as the controller manager of a cluster does. */
export function startGarbageCollector(api: RestApi): GarbageCollector {
  const stopping = new AbortController();
  const collect = async ({ metadata: { uid, namespace } }: Resource): Promise<void> => {
    for (const kind of [EXECUTIONS, JOBS] as ResourceKind[]) {
      for (const { metadata } of await api.list(kind, { namespace })) {
        const isOrphan = metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
        if (!isOrphan) continue;
        await api.delete(kind, metadata, { uid: metadata.uid, propagationPolicy: 'Background' });
      }
    }
  };
  for (const kind of [EXECUTIONS, CONNECTORS] as ResourceKind[]) {
    const store = follow(api, { kind, namespace: null }, stopping.signal, (object) => {
      if (store.get(object.metadata)?.metadata.uid === object.metadata.uid) return;
      collect(object).catch((error: unknown) => {
        if (!stopping.signal.aborted) console.error(error);
      });
    });
  }
  // What is made for an owner that has just gone is found as well.
  const collectOrphan = async ({ metadata }: Resource): Promise<void> => {
    for (const { kind: ownerKind, name, uid } of metadata.ownerReferences ?? []) {
      const kind = ([EXECUTIONS, CONNECTORS] as ResourceKind[]).find((one) => one.kind === ownerKind);
      if (kind === undefined) continue;
      const owner = await api.get(kind, { namespace: metadata.namespace, name });
      if (owner?.metadata.uid === uid) continue;
      await api.delete(JOBS, metadata, { uid: metadata.uid, propagationPolicy: 'Background' });
    }
  };
  const judged = new Set<string>();
  follow(api, { kind: JOBS, namespace: null }, stopping.signal, (job) => {
    if (judged.has(job.metadata.uid)) return;
    judged.add(job.metadata.uid);
    collectOrphan(job).catch((error: unknown) => {
      if (!stopping.signal.aborted) console.error(error);
    });
  });
  return { stop: () => stopping.abort() };
}
