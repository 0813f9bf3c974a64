import type { RunResult } from '../core/model/run-result.ts';
import { renderError } from './errors.ts';
import { renderTable } from './terminal.ts';

export const formatCount = (value: number): string => value.toLocaleString('en-US');
const rows = (value: number): string => `${formatCount(value)} ${value === 1 ? 'row' : 'rows'}`;

export const STATUSES = [
  ['created', 'created'],
  ['updated', 'updated'],
  ['unarchived', 'unarchived'],
  ['unchanged', 'unchanged'],
  ['skipped by rule', 'skippedByRule'],
  ['ambiguous', 'skippedAmbiguous'],
  ['failed', 'failed'],
  ['not processed', 'notProcessed'],
] as const;

/** A run as a person reads it: phase, rows by scope and step, warnings, where the report is. */
export function renderRun(result: RunResult): string {
  const seconds = (result.durationMs / 1000).toFixed(1);
  const dry = result.mode === 'DryRun' ? ' (dry run: nothing was written)' : '';
  const reverts = result.reverts === undefined ? '' : `, reverts ${result.reverts}`;
  const lines = [
    `${result.connector}: ${result.phase} in ${seconds} s${dry}`,
    `execution ${result.execution}${reverts}`,
  ];
  for (const input of result.inputs) lines.push(`  input ${input.table}: ${rows(input.rows)}`);
  for (const scope of result.scopes) {
    const parts = [rows(scope.rows)];
    if (scope.rejected > 0) parts.push(`${formatCount(scope.rejected)} rejected`);
    if (scope.unchangedByDiff > 0) parts.push(`${formatCount(scope.unchangedByDiff)} unchanged since the last run`);
    lines.push(`  scope ${scope.name}: ${parts.join(', ')}`);
  }
  const shown = STATUSES.filter(([, key]) => result.steps.some((step) => step[key] > 0));
  if (result.steps.length > 0 && shown.length > 0) {
    const head = ['step', 'object', ...shown.map(([title]) => title)];
    const body = result.steps.map((step) => [
      step.name,
      step.object,
      ...shown.map(([, key]) => formatCount(step[key])),
    ]);
    lines.push(renderTable([head, ...body], '  '));
  }
  for (const warning of result.warnings) {
    const isCounted = warning.count <= 1 || new RegExp(`\\b${warning.count}\\b`).test(warning.message);
    lines.push(`  warning: ${warning.message}${isCounted ? '' : ` (${formatCount(warning.count)})`}`);
  }
  if (result.error !== undefined) lines.push(renderError({ error: result.error }));
  if (result.report !== null) lines.push(`report ${result.report}`);
  return lines.join('\n');
}
