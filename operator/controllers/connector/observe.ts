import { listConnectorValidations, type ConnectorValidation } from '../../database/connector-validations.ts';
import type { ConnectorResource, ExecutionResource, JobResource } from '../../api/kinds.ts';
import { jobName } from '../../jobs/job-name.ts';
import type { ConnectorInput } from './connector-input.ts';
import type { ConnectorPorts } from './ports.ts';
import { validationId } from './validation-id.ts';

/** A Job that validates this connector. */
export interface ValidateJob {
  readonly name: string;
  readonly uid: string;
  /** From 1; null: it belongs to another script or environment. */
  readonly attempt: number | null;
  readonly state: 'Active' | 'Complete' | 'Failed';
  /** Null: unknown, or not yet. */
  readonly endedAt: Date | null;
  /** What its end was put down to. */
  readonly message: string;
  /** Whether the cluster will remove it. */
  readonly expires: boolean;
}

export interface Observation {
  readonly connector: ConnectorResource;
  readonly input: ConnectorInput;
  /** Of its script, the newest first. */
  readonly validations: readonly ConnectorValidation[];
  readonly jobs: readonly ValidateJob[];
  /** Validate Jobs of all connectors that have not ended. */
  readonly busyJobs: number;
  /** Of this connector. */
  readonly executions: readonly ExecutionResource[];
}

/** Jobs come first: a row that says less than an ended Job is then known to be missing, not late. */
export async function observe(
  connector: ConnectorResource,
  input: ConnectorInput,
  ports: ConnectorPorts,
): Promise<Observation> {
  const { uid, namespace } = connector.metadata;
  const validating = ports.jobs.list(null).filter(isValidateJob);
  const own = validating.filter(
    ({ metadata }) =>
      metadata.namespace === namespace && metadata.ownerReferences?.some((owner) => owner.uid === uid) === true,
  );
  const needsRows = input.connector !== null && input.connector.sql !== null;
  return {
    connector,
    input,
    validations: needsRows ? await listConnectorValidations(ports.pool, uid, input.scriptHash) : [],
    jobs: own.map((job) => readJob(job, connector, input)),
    busyJobs: validating.filter((job) => stateOf(job).state === 'Active').length,
    executions: listExecutions(connector, ports),
  };
}

export function listExecutions(
  { metadata }: ConnectorResource,
  { executions }: Pick<ConnectorPorts, 'executions'>,
): readonly ExecutionResource[] {
  return executions.list(metadata.namespace).filter(({ spec }) => spec.connector === metadata.name);
}

const isValidateJob = ({ metadata }: JobResource): boolean =>
  metadata.labels?.['app.kubernetes.io/component'] === 'validate';

function readJob(job: JobResource, connector: ConnectorResource, input: ConnectorInput): ValidateJob {
  const { name, uid } = job.metadata;
  const [prefix] = jobName({ name: connector.metadata.name, uid: validationId(connector, input) }, 1).split(/-1$/);
  const attempt = name.startsWith(`${prefix ?? ''}-`) ? Number(name.slice((prefix ?? '').length + 1)) : NaN;
  return {
    name,
    uid,
    attempt: Number.isInteger(attempt) ? attempt : null,
    ...stateOf(job),
    expires: job.spec?.ttlSecondsAfterFinished !== undefined,
  };
}

/** By the terminal conditions only: the others say what is about to become of a Job. */
function stateOf({ status }: JobResource): Pick<ValidateJob, 'state' | 'endedAt' | 'message'> {
  for (const { type, status: holds, reason, message, lastTransitionTime } of status?.conditions ?? []) {
    if (holds !== 'True' || (type !== 'Complete' && type !== 'Failed')) continue;
    const endedAt = lastTransitionTime === undefined ? null : new Date(lastTransitionTime);
    return { state: type, endedAt, message: [reason, message].filter((text) => text !== undefined).join(': ') };
  }
  return { state: 'Active', endedAt: null, message: '' };
}
