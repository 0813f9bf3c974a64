import type {
  KizenObjectSpec,
  KizenObjectStatus,
  SmartConnectorExecutionSpec,
  SmartConnectorExecutionStatus,
  SmartConnectorSpec,
  SmartConnectorStatus,
} from '../../core/generated/types.ts';
import type { Resource, ResourceKind } from '../runtime/resource.ts';

/** As the API server gives it: its schema has been checked, but not more. */
export interface ConnectorResource extends Resource {
  readonly spec: SmartConnectorSpec;
  readonly status?: SmartConnectorStatus;
}

export interface ExecutionResource extends Resource {
  readonly spec: SmartConnectorExecutionSpec;
  readonly status?: SmartConnectorExecutionStatus;
}

export interface ObjectResource extends Resource {
  readonly spec: KizenObjectSpec;
  readonly status?: KizenObjectStatus;
}

export interface ConfigMapResource extends Resource {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

export interface JobResource extends Resource {
  readonly spec?: {
    readonly backoffLimit?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly suspend?: boolean;
    readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  };
  readonly status?: {
    readonly active?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

export interface PodResource extends Resource {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
  };
}

export const API_VERSION = 'smartconnectors.dev/v1alpha1';

const own = <T extends Resource>(kind: string, plural: string): ResourceKind<T> => ({
  apiVersion: API_VERSION,
  kind,
  plural,
});

export const CONNECTORS = own<ConnectorResource>('SmartConnector', 'smartconnectors');
export const EXECUTIONS = own<ExecutionResource>('SmartConnectorExecution', 'smartconnectorexecutions');
export const OBJECTS = own<ObjectResource>('KizenObject', 'kizenobjects');
export const CONFIG_MAPS: ResourceKind<ConfigMapResource> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
};
export const PODS: ResourceKind<PodResource> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' };
export const JOBS: ResourceKind<JobResource> = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' };
