import type { Logger } from 'pino';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import type { ObjectResource } from '../../api/kinds.ts';
import type { KubernetesApi, Store } from '../../runtime/kubernetes-api.ts';
import type { EventRecorder } from '../../runtime/reconciler.ts';

export interface ObjectPorts {
  readonly api: KubernetesApi;
  readonly objects: Store<ObjectResource>;
  readonly pool: SqlPool;
  readonly events: EventRecorder;
  readonly now: () => Date;
  readonly log: Logger;
}
