import type { RunPhase } from '../../../core/model/outcome.ts';
import type { JobPurpose } from '../../jobs/run-job.ts';
import type { ExecutionRequest } from '../../database/execution-requests.ts';
import type { StoredRun } from '../../database/stored-run.ts';
import { describeFailure, endedByOutage } from './describe-pods.ts';
import { judgeStart } from './gate.ts';
import type { JobView, Observation } from './observe.ts';
import type { ExecutionSettings } from './ports.ts';

export const FINALIZER = 'smartconnectors.dev/cancel';

export interface End {
  readonly phase: RunPhase;
  readonly reason: string;
  readonly message: string;
}

export type Action =
  /** Takes the execution into the queue, and every older one of its connector that is not there yet. */
  | { readonly kind: 'Register' }
  | { readonly kind: 'AddFinalizer' }
  | { readonly kind: 'RemoveFinalizer' }
  /** Notes why it waits. */
  | { readonly kind: 'Hold'; readonly reason: string; readonly message: string }
  /** Freezes connector and input, unless its turn has gone to another one meanwhile. */
  | { readonly kind: 'Start' }
  | { readonly kind: 'CreateJob'; readonly attempt: number; readonly purpose: JobPurpose }
  | {
      readonly kind: 'PlanJob';
      readonly after: number;
      readonly purpose: JobPurpose;
      readonly delayMs: number;
      /** Whether the one before counts as an attempt. */
      readonly isCounted: boolean;
      readonly reason: string;
      readonly message: string;
    }
  | { readonly kind: 'RequestCancel' }
  /** Ends a run of which no attempt has begun, unless one begins in the same moment. */
  | { readonly kind: 'EndUnbegun'; readonly end: End }
  /** Ends a run whose pods cannot be had any more. */
  | { readonly kind: 'Abandon' }
  | { readonly kind: 'End'; readonly end: End }
  /** Closes what a restored database takes for not ended; see `decideOutdated`. */
  | { readonly kind: 'CloseOutdated'; readonly phase: RunPhase }
  | { readonly kind: 'DeleteJob'; readonly name: string }
  /** Lets the cluster remove a Job whose result is stored. */
  | { readonly kind: 'ExpireJob'; readonly name: string }
  | { readonly kind: 'TrimHistory' };

