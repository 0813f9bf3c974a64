import { AppError } from '../../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import { findArtifact } from '../../../runner/artifacts/artifact-store.ts';
import type { ConnectorResource, ExecutionResource, JobResource, PodResource } from '../../api/kinds.ts';
import { JOBS } from '../../api/kinds.ts';
import { readQueue, type QueueState } from '../../database/execution-queue.ts';
import { findRequest, type ExecutionRequest } from '../../database/execution-requests.ts';
import { readStoredRun, type StoredRun } from '../../database/stored-run.ts';
import { jobName } from '../../jobs/job-name.ts';
import { OWNER_UID_LABEL, isPathInVolume } from '../../jobs/pod-parts.ts';
import type { Activation, ConnectorInput, ExecutionPorts } from './ports.ts';

/** Where the input of an execution is, as far as it can be told before it starts. */
export type InputState =
  | { readonly kind: 'None' }
  | { readonly kind: 'Stored'; readonly artifact: string; readonly fileName: string }
  | { readonly kind: 'Content'; readonly fileName: string; readonly content: Buffer }
  | { readonly kind: 'Volume'; readonly fileName: string }
  /** It may still come. */
  | { readonly kind: 'Awaited'; readonly message: string }
  | { readonly kind: 'Impossible'; readonly message: string };

/** What an execution needs before it can start. */
export interface Prospects {
  readonly connector: ConnectorResource | null;
  readonly activation: Activation | null;
  readonly input: ConnectorInput | null;
  readonly file: InputState;
  /** Objects that the connector reads or writes and whose tables are not ready, with what is said of them. */
  readonly unreadyObjects: readonly { readonly name: string; readonly message: string }[];
  readonly queue: QueueState;
}

export interface JobView {
  readonly name: string;
  readonly state: 'Running' | 'Complete' | 'Failed';
  /** Of its failure. */
  readonly reason: string | null;
  readonly message: string | null;
  /** Controlled by this execution. */
  readonly isOwn: boolean;
  readonly expires: boolean;
}

/** Everything that is decided on. */
export interface Observation {
  readonly execution: ExecutionResource;
  readonly request: ExecutionRequest | null;
  readonly run: StoredRun | null;
  readonly job: JobView | null;
  readonly pods: readonly PodResource[];
  /** Of a queued execution. */
  readonly prospects: Prospects | null;
}

export async function observe(execution: ExecutionResource, ports: ExecutionPorts): Promise<Observation> {
  const request = await findRequest(ports.pool, execution.metadata.uid);
  const none = { execution, request, run: null, job: null, pods: [], prospects: null };
  if (request === null) return none;
  if (request.state === 'Queued') return { ...none, prospects: await readProspects(execution, request, ports) };
  const run = await readStoredRun(ports.pool, request.uid, request.mode);
  const job = await readJob(execution, request, ports);
  const pods = ports.pods
    .list(request.namespace)
    .filter((pod) => pod.metadata.labels?.[OWNER_UID_LABEL] === request.uid)
    .filter((pod) => pod.metadata.labels?.['batch.kubernetes.io/job-name'] === job?.name);
  return { ...none, run, job, pods };
}

/** A Job that the watch has not shown yet is asked for; of an ended execution it does not matter. */
async function readJob(
  execution: ExecutionResource,
  request: ExecutionRequest,
  ports: ExecutionPorts,
): Promise<JobView | null> {
  if (request.attempts === 0) return null;
  const key = { namespace: request.namespace, name: jobName(execution.metadata, request.attempts) };
  const stored = ports.jobs.get(key);
  if (stored !== null) return viewJob(stored, request.uid);
  if (request.state === 'Ended' || request.job === null) return null;
  const live = await ports.api.get(JOBS, key);
  return live === null ? null : viewJob(live, request.uid);
}

