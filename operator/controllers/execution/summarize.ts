import { mergeConditions, standingConditions, type Standing } from '../../../core/control/conditions.ts';
import type { Counts, SmartConnectorExecutionStatus } from '../../../core/generated/types.ts';
import type { RunPhase } from '../../../core/model/outcome.ts';
import type { RunResult } from '../../../core/model/run-result.ts';
import type { ExecutionRequest } from '../../database/execution-requests.ts';
import type { StoredRun } from '../../database/stored-run.ts';
import { describeHindrance } from './describe-pods.ts';
import type { Observation } from './observe.ts';
import type { ExecutionPorts } from './ports.ts';

/** What is said of an execution: a bounded view of what PostgreSQL holds. Null: nothing is known, so nothing is said. */
export function summarize(
  observation: Observation,
  now: Date,
  buildLink: ExecutionPorts['buildLink'],
): SmartConnectorExecutionStatus | null {
  const { execution, request, run, job } = observation;
  if (request === null) return null;
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
  const hindrance = describeHindrance(pods);
  if (hindrance !== null) return hindrance;
  if (purpose !== 'Run') return { reason: 'Finishing', message: `it is ended from what is stored: ${message}` };
  if (run === null || run.attempt === 0) return { reason: 'Starting', message: 'its pod is being started' };
  const { stage, step, rowsDone, rowsTotal } = run.progress ?? {};
  const rows = rowsTotal === undefined || rowsTotal === 0 ? '' : `, ${rowsDone ?? 0} of ${rowsTotal} rows`;
  const where = step == null ? '' : `, step ${step}`;
  return { reason: 'Running', message: stage === undefined ? 'it runs' : `stage ${stage}${where}${rows}` };
}
