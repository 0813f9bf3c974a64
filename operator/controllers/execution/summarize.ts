import type { AppError } from '../../../core/errors/app-error.ts';
import { mergeConditions, standingConditions, type Standing } from '../../../core/control/conditions.ts';
import type { Counts, SmartConnectorExecutionStatus } from '../../../core/generated/types.ts';
import type { RunPhase } from '../../../core/model/outcome.ts';
import type { RunResult } from '../../../core/model/run-result.ts';
import type { ExecutionResource } from '../../api/kinds.ts';
import type { ExecutionRequest } from '../../database/execution-requests.ts';
import type { StoredRun } from '../../database/stored-run.ts';
import { ROW_OUTDATED, TERMINAL_PHASES } from './decide.ts';
import { describeHindrance } from './describe-pods.ts';
import type { Observation } from './observe.ts';
import type { ExecutionPorts } from './ports.ts';

/** What is said of an execution: a bounded view of what PostgreSQL holds. Null: nothing is known yet, so nothing is said. */
export function summarize(
  observation: Observation,
  now: Date,
  buildLink: ExecutionPorts['buildLink'],
): SmartConnectorExecutionStatus | null {
  const { execution, request, run, job } = observation;
  if (request === null) return summarizeLost(execution, 'RowMissing', now);
  if (request.reason === ROW_OUTDATED) return summarizeLost(execution, ROW_OUTDATED, now);
  const phase = request.state === 'Started' ? (run?.phase ?? request.phase) : request.phase;
  const { generation } = execution.metadata;
  const conditions = standingConditions(standingOf(observation, request, phase));
  return {
    observedGeneration: generation,
    phase,
    ...(request.state === 'Started' && run?.progress?.stage !== undefined ? { stage: run.progress.stage } : {}),
    ...(request.scriptHash === null ? {} : { revision: request.scriptHash }),
    ...(request.attempts === 0 ? {} : { attempt: request.attempts }),
    ...jobField(request, job?.name),
    ...(run === null ? {} : { startedAt: run.startedAt }),
    ...(request.endedAt === null ? {} : { endedAt: run?.endedAt ?? request.endedAt }),
    ...(request.state === 'Started' ? progressField(run) : {}),
    ...(run?.result == null ? {} : resultFields(run.result)),
    ...(run === null ? {} : linksField(run, request.uid, buildLink)),
    conditions: mergeConditions(execution.status?.conditions ?? [], conditions, generation, now.toISOString()),
  };
}

/** The condition of an execution that PostgreSQL does not know as it ended; it is there only while that is so. */
const RECORDED = 'Recorded';

/**
 * What was said of an ended execution stays, with a condition that says that the database knows less: it was restored from
 * a backup.
 */
function summarizeLost(
  { metadata: { generation }, status }: ExecutionResource,
  reason: 'RowMissing' | typeof ROW_OUTDATED,
  now: Date,
): SmartConnectorExecutionStatus | null {
  if (!TERMINAL_PHASES.has(status?.phase ?? '')) return null;
  const message =
    'PostgreSQL was restored from a backup that is older than this execution, so its records and its report may be gone; ' +
    'it is not run again by itself: create another execution where its input has to be loaded again';
  const kept = (status?.conditions ?? []).filter(({ type }) => type !== RECORDED);
  const wanted = [...kept, { type: RECORDED, status: 'False', reason, message } as const];
  const conditions = mergeConditions(status?.conditions ?? [], wanted, generation, now.toISOString());
  return { ...status, observedGeneration: generation, conditions };
}

/** As it was said last, and what keeps it from going on: it is tried again, so it is never stalled. */
export function summarizeFailure(
  { metadata: { generation }, status = {} }: ExecutionResource,
  { code, message }: AppError,
  now: Date,
): SmartConnectorExecutionStatus {
  const reason = code === 'DatabaseUnavailable' ? code : 'ProgressingWithRetry';
  const wanted = standingConditions({ kind: 'Reconciling', reason, message: `${message}; it goes on by itself then` });
  return {
    ...status,
    observedGeneration: generation,
    conditions: mergeConditions(status.conditions ?? [], wanted, generation, now.toISOString()),
  };
}

