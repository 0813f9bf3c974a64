import type { RunResult } from '../../../core/model/run-result.ts';
import { requestCancel } from '../../../runner/executions/executions.ts';
import { durably } from '../../../runner/faults/fault-point.ts';
import { API_VERSION, EXECUTIONS, JOBS, type ExecutionResource } from '../../api/kinds.ts';
import { listNext } from '../../database/execution-queue.ts';
import {
  addRequests,
  endRequest,
  holdRequest,
  noteCancelled,
  noteJob,
  planNextJob,
  type ExecutionRequest,
} from '../../database/execution-requests.ts';
import { closeRun, endUnbegun } from '../../database/stored-run.ts';
import { buildRunJob } from '../../jobs/run-job.ts';
import { buildValidateJob } from '../../jobs/validate-job.ts';
import type { NewResource } from '../../runtime/kubernetes-api.ts';
import { FINALIZER, ROW_OUTDATED, type Action, type End } from './decide.ts';
import { viewJob, type Observation } from './observe.ts';
import { newRequests, siblingsOf } from './new-requests.ts';
import type { ExecutionPorts } from './ports.ts';
import { start } from './start.ts';
import { trimHistory } from './trim-history.ts';

/** How long a Job whose result is stored is kept for people to look at its log. */
const JOB_TTL_SECONDS = 3600;

/** What is left after an action. */
export interface Applied {
  /** As the API server has it. */
  readonly execution: ExecutionResource;
  /** What is known now, where the action told it; null: it has to be looked for. */
  readonly observation: Observation | null;
}

/**
 * Carries out one action. Each may have been carried out before, by this operator or another.
 *
 * @returns null: the execution is gone
 */
export async function apply(action: Action, observation: Observation, ports: ExecutionPorts): Promise<Applied | null> {
  const { execution, request } = observation;
  switch (action.kind) {
    case 'Register':
      await durably('request', () => addRequests(ports.pool, newRequests(execution, siblingsOf(execution, ports))));
      return { execution, observation: null };
    case 'AddFinalizer':
      return changed(
        await setFinalizers(execution, 'finalizer', [...(execution.metadata.finalizers ?? []), FINALIZER], ports),
      );
    case 'RemoveFinalizer': {
      const others = (execution.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
      return changed(await setFinalizers(execution, 'finalizer-removal', others, ports));
    }
    case 'TrimHistory':
      await trimHistory(execution, ports);
      return { execution, observation: null };
    default:
      return {
        execution,
        observation: request === null ? null : await applyToRequest(action, observation, request, ports),
      };
  }
}

const changed = (execution: ExecutionResource | null): Applied | null =>
  execution === null ? null : { execution, observation: null };

async function setFinalizers(
  { metadata: { namespace, name, uid, resourceVersion } }: ExecutionResource,
  point: 'finalizer' | 'finalizer-removal',
  finalizers: readonly string[],
  { api }: ExecutionPorts,
): Promise<ExecutionResource | null> {
  return durably(point, () =>
    api.patch(EXECUTIONS, { namespace, name }, { metadata: { uid, resourceVersion, finalizers } }),
  );
}

type RequestAction = Exclude<Action, { kind: 'Register' | 'AddFinalizer' | 'RemoveFinalizer' | 'TrimHistory' }>;

/** @returns as Applied.observation */
async function applyToRequest(
  action: RequestAction,
  observation: Observation,
  request: ExecutionRequest,
  ports: ExecutionPorts,
): Promise<Observation | null> {
  switch (action.kind) {
    case 'Hold': {
      const { reason, message } = action;
      const held = await durably('request-held', () => holdRequest(ports.pool, request.uid, reason, message));
      return held && { ...observation, request: held };
    }
    case 'Start':
      return start(observation, ports);
    case 'CreateJob':
      return createJob(action, observation, request, ports);
    default:
      await applyOther(action, request, ports);
      return null;
  }
}

/** What leads to another look. */
async function applyOther(
  action: Exclude<RequestAction, { kind: 'Hold' | 'Start' | 'CreateJob' }>,
  request: ExecutionRequest,
  ports: ExecutionPorts,
): Promise<void> {
  const { pool, api, now } = ports;
  const { uid, namespace } = request;
  switch (action.kind) {
    case 'PlanJob': {
      const notBefore = new Date(now().getTime() + action.delayMs);
      const { after, purpose, isCounted, reason, message } = action;
      return durably('next-job', () =>
        planNextJob(pool, uid, { after, purpose, notBefore, isCounted, reason, message }),
      );
    }
    case 'RequestCancel':
      if (request.mode !== 'Validate') await pool.withConnection(({ pg }) => requestCancel(pg, uid));
      return durably('cancel-noted', () => noteCancelled(pool, uid));
    case 'EndUnbegun':
      await durably('unbegun-end', () => endUnbegun(pool, uid, emptyResult(request, action.end), now()));
      return;
    case 'Abandon': {
      await closeRun(ports, uid, null, now());
      const message = 'it was deleted, and its pods could not be ended in time; what was committed stays';
      return end(request, { phase: 'Cancelled', reason: 'Abandoned', message }, ports);
    }
    case 'CloseOutdated': {
      const { phase } = action;
      const message = 'the database was restored from a backup that is older than the end of this execution';
      await closeRun(ports, uid, { code: ROW_OUTDATED, message, details: [] }, now());
      return end(request, { phase, reason: ROW_OUTDATED, message }, ports);
    }
    case 'End':
      return end(request, action.end, ports);
    case 'DeleteJob':
      // Foreground: as long as a pod runs, the Job is there.
      await durably('job-deletion', () =>
        api.delete(JOBS, { namespace, name: action.name }, { propagationPolicy: 'Foreground' }),
      );
      return;
    case 'ExpireJob':
      await durably('job-expiry', () =>
        api.patch(JOBS, { namespace, name: action.name }, { spec: { ttlSecondsAfterFinished: JOB_TTL_SECONDS } }),
      );
  }
}

/** Ends a request, and has those looked at that waited for it. Should that get lost, they look again by themselves. */
export async function end(request: ExecutionRequest, how: End, ports: ExecutionPorts): Promise<void> {
  await durably('request-end', () => endRequest(ports.pool, request.uid, how));
  for (const key of await listNext(ports.pool, request, ports.settings.maxRunning)) ports.lookAgain(key);
}

async function createJob(
  { attempt, purpose }: Extract<Action, { kind: 'CreateJob' }>,
  observation: Observation,
  request: ExecutionRequest,
  ports: ExecutionPorts,
): Promise<Observation | null> {
  const { execution, run } = observation;
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
  const created = await durably('run-job', () => ports.api.create(JOBS, job));
  const found = created ?? (await ports.api.get(JOBS, { namespace, name }));
  if (found === null) return null;
  const view = viewJob(found, uid);
  if (!view.isOwn) {
    const message = `a Job ${name} that does not belong to this execution has the name of its Job`;
    const next = { after: attempt, purpose, notBefore: ports.now(), isCounted: true, reason: 'JobNameTaken', message };
    await durably('next-job', () => planNextJob(ports.pool, uid, next));
    return null;
  }
  const noted = await durably('job-noted', () => noteJob(ports.pool, uid, attempt, name));
  // Of one that was there before, the run may know more by now.
  return created === null || noted === null ? null : { ...observation, request: noted, job: view };
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
