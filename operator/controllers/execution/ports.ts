import type { Logger } from 'pino';
import type { FaultDetail } from '../../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import type {
  ConfigMapResource,
  ConnectorResource,
  ExecutionResource,
  JobResource,
  ObjectResource,
  PodResource,
} from '../../api/kinds.ts';
import type { Download } from '../../http/artifact-link.ts';
import type { JobSettings } from '../../jobs/job-settings.ts';
import type { KubernetesApi, Store } from '../../runtime/kubernetes-api.ts';
import type { EventRecorder } from '../../runtime/reconciler.ts';
import type { Key } from '../../runtime/resource.ts';

/** A connector as the cluster has it now, with everything that it refers to. */
export interface ConnectorInput {
  /** Null: it has faults. */
  readonly connector: ConnectorModel | null;
  /** The sound objects of its namespace. */
  readonly objects: readonly ObjectModel[];
  readonly faults: readonly FaultDetail[];
  readonly scriptHash: string;
  readonly environmentHash: string;
}

export interface Activation {
  readonly state: 'Active' | 'Inactive' | 'Validating' | 'Invalid';
  readonly reason: string;
  readonly message: string;
}

export interface ExecutionSettings {
  readonly jobs: JobSettings;
  /** Live executions at once in the whole cluster; as many others run beside them. */
  readonly maxRunning: number;
}

export interface ExecutionPorts {
  readonly api: KubernetesApi;
  readonly executions: Store<ExecutionResource>;
  readonly connectors: Store<ConnectorResource>;
  readonly objects: Store<ObjectResource>;
  readonly configMaps: Store<ConfigMapResource>;
  readonly jobs: Store<JobResource>;
  readonly pods: Store<PodResource>;
  readonly pool: SqlPool;
  readonly events: EventRecorder;
  readonly now: () => Date;
  readonly log: Logger;
  readonly settings: ExecutionSettings;
  /** Reads the connector anew from the stores: its hash is that of this very moment. */
  readonly buildInput: (connector: ConnectorResource) => ConnectorInput;
  /** What status says, unless it speaks of another script than `scriptHash`. */
  readonly readActivation: (connector: ConnectorResource, scriptHash: string) => Activation;
  /** Before a namespace's first Job: its database role and the Secret with its credential. */
  readonly prepareNamespace: (namespace: string) => Promise<unknown>;
  /** Has an execution looked at again, soon. */
  readonly lookAgain: (key: Key) => void;
  readonly buildLink: (uid: string, download: Download) => string;
}
