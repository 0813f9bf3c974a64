import {
  findCondition,
  mergeConditions,
  observedGeneration,
  standingConditions,
} from '../../../core/control/conditions.ts';
import type { Standing, WantedCondition } from '../../../core/control/conditions.ts';
import { renderFaults } from '../../../core/control/fault-text.ts';
import { nextSlot } from '../../../core/control/schedule-slots.ts';
import type { AppError } from '../../../core/errors/app-error.ts';
import type { ExecutionSummary, SmartConnectorStatus } from '../../../core/generated/types.ts';
import type { ConnectorResource, ExecutionResource } from '../../api/kinds.ts';
import { byAge } from '../../runtime/resource.ts';
import { isWaiting } from '../execution/is-waiting.ts';
import { SWITCHED_OFF, type Activation } from './activation.ts';
import type { ConnectorInput } from './connector-input.ts';
import type { Verdict } from './decide.ts';

export interface Summary {
  readonly connector: ConnectorResource;
  readonly input: ConnectorInput;
  /** Null: it could not be found out. */
  readonly verdict: Verdict | null;
  /** What kept the controller from doing all that it decided; null: nothing. */
  readonly failure: AppError | null;
  readonly executions: readonly ExecutionResource[];
}

const MAX_EXECUTIONS = 10;

/** The whole status of a connector, from what was seen. */
export function summarize(summary: Summary, now: Date): SmartConnectorStatus {
  const { connector, input, failure } = summary;
  const before = connector.status ?? {};
  const { generation } = connector.metadata;
  const verdict = summary.verdict ?? assumeVerdict(summary);
  const activation = activationOf(verdict, connector);
  const standing = standingOf(verdict, activation, failure);
  const newest = summary.executions.filter(isSeen).sort(newestFirst);
  const last = newest.find(({ status }) => status?.startedAt !== undefined);
  const lastExecution = last === undefined ? before.lastExecution : summarizeExecution(last, true);
  const validatedHash = validatedHashOf(verdict, connector, input);
  const conditions = [
    ...standingConditions(standing),
    validatedCondition(verdict),
    activeCondition(activation),
    lastRunCondition(connector, newest),
  ];
  const next = activation.state === 'Active' ? nextSchedule(connector, now) : null;
  return {
    observedGeneration: observedGeneration(standing, generation, before.observedGeneration),
    activation: {
      ...activation,
      message: cutMessage(activation.message),
      scriptHash: input.scriptHash,
      ...(validatedHash === undefined ? {} : { validatedHash }),
      ...(input.environmentHash === '' ? {} : { environmentHash: input.environmentHash }),
    },
    queueLength: newest.filter(isWaiting).length,
    ...(next === null ? {} : { nextSchedule: toTime(next) }),
    ...(lastExecution === undefined ? {} : { lastExecution }),
    executions: newest.slice(0, MAX_EXECUTIONS).map((one) => summarizeExecution(one, false)),
    conditions: mergeConditions(before.conditions ?? [], conditions, generation, toTime(now)),
  };
}

/** Without PostgreSQL: what passed holds, and what did not is not known. */
function assumeVerdict({ connector, input, failure }: Summary): Verdict {
  if (input.connector === null) return { kind: 'Invalid', reason: 'ValidationFailed', faults: input.faults };
  const { scriptHash, validatedHash } = connector.status?.activation ?? {};
  if (scriptHash === input.scriptHash && validatedHash === input.scriptHash) return { kind: 'Passed', note: null };
  return { kind: 'Pending', reason: 'ProgressingWithRetry', message: failure?.message ?? 'it was not validated yet' };
}

function activationOf(verdict: Verdict, { spec }: ConnectorResource): Activation {
  switch (verdict.kind) {
    case 'Invalid':
      return { state: 'Invalid', reason: verdict.reason, message: renderFaults(verdict.faults) };
    case 'Pending':
      return { state: 'Validating', reason: verdict.reason, message: verdict.message };
    case 'Passed':
      if (spec.active === false) return SWITCHED_OFF;
      return { state: 'Active', reason: 'Validated', message: verdict.note ?? 'executions may start' };
  }
}

