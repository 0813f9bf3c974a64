import type { FaultDetail } from '../../../core/errors/app-error.ts';
import { sampleFault } from '../../../core/validate/sample.ts';
import type { ConnectorValidation } from '../../database/connector-validations.ts';
import type { Observation, ValidateJob } from './observe.ts';
import type { ConnectorSettings } from './ports.ts';

/** What is known of a connector's content. */
export type Verdict =
  | { readonly kind: 'Invalid'; readonly reason: string; readonly faults: readonly FaultDetail[] }
  /** @param note what else goes on */
  | { readonly kind: 'Passed'; readonly note: string | null }
  | { readonly kind: 'Pending'; readonly reason: string; readonly message: string };

export type Action =
  | { readonly kind: 'CreateJob'; readonly attempt: number }
  | { readonly kind: 'DeleteJob'; readonly name: string; readonly uid: string }
  /** Has the cluster remove a Job that has told everything. */
  | { readonly kind: 'ExpireJob'; readonly name: string }
  | { readonly kind: 'CancelRuns' };

export interface Decision {
  readonly verdict: Verdict;
  readonly actions: readonly Action[];
  /** When to look again though nothing changed. */
  readonly requeueMs: number | null;
}

const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 300_000;
/** A place is free as soon as another validation ends; who comes to look takes it. */
const QUEUE_MS = 5_000;
/** A Job that somebody deletes leaves no trace. */
const WATCH_MS = 60_000;

export function decide(observation: Observation, now: Date, settings: ConnectorSettings): Decision {
  const { verdict, actions, requeueMs } = decideValidation(observation, now, settings);
  return { verdict, actions: [...tidyJobs(observation, verdict), ...actions, ...cancelRuns(observation)], requeueMs };
}

function decideValidation(observation: Observation, now: Date, settings: ConnectorSettings): Decision {
  const { input, validations } = observation;
  const done = (verdict: Verdict): Decision => ({ verdict, actions: [], requeueMs: null });
  if (input.connector === null) return done({ kind: 'Invalid', reason: 'ValidationFailed', faults: input.faults });
  if (input.connector.sql === null) return done({ kind: 'Passed', note: null });
  const missing = sampleFault(input.connector);
  if (missing !== null) return done({ kind: 'Invalid', reason: 'SampleMissing', faults: [missing] });
  const current = validations.find(({ environmentHash }) => environmentHash === input.environmentHash);
  if (current?.state === 'Passed') return done({ kind: 'Passed', note: null });
  if (current?.state === 'Failed') return done({ kind: 'Invalid', reason: 'ValidationFailed', faults: current.faults });
  const passedBefore = hasPassedBefore(observation);
  const { reason, message, ...step } = stepValidation(
    observation,
    now,
    placesLeft(observation, settings, passedBefore),
  );
  if (!passedBefore) return { verdict: { kind: 'Pending', reason, message }, ...step };
  return {
    verdict: { kind: 'Passed', note: `it is validated again in what has changed around it: ${message}` },
    ...step,
  };
}

/** In another environment: what passed there holds until it fails in this one. */
function hasPassedBefore({ connector, input, validations }: Observation): boolean {
  const last: ConnectorValidation | undefined = validations.find(({ state }) => state !== 'Requested');
  if (last !== undefined) return last.state === 'Passed';
  const activation = connector.status?.activation;
  return activation?.validatedHash === input.scriptHash && activation.scriptHash === input.scriptHash;
}

const placesLeft = ({ busyJobs }: Observation, settings: ConnectorSettings, isBackground: boolean): number =>
  (isBackground ? settings.maxBackgroundValidations : settings.maxValidations) - busyJobs;

interface Step {
  readonly reason: string;
  readonly message: string;
  readonly actions: readonly Action[];
  readonly requeueMs: number;
}

/** What the Job needs next; the row says when it has told its answer. */
function stepValidation({ jobs }: Observation, now: Date, places: number): Step {
  const last = lastAttempt(jobs);
  if (last === null) {
    if (places > 0) return createJob(1, 'its SQL is tried on the sample');
    const message = 'it waits for validations of other connectors to end';
    return { reason: 'ValidationQueued', message, actions: [], requeueMs: QUEUE_MS };
  }
  if (last.state === 'Active') {
    const message = `Job ${last.name} tries its SQL on the sample`;
    return { reason: 'Validating', message, actions: [], requeueMs: WATCH_MS };
  }
  const attempt = last.attempt + 1;
  const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** (last.attempt - 1), LONGEST_RETRY_MS);
  const waitMs = last.endedAt === null ? 0 : last.endedAt.getTime() + pauseMs - now.getTime();
  const why = `Job ${last.name} ended without an answer${last.message === '' ? '' : ` (${last.message})`}`;
  if (waitMs <= 0) return createJob(attempt, `${why}, and is tried again`);
  const message = `${why}; the next one starts within ${Math.ceil(pauseMs / 1000)} s`;
  return { reason: 'ProgressingWithRetry', message, actions: [], requeueMs: waitMs };
}

const createJob = (attempt: number, message: string): Step => ({
  reason: attempt === 1 ? 'Validating' : 'ProgressingWithRetry',
  message,
  actions: [{ kind: 'CreateJob', attempt }],
  requeueMs: WATCH_MS,
});

type CurrentJob = ValidateJob & { readonly attempt: number };

function lastAttempt(jobs: readonly ValidateJob[]): CurrentJob | null {
  const current = jobs.filter((job): job is CurrentJob => job.attempt !== null);
  return current.sort((a, b) => b.attempt - a.attempt)[0] ?? null;
}

/** Nobody waits for a Job of another script or environment, nor for one whose answer is stored. */
function tidyJobs({ jobs }: Observation, verdict: Verdict): Action[] {
  return jobs.flatMap<Action>(({ name, uid, attempt, state, expires }) => {
    if (state === 'Active') return attempt === null ? [{ kind: 'DeleteJob', name, uid }] : [];
    const isLast = lastAttempt(jobs)?.name === name;
    return expires || (verdict.kind === 'Pending' && isLast) ? [] : [{ kind: 'ExpireJob', name }];
  });
}

/** A person who switches a connector off means what runs as well. */
function cancelRuns({ connector, executions }: Observation): Action[] {
  if (connector.spec.active !== false) return [];
  const runs = executions.some(
    ({ spec, status }) =>
      (spec.mode ?? 'Live') === 'Live' && (status?.phase === 'Running' || status?.phase === 'Pending'),
  );
  return runs ? [{ kind: 'CancelRuns' }] : [];
}
