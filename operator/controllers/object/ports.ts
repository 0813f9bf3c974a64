import type { Logger } from 'pino';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import type { ObjectResource } from '../../api/kinds.ts';
import type { KubernetesApi, Store } from '../../runtime/kubernetes-api.ts';
import type { EventRecorder } from '../../runtime/reconciler.ts';

export interface ObjectPorts {
  readonly api: KubernetesApi;
  readonly objects: Store<ObjectResource>;
  readonly pool: SqlPool;
  /** Runs `work` as the role of a namespace, which owns the tables of its objects. */
  readonly asNamespace: <T>(namespace: string, work: (pool: SqlPool) => Promise<T>) => Promise<T>;
  readonly events: EventRecorder;
  readonly now: () => Date;
  readonly log: Logger;
}