function standingOf(verdict: Verdict, { reason, message }: Activation, failure: AppError | null): Standing {
  if (verdict.kind === 'Invalid') return { kind: 'Stalled', reason, message };
  if (failure !== null) return { kind: 'Reconciling', reason: 'ProgressingWithRetry', message: failure.message };
  return { kind: verdict.kind === 'Pending' ? 'Reconciling' : 'Ready', reason, message };
}

/** The last script that passed, whatever the script is now; none where that very script fails by now. */
function validatedHashOf(
  verdict: Verdict,
  { status }: ConnectorResource,
  { scriptHash }: ConnectorInput,
): string | undefined {
  if (verdict.kind === 'Passed') return scriptHash;
  const given = status?.activation?.validatedHash;
  // What is no hash was written by hand.
  const before = given !== undefined && /^[0-9a-f]{64}$/.test(given) ? given : undefined;
  return verdict.kind === 'Invalid' && before === scriptHash ? undefined : before;
}

function validatedCondition(verdict: Verdict): WantedCondition {
  const type = 'Validated';
  switch (verdict.kind) {
    case 'Invalid':
      return { type, status: 'False', reason: verdict.reason, message: renderFaults(verdict.faults) };
    case 'Pending':
      return { type, status: 'Unknown', reason: verdict.reason, message: verdict.message };
    case 'Passed':
      return { type, status: 'True', reason: 'Validated', message: verdict.note ?? 'its content passed validation' };
  }
}

function activeCondition({ state, reason, message }: Activation): WantedCondition {
  return { type: 'Active', status: state === 'Active' ? 'True' : 'False', reason, message };
}

const ENDED: Readonly<Record<string, boolean>> = {
  Succeeded: true,
  PartialSuccess: false,
  Failed: false,
  Cancelled: false,
};

/** Of live runs; where the last one is no longer there, what was said of it stays. */
function lastRunCondition({ status }: ConnectorResource, newest: readonly ExecutionResource[]): WantedCondition {
  const type = 'LastRunSucceeded';
  const ended = newest
    .filter(({ spec, status: run }) => (spec.mode ?? 'Live') === 'Live' && ENDED[run?.phase ?? ''] !== undefined)
    .sort((a, b) => (b.status?.endedAt ?? '').localeCompare(a.status?.endedAt ?? ''))[0];
  if (ended !== undefined) {
    const phase = ended.status?.phase ?? '';
    const message = `execution ${ended.metadata.name} ended in ${phase}`;
    return { type, status: ENDED[phase] === true ? 'True' : 'False', reason: phase, message };
  }
  const before = findCondition(status?.conditions, type);
  const isPossible = before !== null && before.status === (ENDED[before.reason] === true ? 'True' : 'False');
  if (isPossible && ENDED[before.reason] !== undefined) return before;
  return { type, status: 'Unknown', reason: 'NoRunYet', message: 'no live execution has ended yet' };
}

/** One that nobody has looked at yet is told of when that has been done, a moment later: one write instead of two. */
const isSeen = ({ status }: ExecutionResource): boolean => status?.phase !== undefined;

const newestFirst = (a: ExecutionResource, b: ExecutionResource): number => byAge(b, a);

function summarizeExecution({ metadata, spec, status }: ExecutionResource, withSteps: boolean): ExecutionSummary {
  const { phase, startedAt, endedAt, links, steps } = status ?? {};
  return {
    name: metadata.name,
    mode: spec.mode ?? 'Live',
    ...(phase === undefined ? {} : { phase }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(links?.report === undefined ? {} : { report: links.report }),
    ...(withSteps && steps !== undefined ? { steps } : {}),
  };
}

/** Null: it has no schedule, or one that never comes due. */
function nextSchedule({ spec }: ConnectorResource, now: Date): Date | null {
  if (spec.scheduler === undefined) return null;
  return nextSlot({ expression: spec.scheduler.schedule, timeZone: spec.timeZone ?? 'UTC' }, now);
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
const toTime = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

const MAX_ACTIVATION_MESSAGE = 1024;

const cutMessage = (text: string): string =>
  text.length <= MAX_ACTIVATION_MESSAGE ? text : `${text.slice(0, MAX_ACTIVATION_MESSAGE - 1)}…`;
