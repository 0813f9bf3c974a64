import { findCondition } from '../../core/control/conditions.ts';
import type { RunPhase } from '../../core/model/outcome.ts';
import type { ExecutionResource } from '../../operator/api/kinds.ts';
import { formatCount, STATUSES } from '../render-run.ts';
import { renderTable } from '../terminal.ts';

/** An execution as `--output json` prints it: what its status says, under the names that it has there. */
export function describeExecution({ metadata, spec, status = {} }: ExecutionResource): object {
  const { phase, startedAt, endedAt, totals, steps, links } = status;
  const ready = findCondition(status.conditions, 'Ready');
  return {
    execution: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    connector: spec.connector,
    mode: spec.mode ?? 'Live',
    phase: phase ?? null,
    reason: ready?.reason ?? null,
    message: ready?.message ?? null,
    startedAt: startedAt ?? null,
    endedAt: endedAt ?? null,
    totals: totals ?? null,
    steps: steps ?? [],
    links: links ?? {},
  };
}

/** Where an execution stands, in a line: what is worth telling again when it changes. */
export function describeProgress({ status = {} }: ExecutionResource): {
  readonly state: string;
  readonly line: string;
} {
  const ready = findCondition(status.conditions, 'Ready');
  const phase = status.phase ?? 'Accepted';
  if (ready === null) return { state: phase, line: phase };
  const progress = status.progress?.text === undefined ? '' : ` ${status.progress.text}`;
  return { state: `${phase}/${ready.reason}`, line: `${phase}${progress}: ${ready.message}` };
}

/** How an execution ended, as a person reads it. */
export function renderExecution({ metadata, spec, status = {} }: ExecutionResource): string {
  const { phase = 'Unknown', startedAt, endedAt, totals, steps = [], links = {} } = status;
  const ms = startedAt === undefined || endedAt === undefined ? null : Date.parse(endedAt) - Date.parse(startedAt);
  const took = ms === null ? '' : ` in ${(ms / 1000).toFixed(1)} s`;
  const dry = spec.mode === 'DryRun' ? ' (dry run: nothing was written)' : '';
  const lines = [
    `${spec.connector}: ${phase}${took}${dry}`,
    `execution ${metadata.name} in namespace ${metadata.namespace}`,
  ];
  const shown = STATUSES.filter(([, key]) => steps.some((step) => (step[key] ?? 0) > 0));
  if (shown.length > 0) {
    const head = ['step', ...shown.map(([title]) => title)];
    const body = steps.map((step) => [step.name, ...shown.map(([, key]) => formatCount(step[key] ?? 0))]);
    lines.push(renderTable([head, ...body], '  '));
  }
  if (totals !== undefined) {
    lines.push(`  ${formatCount(totals.written ?? 0)} written, ${formatCount(totals.problems ?? 0)} with problems`);
  }
  if (!isGood(phase)) lines.push(`error: ${findCondition(status.conditions, 'Ready')?.message ?? 'not said why'}`);
  if (links.report !== undefined) {
    lines.push(`report ${links.report}`);
    lines.push(`  kubectl smartconnector report ${metadata.name} -n ${metadata.namespace} brings it here`);
  }
  return lines.join('\n');
}

const isGood = (phase: RunPhase | 'Unknown'): boolean => phase === 'Succeeded' || phase === 'PartialSuccess';
