import type { ConnectorResource, ExecutionResource, JobResource, ObjectResource, PodResource } from '../api/kinds.ts';
import { OWNER_UID_LABEL } from '../jobs/pod-parts.ts';
import type { StoreIndex } from '../runtime/kubernetes-api.ts';
import { configMapNames, directNames } from './connector/connector-input.ts';
import { isValidateJob, readJobState } from './connector/job-state.ts';

/** How a name of a namespace stands in an index. */
export const inNamespace = (namespace: string, name: string): string => `${namespace}/${name}`;

export const executionsByConnector: StoreIndex<ExecutionResource> = ({ metadata, spec }) => [
  inNamespace(metadata.namespace, spec.connector),
];

/** By the ConfigMap that holds its input. */
export const executionsByConfigMap: StoreIndex<ExecutionResource> = ({ metadata, spec }) => {
  const name = spec.input?.configMapKeyRef?.name;
  return name === undefined ? [] : [inNamespace(metadata.namespace, name)];
};

/** By the objects that it names itself; see connectorKeysOfObject for those that these lead to. */
export const connectorsByObject: StoreIndex<ConnectorResource> = ({ metadata, spec }) =>
  [...directNames(spec)].map((name) => inNamespace(metadata.namespace, name));

export const connectorsByConfigMap: StoreIndex<ConnectorResource> = ({ metadata, spec }) =>
  configMapNames(spec).map((name) => inNamespace(metadata.namespace, name));

/** By the objects that its relationships lead to. */
export const objectsByTarget: StoreIndex<ObjectResource> = ({ metadata, spec }) =>
  [...new Set(spec.fields.flatMap(({ object }) => object ?? []))].map((name) => inNamespace(metadata.namespace, name));

/** By the uids of their owners, and of what their pods are for: owner references can be edited, that cannot. */
export const jobsByOwner: StoreIndex<JobResource> = (job) => {
  const uid = madeFor(job);
  const owners = (job.metadata.ownerReferences ?? []).map((owner) => owner.uid);
  return [...new Set(uid === undefined ? owners : [...owners, uid])];
};

/** The uid of what a Job was made for, as its pods say; a person who makes Jobs may write any. */
export const madeFor = ({ spec }: JobResource): string | undefined =>
  spec?.template?.metadata?.labels?.[OWNER_UID_LABEL];

/** Jobs that validate a connector and have not ended, of the whole cluster, under one value. */
export const ACTIVE_VALIDATION = 'active';
export const activeValidations: StoreIndex<JobResource> = (job) =>
  isValidateJob(job) && readJobState(job).state === 'Active' ? [ACTIVE_VALIDATION] : [];

/** By the uid of what their Job is for. Anybody can set a label: a pod of another namespace is not of it, whatever it says. */
export const podsByOwner: StoreIndex<PodResource> = ({ metadata }) => {
  const uid = metadata.labels?.[OWNER_UID_LABEL];
  return uid === undefined ? [] : [inNamespace(metadata.namespace, uid)];
};
