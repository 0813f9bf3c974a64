import type { RunResult } from '../../../core/model/run-result.ts';
import { requestCancel } from '../../../runner/executions/executions.ts';
import { API_VERSION, EXECUTIONS, JOBS, type ExecutionResource } from '../../api/kinds.ts';
import {
  addRequests,
  endRequest,
  holdRequest,
  noteCancelled,
  noteJob,
  planNextJob,
  type ExecutionRequest,
} from '../../database/execution-requests.ts';
import { abandonRun, endUnbegun } from '../../database/stored-run.ts';
import { buildRunJob } from '../../jobs/run-job.ts';
import { buildValidateJob } from '../../jobs/validate-job.ts';
import type { NewResource } from '../../runtime/kubernetes-api.ts';
import { FINALIZER, type Action, type End } from './decide.ts';
import { viewJob, type Observation } from './observe.ts';
import { newRequests } from './new-requests.ts';
import type { ExecutionPorts } from './ports.ts';
import { start } from './start.ts';
import { trimHistory } from './trim-history.ts';

/** How long a Job whose result is stored is kept for people to look at its log. */
const JOB_TTL_SECONDS = 3600;

/**
 * Carries out one action. Each may have been carried out before, by this operator or another.
 *
 * @returns the execution as the API server has it after the action; null: it is gone
 */
export async function apply(
  action: Action,
  observation: Observation,
  ports: ExecutionPorts,
): Promise<ExecutionResource | null> {
  const { execution, request } = observation;
  switch (action.kind) {
    case 'Register':
      await addRequests(ports.pool, newRequests(execution, ports.executions.list(execution.metadata.namespace)));
      return execution;
    case 'AddFinalizer':
      return setFinalizers(execution, [...(execution.metadata.finalizers ?? []), FINALIZER], ports);
    case 'RemoveFinalizer':
      return setFinalizers(
        execution,
        (execution.metadata.finalizers ?? []).filter((one) => one !== FINALIZER),
        ports,
      );
    case 'TrimHistory':
      await trimHistory(execution, ports);
      return execution;
    default:
      if (request !== null) await applyToRequest(action, observation, request, ports);
      return execution;
  }
}

async function setFinalizers(
  { metadata: { namespace, name, uid, resourceVersion } }: ExecutionResource,
  finalizers: readonly string[],
  { api }: ExecutionPorts,
): Promise<ExecutionResource | null> {
  return api.patch(EXECUTIONS, { namespace, name }, { metadata: { uid, resourceVersion, finalizers } });
}

type RequestAction = Exclude<Action, { kind: 'Register' | 'AddFinalizer' | 'RemoveFinalizer' | 'TrimHistory' }>;

async function applyToRequest(
  action: RequestAction,
  observation: Observation,
  request: ExecutionRequest,
  ports: ExecutionPorts,
): Promise<void> {
  const { pool, api, now } = ports;
  const { uid, namespace } = request;
  switch (action.kind) {
    case 'Hold':
      return holdRequest(pool, uid, action.reason, action.message);
    case 'Start':
      return start(observation, ports);
    case 'CreateJob':
      return createJob(action, observation, request, ports);
    case 'PlanJob': {
      const notBefore = new Date(now().getTime() + action.delayMs);
      const { after, purpose, reason, message } = action;
      return planNextJob(pool, uid, { after, purpose, notBefore, reason, message });
    }
    case 'RequestCancel':
      if (request.mode !== 'Validate') await pool.withConnection(({ pg }) => requestCancel(pg, uid));
      return noteCancelled(pool, uid);
    case 'EndUnbegun':
      await endUnbegun(pool, uid, emptyResult(request, action.end), now());
      return;
    case 'Abandon': {
      await abandonRun(pool, uid, now());
      const message = 'it was deleted, and its pods could not be ended in time; what was committed stays';
      return endRequest(pool, uid, { phase: 'Cancelled', reason: 'Abandoned', message });
    }
    case 'End':
      return endRequest(pool, uid, action.end);
    case 'DeleteJob':
      // Foreground: as long as a pod runs, the Job is there.
      await api.delete(JOBS, { namespace, name: action.name }, { propagationPolicy: 'Foreground' });
      return;
    case 'ExpireJob':
      await api.patch(JOBS, { namespace, name: action.name }, { spec: { ttlSecondsAfterFinished: JOB_TTL_SECONDS } });
  }
}

async function createJob(
  { attempt, purpose }: Extract<Action, { kind: 'CreateJob' }>,
  { execution, run }: Observation,
  request: ExecutionRequest,
  ports: ExecutionPorts,
): Promise<void> {
  const { uid, namespace } = request;
  await ports.prepareNamespace(namespace);
  const sourceSecrets = run?.sourceSecrets ?? [];
  const { jobs } = ports.settings;
  const owner = { resource: execution, apiVersion: API_VERSION, kind: EXECUTIONS.kind };
  const job: NewResource =
    request.mode === 'Validate'
      ? buildValidateJob({ owner, validationId: uid, attempt, sourceSecrets }, jobs)
      : buildRunJob({ execution, attempt, purpose, sourceSecrets }, jobs);
  const { name } = job.metadata;
  if ((await ports.api.create(JOBS, job)) === null) {
    const found = await ports.api.get(JOBS, { namespace, name });
    if (found === null) return;
    if (!viewJob(found, uid).isOwn) {
      const message = `a Job ${name} that does not belong to this execution has the name of its Job`;
      const next = { after: attempt, purpose, notBefore: ports.now(), reason: 'JobNameTaken', message };
      return planNextJob(ports.pool, uid, next);
    }
  }
  await noteJob(ports.pool, uid, attempt, name);
}

/** Nothing was done, so there is nothing to count. */
const emptyResult = ({ uid, connector, mode }: ExecutionRequest, { phase }: End): RunResult => ({
  execution: uid,
  connector,
  mode,
  phase,
  durationMs: 0,
  inputs: [],
  scopes: [],
  steps: [],
  report: null,
  outcomes: null,
  warnings: [],
});