export interface Decision {
  readonly actions: readonly Action[];
  /** Look again at once: the actions changed what is decided on. */
  readonly again: boolean;
  readonly requeueMs: number | null;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const PROGRESS_EVERY_MS = 2 * SECOND;
const PENDING_EVERY_MS = 15 * SECOND;
/** Jobs that wait for a place on a node wait together, by the thousand; the watch tells when one gets its pod. */
const PENDING_AT_MOST_EVERY_MS = MINUTE;
const HEAD_EVERY_MS = 30 * SECOND;
const QUEUED_EVERY_MS = 5 * MINUTE;
const FIRST_RETRY_MS = 5 * SECOND;
const MAX_RETRY_MS = 5 * MINUTE;
/** Attempts that an outage ends do not count, up to here: what takes a day is none that passes by itself. */
const MAX_OUTAGES = 300;
/** What a script or the reading of an input gets to notice that it is cancelled: neither has written a record. */
const CANCEL_GRACE_MS = 20 * SECOND;
/** What a load gets to end its chunk and to write its report. */
const CANCEL_LOAD_MS = 10 * MINUTE;
/** However long a cancellation takes, a resource that is being deleted is let go after this. */
const DELETE_LIMIT_MS = 15 * MINUTE;
/** A container ends soon after it stored the result. */
const SETTLE_MS = 2 * MINUTE;

const again = (...actions: Action[]): Decision => ({ actions, again: true, requeueMs: null });
const rest = (requeueMs: number | null, ...actions: Action[]): Decision => ({ actions, again: false, requeueMs });

export const TERMINAL_PHASES: ReadonlySet<string> = new Set([
  'Succeeded',
  'PartialSuccess',
  'Failed',
  'Cancelled',
  'Skipped',
  'Missed',
]);

/** What is to be done now. The row in PostgreSQL decides what happened; Jobs only tell when to look, and what to do next. */
export function decide(observation: Observation, now: Date, settings: ExecutionSettings): Decision {
  const { request } = observation;
  if (request === null) return decideUnknown(observation);
  const outdated = decideOutdated(observation, request);
  if (outdated !== null) return outdated;
  if (lacksFinalizer(observation, request)) return again({ kind: 'AddFinalizer' });
  switch (request.state) {
    case 'Queued':
      return decideQueued(observation, request, settings);
    case 'Started':
      return decideStarted(observation, request, now, settings);
    case 'Ended':
      return decideEnded(observation, request, now);
  }
}

/**
 * An execution that PostgreSQL does not know. One that has ended was lost with the database, and what it did may not have
 * been: it is never run again. One that is deleted before it was seen is taken in all the same, and cancelled: whoever is
 * just taking it in comes too late then, and nothing is left that waits for ever.
 */
function decideUnknown({ execution }: Observation): Decision {
  const hasEnded = TERMINAL_PHASES.has(execution.status?.phase ?? '');
  const isDeleted = execution.metadata.deletionTimestamp !== undefined;
  const isHeld = hasFinalizer(execution);
  if (hasEnded || (isDeleted && !isHeld)) return isHeld ? rest(null, { kind: 'RemoveFinalizer' }) : rest(null);
  return again(...(isHeld ? [] : [{ kind: 'AddFinalizer' } as const]), { kind: 'Register' });
}

/**
 * An execution whose resource has ended and whose row has not: the row is of a backup that is older than the end. It is not
 * run again. The finalizer goes last of all: where it is still there and the status proves no end, or where its Job is at
 * work or its run has ended in the row as well, the row is right, and somebody wrote into the status.
 */
function decideOutdated({ execution, isEndProven, run, job }: Observation, request: ExecutionRequest): Decision | null {
  const phase = execution.status?.phase;
  if (phase === undefined || !TERMINAL_PHASES.has(phase) || request.state === 'Ended') return null;
  if (hasFinalizer(execution) && !(isEndProven && run?.endedAt == null)) return null;
  return job?.state === 'Running' ? null : again({ kind: 'CloseOutdated', phase });
}

/** The reason of a request that was closed because a backup brought it back. */
export const ROW_OUTDATED = 'RowOutdated';

const hasFinalizer = ({ metadata }: Observation['execution']): boolean =>
  metadata.finalizers?.includes(FINALIZER) ?? false;

/** Somebody took it away: without it, a deletion would tear the run away. One that is being deleted takes none. */
const lacksFinalizer = ({ execution }: Observation, { state }: ExecutionRequest): boolean =>
  state !== 'Ended' && execution.metadata.deletionTimestamp === undefined && !hasFinalizer(execution);

const isCancelAsked = ({ execution }: Observation): boolean =>
  execution.spec.cancel === true || execution.metadata.deletionTimestamp !== undefined;

function decideQueued(observation: Observation, request: ExecutionRequest, settings: ExecutionSettings): Decision {
  if (isCancelAsked(observation)) {
    const message = 'it was cancelled before it started; nothing was written';
    return again({ kind: 'End', end: { phase: 'Cancelled', reason: 'Cancelled', message } });
  }
  const { prospects } = observation;
  if (prospects === null) return again();
  const verdict = judgeStart(request, prospects, settings.maxRunning);
  switch (verdict.kind) {
    case 'Start':
      return again({ kind: 'Start' });
    case 'Refuse':
      return again({ kind: 'End', end: { phase: 'Failed', reason: verdict.reason, message: verdict.message } });
    case 'Wait': {
      const { reason, message } = verdict;
      if (reason !== request.reason || message !== request.message) return again({ kind: 'Hold', reason, message });
      return rest((prospects.queue?.ahead ?? 0) === 0 ? HEAD_EVERY_MS : QUEUED_EVERY_MS);
    }
  }
}

function decideStarted(
  observation: Observation,
  request: ExecutionRequest,
  now: Date,
  settings: ExecutionSettings,
): Decision {
  const { run, job } = observation;
  if (run === null) {
    const message = `PostgreSQL holds no row of this execution any more, so what it did is not known and it is not run again; create another execution`;
    return again({ kind: 'End', end: { phase: 'Failed', reason: 'RowMissing', message } });
  }
  if (run.endedAt !== null) return again({ kind: 'End', end: endOfRun(run, request) });
  const { deletionTimestamp } = observation.execution.metadata;
  if (deletionTimestamp !== undefined && now.getTime() - Date.parse(deletionTimestamp) > DELETE_LIMIT_MS) {
    return again({ kind: 'Abandon' });
  }
  const isCancelled = run.cancelRequested || request.cancelledAt !== null;
  if ((isCancelAsked(observation) && !isCancelled) || (run.cancelRequested && request.cancelledAt === null)) {
    return again({ kind: 'RequestCancel' });
  }
  if (isCancelled && run.attempt === 0) return cancelUnbegun(request);
  if (job !== null) return decideJob(observation, request, run, job, now, settings);
  if (request.job !== null) {
    const message = `Job ${request.job} is gone and left no result`;
    return planNext(request, run, settings, { reason: 'JobVanished', message });
  }
  const waitMs = request.notBefore === null ? 0 : Date.parse(request.notBefore) - now.getTime();
  if (waitMs > 0) return rest(waitMs);
  return again({ kind: 'CreateJob', attempt: request.attempts, purpose: request.purpose });
}

function cancelUnbegun(request: ExecutionRequest): Decision {
  const end: End = {
    phase: 'Cancelled',
    reason: 'Cancelled',
    message: 'it was cancelled before its pod began; nothing was written',
  };
  return again(request.mode === 'Validate' ? { kind: 'End', end } : { kind: 'EndUnbegun', end });
}

/** Less often the longer it has waited already. */
function pendingEveryMs({ startedAt }: StoredRun, now: Date): number {
  const waitedMs = now.getTime() - Date.parse(startedAt);
  return Math.max(PENDING_EVERY_MS, Math.min(PENDING_AT_MOST_EVERY_MS, waitedMs / 2));
}

function decideJob(
  { pods }: Observation,
  request: ExecutionRequest,
  run: StoredRun,
  job: JobView,
  now: Date,
  settings: ExecutionSettings,
): Decision {
  if (!job.isOwn) {
    const message = `a Job ${job.name} that does not belong to this execution has the name of its Job`;
    return planNext(request, run, settings, { reason: 'JobNameTaken', message });
  }
  switch (job.state) {
    case 'Running': {
      if (request.job === null)
        return again({ kind: 'CreateJob', attempt: request.attempts, purpose: request.purpose });
      if (request.cancelledAt !== null && request.purpose === 'Run') return awaitCancel(run, request, job, now);
      return rest(run.attempt > 0 ? PROGRESS_EVERY_MS : pendingEveryMs(run, now));
    }
    case 'Complete': {
      const message = `Job ${job.name} ended without storing a result`;
      return planNext(request, run, settings, { reason: 'ResultMissing', message });
    }
    case 'Failed': {
      const message = describeFailure(job, pods);
      if (endedByOutage(pods)) {
        return planNext(request, run, settings, { reason: 'DatabaseUnavailable', message, isOutage: true });
      }
      const isInvalid = job.reason === 'PodFailurePolicy';
      return planNext(request, run, settings, { reason: 'AttemptFailed', message, isInvalid });
    }
  }
}

const WRITING_STAGES: ReadonlySet<string> = new Set(['Load', 'Report']);

/** A runner that loads polls the flag and reports what it did; the stages before it are ended from outside. */
function awaitCancel(run: StoredRun, request: ExecutionRequest, job: JobView, now: Date): Decision {
  const limit = WRITING_STAGES.has(run.progress?.stage ?? '') ? CANCEL_LOAD_MS : CANCEL_GRACE_MS;
  const spent = now.getTime() - Date.parse(request.cancelledAt ?? now.toISOString());
  if (spent < limit) return rest(Math.min(PROGRESS_EVERY_MS, limit - spent));
  return rest(PROGRESS_EVERY_MS, { kind: 'DeleteJob', name: job.name });
}

interface Failure {
  readonly reason: string;
  readonly message: string;
  /** The same again would fail the same. */
  readonly isInvalid?: boolean;
  /** The database was away: it is not the execution's fault. */
  readonly isOutage?: boolean;
}

/** The next Job: another attempt while there are some left, else one that ends the execution from what is stored. */
function planNext(
  request: ExecutionRequest,
  run: StoredRun,
  { jobs: { maxAttempts } }: ExecutionSettings,
  { reason, message, isInvalid = false, isOutage = false }: Failure,
): Decision {
  const isCounted = !isOutage || request.outages >= MAX_OUTAGES;
  const isOver = isInvalid || (isCounted && request.attempts - request.outages >= maxAttempts);
  if (request.mode === 'Validate' && isOver) {
    return again({ kind: 'End', end: { phase: 'Failed', reason: 'ValidationFailed', message } });
  }
  const purpose: JobPurpose = run.cancelRequested
    ? 'FinishCancelled'
    : isOver || request.purpose !== 'Run'
      ? 'Finish'
      : 'Run';
  const isFirstFinish = purpose !== 'Run' && request.purpose === 'Run';
  const delayMs = isFirstFinish ? 0 : Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(request.attempts - 1, 10));
  return again({ kind: 'PlanJob', after: request.attempts, purpose, delayMs, isCounted, reason, message });
}

