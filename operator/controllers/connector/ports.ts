import type { Logger } from 'pino';
import type { SqlPool } from '../../../runner/postgres/pool.ts';
import type { ConnectorResource, ExecutionResource, JobResource, PodResource } from '../../api/kinds.ts';
import type { JobSettings } from '../../jobs/job-settings.ts';
import type { KubernetesApi, Store } from '../../runtime/kubernetes-api.ts';
import type { EventRecorder } from '../../runtime/reconciler.ts';
import type { ConnectorInput, ConnectorSources } from './connector-input.ts';

export interface ConnectorSettings {
  readonly jobs: JobSettings;
  /** Validate Jobs of connectors that wait for one, at once in the cluster. */
  readonly maxValidations: number;
  /** As before, for Jobs that confirm a connector that is active already: they come last. */
  readonly maxBackgroundValidations: number;
}

export interface ConnectorPorts extends ConnectorSources {
  readonly api: KubernetesApi;
  readonly connectors: Store<ConnectorResource>;
  readonly executions: Store<ExecutionResource>;
  readonly jobs: Store<JobResource>;
  readonly pods: Store<PodResource>;
  readonly pool: SqlPool;
  readonly events: EventRecorder;
  readonly now: () => Date;
  readonly log: Logger;
  readonly settings: ConnectorSettings;
  /** See buildConnectorInput. */
  readonly buildInput: (connector: ConnectorResource) => ConnectorInput;
  /** Before a namespace's first Job: its database role and the Secret with its credential. */
  readonly prepareNamespace: (namespace: string) => Promise<unknown>;
}
