import { listConnectorValidations, type ConnectorValidation } from '../../database/connector-validations.ts';
import type { ConnectorResource, ExecutionResource, JobResource, PodResource } from '../../api/kinds.ts';
import { jobName } from '../../jobs/job-name.ts';
import { JOB_NAME_LABEL } from '../../jobs/pod-parts.ts';
import type { ConnectorInput } from './connector-input.ts';
import type { ConnectorPorts } from './ports.ts';
import {
  ACTIVE_VALIDATION,
  activeValidations,
  executionsByConnector,
  inNamespace,
  jobsByOwner,
  madeFor,
  podsByOwner,
} from '../indexes.ts';
import { isValidateJob, readJobState, takesPlace, type JobState } from './job-state.ts';
import type { PassedValidations } from './passed-validations.ts';
import { validationId } from './validation-id.ts';

/** A Job that validates this connector. */
export interface ValidateJob extends JobState {
  readonly name: string;
  readonly uid: string;
  /** From 1; null: it belongs to another script or environment. */
  readonly attempt: number | null;
  /** Whether the cluster will remove it. */
  readonly expires: boolean;
}

export interface Observation {
  readonly connector: ConnectorResource;
  readonly input: ConnectorInput;
  /** Of its script, the newest first; where it passed as it is now, that may be the only one. */
  readonly validations: readonly ConnectorValidation[];
  readonly jobs: readonly ValidateJob[];
  /** Validate Jobs of all connectors that have not ended and take a place; see takesPlace. */
  readonly busyJobs: number;
  /** Of this connector. */
  readonly executions: readonly ExecutionResource[];
}

/** Jobs come first: a row that says less than an ended Job is then known to be missing, not late. */
export async function observe(
  connector: ConnectorResource,
  input: ConnectorInput,
  passed: PassedValidations,
  ports: ConnectorPorts,
): Promise<Observation> {
  const { uid, namespace } = connector.metadata;
  const own = ports.jobs
    .find(jobsByOwner, uid)
    .filter((job) => isValidateJob(job) && job.metadata.namespace === namespace);
  const needsRows = input.connector !== null && input.connector.sql !== null;
  const known = needsRows ? passed.find(connector, input, ports.now()) : null;
  const isAsked = needsRows && known === null;
  const stored = isAsked ? await listConnectorValidations(ports.pool, uid, input.scriptHash) : [];
  if (isAsked) passed.note(connector, input, stored, ports.now());
  return {
    connector,
    input,
    validations: known === null ? stored : [known],
    jobs: own.map((job) => readJob(job, connector, input)),
    busyJobs: countBusy(ports),
    executions: listExecutions(connector, ports),
  };
}

function countBusy({ jobs, pods, now }: ConnectorPorts): number {
  const podsOf = (job: JobResource): readonly PodResource[] =>
    pods
      .find(podsByOwner, inNamespace(job.metadata.namespace, madeFor(job) ?? ''))
      .filter(({ metadata }) => metadata.labels?.[JOB_NAME_LABEL] === job.metadata.name);
  return jobs.find(activeValidations, ACTIVE_VALIDATION).filter((job) => takesPlace(job, podsOf(job), now())).length;
}

export function listExecutions(
  { metadata }: ConnectorResource,
  { executions }: Pick<ConnectorPorts, 'executions'>,
): readonly ExecutionResource[] {
  return executions.find(executionsByConnector, inNamespace(metadata.namespace, metadata.name));
}

function readJob(job: JobResource, connector: ConnectorResource, input: ConnectorInput): ValidateJob {
  const { name, uid } = job.metadata;
  const [prefix] = jobName({ name: connector.metadata.name, uid: validationId(connector, input) }, 1).split(/-1$/);
  const attempt = name.startsWith(`${prefix ?? ''}-`) ? Number(name.slice((prefix ?? '').length + 1)) : NaN;
  return {
    name,
    uid,
    attempt: Number.isInteger(attempt) ? attempt : null,
    ...readJobState(job),
    expires: job.spec?.ttlSecondsAfterFinished !== undefined,
  };
}