/** What the result of a run is for those who look at the execution. */
export function endOfRun(run: StoredRun, request: ExecutionRequest): End {
  const { phase, result } = run;
  if (request.mode === 'Validate') return endOfValidation(run);
  if (phase === 'Cancelled')
    return { phase, reason: 'Cancelled', message: 'it was cancelled; what was committed stays' };
  if (result?.error !== undefined) return { phase, reason: result.error.code, message: result.error.message };
  if (result === null) {
    const message = 'what is stored of its result is not what a runner writes, so what it came to is not known';
    return { phase, reason: 'ResultUnreadable', message };
  }
  const rows = result.scopes.reduce((sum, scope) => sum + scope.rows, 0);
  return { phase, reason: phase, message: `${rows} rows; see the report` };
}

function endOfValidation({ phase, faults }: StoredRun): End {
  if (phase !== 'Failed') return { phase, reason: 'Validated', message: 'the SQL runs on the sample' };
  const texts = faults.map((fault) => (fault.path === undefined ? fault.message : `${fault.path}: ${fault.message}`));
  return { phase, reason: 'ValidationFailed', message: texts.join('; ') };
}

/** The result is stored: what is left are things to tidy. */
function decideEnded({ execution, job }: Observation, request: ExecutionRequest, now: Date): Decision {
  const actions: Action[] = [];
  let requeueMs: number | null = null;
  if (job?.isOwn === true && !job.expires) {
    const settledMs = request.endedAt === null ? 0 : now.getTime() - Date.parse(request.endedAt);
    const wasHarvested = request.phase !== 'Cancelled' && request.mode !== 'Validate';
    if (job.state !== 'Running') actions.push({ kind: 'ExpireJob', name: job.name });
    else if (settledMs > (wasHarvested ? SETTLE_MS : CANCEL_GRACE_MS))
      actions.push({ kind: 'DeleteJob', name: job.name });
    else requeueMs = PENDING_EVERY_MS;
  }
  if (hasFinalizer(execution)) actions.push({ kind: 'TrimHistory' }, { kind: 'RemoveFinalizer' });
  return rest(requeueMs, ...actions);
}