function jobField(request: ExecutionRequest, name: string | undefined): { job?: string } {
  const job = request.job ?? name;
  return job === undefined ? {} : { job };
}

function progressField(run: StoredRun | null): Pick<SmartConnectorExecutionStatus, 'progress'> {
  const { rowsDone, rowsTotal } = run?.progress ?? {};
  if (rowsDone === undefined || rowsTotal === undefined || rowsTotal === 0) return {};
  const percent = Math.floor((100 * Math.min(rowsDone, rowsTotal)) / rowsTotal);
  return { progress: { rowsDone, rowsTotal, text: `${rowsDone}/${rowsTotal} (${percent}%)` } };
}

function resultFields({ steps, scopes }: RunResult): Pick<SmartConnectorExecutionStatus, 'totals' | 'steps'> {
  const sum = (count: (step: RunResult['steps'][number]) => number): number =>
    steps.reduce((total, step) => total + count(step), 0);
  const rejected = scopes.reduce((total, scope) => total + scope.rejected, 0);
  return {
    totals: {
      written: sum((step) => step.created + step.updated + step.unarchived),
      problems: rejected + sum((step) => step.failed + step.skippedAmbiguous),
    },
    steps: steps.map(({ object: _object, scope: _scope, ...counts }): Counts => counts),
  };
}

function linksField(
  run: StoredRun,
  uid: string,
  buildLink: ExecutionPorts['buildLink'],
): Pick<SmartConnectorExecutionStatus, 'links'> {
  const links = {
    ...(run.hasInput ? { input: buildLink(uid, 'input') } : {}),
    ...(run.hasReport ? { report: buildLink(uid, 'report.xlsx') } : {}),
    ...(run.hasOutcomes ? { outcomes: buildLink(uid, 'outcomes.ndjson.gz') } : {}),
  };
  return Object.keys(links).length === 0 ? {} : { links };
}

function standingOf(observation: Observation, request: ExecutionRequest, phase: RunPhase): Standing {
  const { reason, message } = request;
  switch (request.state) {
    case 'Queued':
      return { kind: 'Reconciling', reason, message };
    case 'Started':
      return { kind: 'Reconciling', ...describeStarted(observation, request) };
    case 'Ended': {
      const isGood = phase === 'Succeeded' || phase === 'PartialSuccess';
      return { kind: isGood ? 'Ready' : 'Stalled', reason, message };
    }
  }
}

function describeStarted(
  { run, job, pods }: Observation,
  request: ExecutionRequest,
): { reason: string; message: string } {
  if (request.cancelledAt !== null) {
    return { reason: 'Cancelling', message: 'it stops at its next chunk; what is committed stays and is reported' };
  }
  const { reason, message, purpose } = request;
  if (job === null && request.job === null && request.attempts > 1) {
    return {
      reason,
      message: `${message}; ${purpose === 'Run' ? 'it is tried again' : 'it is ended from what is stored'}`,
    };
  }
  if (job?.isSuspended === true) {
    const why = `Job ${job.name} is suspended: set its spec.suspend to false, or cancel this execution`;
    return { reason: 'JobSuspended', message: why };
  }
  const hindrance = describeHindrance(pods);
  if (hindrance !== null) return hindrance;
  if (purpose !== 'Run') return { reason: 'Finishing', message: `it is ended from what is stored: ${message}` };
  if (run === null || run.attempt === 0) return { reason: 'Starting', message: 'its pod is being started' };
  const { stage, step, rowsDone, rowsTotal } = run.progress ?? {};
  const rows = rowsTotal === undefined || rowsTotal === 0 ? '' : `, ${rowsDone ?? 0} of ${rowsTotal} rows`;
  const where = step == null ? '' : `, step ${step}`;
  return { reason: 'Running', message: stage === undefined ? 'it runs' : `stage ${stage}${where}${rows}` };
}