/** Only the conditions `Complete` and `Failed` tell an end: those that announce one come while pods still run. */
export function viewJob(job: JobResource, uid: string): JobView {
  const ended = job.status?.conditions?.find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  return {
    name: job.metadata.name,
    state: ended === undefined ? 'Running' : ended.type === 'Complete' ? 'Complete' : 'Failed',
    reason: ended?.reason ?? null,
    message: ended?.message ?? null,
    isOwn: job.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) ?? false,
    expires: job.spec?.ttlSecondsAfterFinished !== undefined,
  };
}

async function readProspects(
  execution: ExecutionResource,
  request: ExecutionRequest,
  ports: ExecutionPorts,
): Promise<Prospects> {
  const { namespace } = request;
  const connector = ports.connectors.get({ namespace, name: request.connector });
  const input = connector === null ? null : ports.buildInput(connector);
  return {
    connector,
    input,
    activation: connector === null || input === null ? null : ports.readActivation(connector, input.scriptHash),
    file: await readInput(execution, connector, ports),
    unreadyObjects: input?.connector == null ? [] : findUnready(input.connector, ports),
    queue: await readQueue(ports.pool, request),
  };
}

function findUnready(connector: ConnectorModel, ports: ExecutionPorts): Prospects['unreadyObjects'] {
  const names = new Set([
    ...connector.steps.map(({ object }) => object.name),
    ...connector.steps.flatMap(({ mappings }) =>
      mappings.flatMap(({ source }) => (source.kind === 'Lookup' ? [source.object.name] : [])),
    ),
    ...connector.referenceData.map(({ object }) => object.name),
  ]);
  return [...names].flatMap((name) => {
    const object = ports.objects.get({ namespace: connector.namespace, name });
    if (object === null) return [{ name, message: 'it does not exist' }];
    const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return [];
    return [{ name, message: ready?.message ?? 'its table has not been looked at yet' }];
  });
}

async function readInput(
  execution: ExecutionResource,
  connector: ConnectorResource | null,
  ports: ExecutionPorts,
): Promise<InputState> {
  const { mode, input } = execution.spec;
  const { namespace } = execution.metadata;
  if (mode === 'Validate') return { kind: 'None' };
  if (connector?.spec.type === 'Scheduler') {
    if (input === undefined) return { kind: 'None' };
    return {
      kind: 'Impossible',
      message: `connector ${execution.spec.connector} is of type Scheduler and takes no input; remove spec.input`,
    };
  }
  if (input?.artifact !== undefined) {
    const { id, fileName } = input.artifact;
    const found = await ports.pool.withConnection(({ pg }) => findArtifact(pg, id));
    if (found?.namespace === namespace) return { kind: 'Stored', artifact: id, fileName: fileName ?? found.fileName };
    return { kind: 'Impossible', message: `namespace ${namespace} has no stored file ${id}; upload the file again` };
  }
  if (input?.configMapKeyRef !== undefined) {
    const { name, key } = input.configMapKeyRef;
    const configMap = ports.configMaps.get({ namespace, name });
    const text = configMap?.data?.[key];
    if (text !== undefined) return { kind: 'Content', fileName: key, content: Buffer.from(text) };
    const binary = configMap?.binaryData?.[key];
    if (binary !== undefined) return { kind: 'Content', fileName: key, content: Buffer.from(binary, 'base64') };
    const what = configMap === null ? `there is no ConfigMap ${name}` : `ConfigMap ${name} has no key ${key}`;
    return { kind: 'Awaited', message: `${what} in namespace ${namespace}; create it, or cancel this execution` };
  }
  if (input?.persistentVolumeClaim !== undefined) {
    const { path } = input.persistentVolumeClaim;
    const fileName = path.split('/').at(-1) ?? '';
    if (isPathInVolume(path) && fileName !== '') return { kind: 'Volume', fileName };
    return {
      kind: 'Impossible',
      message: `spec.input.persistentVolumeClaim.path ${path}: give the path of a file inside of the volume`,
    };
  }
  return { kind: 'Impossible', message: `connector ${execution.spec.connector} needs an input; set spec.input` };
}

/** Whether an error says that the world is not there rather than that it is away. */
export const isForbidden = (error: unknown): boolean => error instanceof AppError && error.code === 'Forbidden';
