import { AppError } from '../../../core/errors/app-error.ts';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import { findArtifact } from '../../../runner/artifacts/artifact-store.ts';
import type { ConnectorResource, ExecutionResource, JobResource, PodResource } from '../../api/kinds.ts';
import { JOBS, PODS } from '../../api/kinds.ts';
import { isAwaitedArtifact } from '../../api/upload-key.ts';
import { readQueue, type QueueState } from '../../database/execution-queue.ts';
import type { ExecutionRequest } from '../../database/execution-requests.ts';
import { findRequestAndRun, readStoredRun, type StoredRun } from '../../database/stored-run.ts';
import { isFileName } from '../../http/file-name.ts';
import { jobName } from '../../jobs/job-name.ts';
import { JOB_NAME_LABEL, OWNER_UID_LABEL, isPathInVolume } from '../../jobs/pod-parts.ts';
import { inNamespace, podsByOwner } from '../indexes.ts';
import type { Activation, ConnectorInput, ExecutionPorts } from './ports.ts';

/** The largest file over a slow line takes less. */
const UPLOAD_DEADLINE_MS = 60 * 60_000;

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
  /** Null: nobody has looked at its turn yet; the start does, with its lock. */
  readonly queue: QueueState | null;
}

export interface JobView {
  readonly name: string;
  /** Its resource version. */
  readonly version: string;
  readonly state: 'Running' | 'Complete' | 'Failed';
  /** Of its failure. */
  readonly reason: string | null;
  readonly message: string | null;
  /** Made for this execution. */
  readonly isOwn: boolean;
  /** Somebody holds it back; its pods are gone as long. */
  readonly isSuspended: boolean;
  readonly expires: boolean;
}

/** Everything that is decided on. */
export interface Observation {
  readonly execution: ExecutionResource;
  /** Whether its status proves that it ended, whatever PostgreSQL says. */
  readonly isEndProven: boolean;
  readonly request: ExecutionRequest | null;
  readonly run: StoredRun | null;
  readonly job: JobView | null;
  readonly pods: readonly PodResource[];
  /** Of a queued execution. */
  readonly prospects: Prospects | null;
}

export async function observe(execution: ExecutionResource, ports: ExecutionPorts): Promise<Observation> {
  const found = await findRequestAndRun(ports.pool, execution.metadata.uid);
  const isEndProven = provesEnd(execution, ports);
  const none = { execution, isEndProven, request: null, run: null, job: null, pods: [], prospects: null };
  if (found === null) return none;
  const { request } = found;
  if (request.state === 'Queued')
    return { ...none, request, prospects: await readProspects(execution, request, ports) };
  const job = await readJob(execution, request, ports);
  // A run without a result beside a Job that has ended, or is gone, may have been read before it had one: then it is read
  // again, and known to have none.
  const isOver = job === null ? request.job !== null : job.state !== 'Running';
  const isLate = request.state === 'Started' && isOver && found.run?.endedAt === null;
  const run = isLate ? await readStoredRun(ports.pool, request.uid, request.mode) : found.run;
  return { ...none, request, run, job, pods: job === null ? [] : await readPods(request, job, ports) };
}

/**
 * Whether the status has a link to what is stored at the end of a run: links are signed, so nobody but an operator can have
 * put it there.
 */
function provesEnd({ metadata: { uid }, status }: ExecutionResource, { buildLink }: ExecutionPorts): boolean {
  const { report, outcomes } = status?.links ?? {};
  return report === buildLink(uid, 'report.xlsx') || outcomes === buildLink(uid, 'outcomes.ndjson.gz');
}

/** The reason of an execution that was taken into the queue and not looked at since. */
export const NEW = 'New';

/** What ended a Job decides what comes next, and the watch of pods may be behind that of Jobs: then they are asked for. */
async function readPods(
  { namespace, uid, state }: ExecutionRequest,
  job: JobView,
  ports: ExecutionPorts,
): Promise<readonly PodResource[]> {
  if (job.state === 'Failed' && state === 'Started') {
    return ports.api.list(PODS, { namespace, labelSelector: `${JOB_NAME_LABEL}=${job.name}` });
  }
  return ports.pods
    .find(podsByOwner, inNamespace(namespace, uid))
    .filter((pod) => pod.metadata.labels?.[JOB_NAME_LABEL] === job.name);
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
    version: job.metadata.resourceVersion,
    state: ended === undefined ? 'Running' : ended.type === 'Complete' ? 'Complete' : 'Failed',
    reason: ended?.reason ?? null,
    message: ended?.message ?? null,
    isOwn: isMadeFor(job, uid),
    isSuspended: job.spec?.suspend === true,
    expires: job.spec?.ttlSecondsAfterFinished !== undefined,
  };
}

/** Owner references and labels of a Job can be edited; the template of its pods cannot. */
const isMadeFor = ({ metadata, spec }: JobResource, uid: string): boolean =>
  metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true ||
  spec?.template?.metadata?.labels?.[OWNER_UID_LABEL] === uid;

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
    queue: request.reason === NEW ? null : await readQueue(ports.pool, request, ports.settings.maxRunning),
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
    const { id, fileName: given } = input.artifact;
    // PostgreSQL takes no such text, not even as a question.
    const found = id.includes('\0') ? null : await ports.pool.withConnection(({ pg }) => findArtifact(pg, id));
    if (found?.namespace === namespace) {
      const fileName = given ?? found.fileName;
      if (isFileName(fileName)) return { kind: 'Stored', artifact: id, fileName };
      const name = JSON.stringify(fileName);
      return { kind: 'Impossible', message: `spec.input.artifact.fileName: ${name} is no name of a file; give one` };
    }
    return found === null && isAwaitedArtifact(id)
      ? awaitUpload(execution, ports.now())
      : { kind: 'Impossible', message: `namespace ${namespace} has no stored file ${id}; upload the file again` };
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
    if (isPathInVolume(path) && isFileName(fileName) && !/\p{Cc}/u.test(path)) return { kind: 'Volume', fileName };
    return {
      kind: 'Impossible',
      message: `spec.input.persistentVolumeClaim.path ${JSON.stringify(path)}: give the path of a file inside of the volume`,
    };
  }
  return { kind: 'Impossible', message: `connector ${execution.spec.connector} needs an input; set spec.input` };
}

/** What is created before its file must not hold up the queue for ever: whoever was to send it may be gone. */
function awaitUpload({ metadata }: ExecutionResource, now: Date): InputState {
  const minutes = UPLOAD_DEADLINE_MS / 60_000;
  if (now.getTime() - Date.parse(metadata.creationTimestamp) > UPLOAD_DEADLINE_MS) {
    return { kind: 'Impossible', message: `its file was not sent within ${minutes} minutes; run the file again` };
  }
  const message = `its file has not been sent yet; that has to be done within ${minutes} minutes of its creation, or cancel it`;
  return { kind: 'Awaited', message };
}

/** Whether an error says that the world is not there rather than that it is away. */
export const isForbidden = (error: unknown): boolean => error instanceof AppError && error.code === 'Forbidden';
