import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { StepModel } from '../../core/model/connector.ts';
import type { Outcome, RowStatus } from '../../core/model/outcome.ts';
import type { RowPlan } from '../../core/planner/plan.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** The outcome of a row, as people and programs read it. */
export function buildOutcome(step: StepModel, plan: RowPlan): Outcome {
  return {
    row: plan.row,
    scope: step.scope,
    step: step.name,
    object: step.object.name,
    status: plan.status,
    reason: plan.reason,
    record: plan.record,
    rule: plan.rule,
    before: plan.before,
    after: plan.after,
    errors: plan.errors,
    warnings: plan.warnings,
  };
}

/**
 * Outcomes as NDJSON in one gzip member. Members one after another are again a gzip file (RFC 1952), so that the outcomes
 * of a run are the members of its chunks, joined.
 */
export async function encodeOutcomes(outcomes: Iterable<Outcome>): Promise<Buffer> {
  let text = '';
  for (const outcome of outcomes) text += `${JSON.stringify(outcome)}\n`;
  return compress(text, { level: 1 });
}

export async function decodeOutcomes(bytes: Buffer): Promise<Outcome[]> {
  const text = (await decompress(bytes)).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Outcome);
}

/** Rows by status. */
export type StatusCounts = Partial<Record<RowStatus, number>>;

export function countStatuses(plans: readonly { readonly status: RowStatus }[]): StatusCounts {
  const counts: StatusCounts = {};
  for (const { status } of plans) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export function addCounts(left: StatusCounts, right: StatusCounts): StatusCounts {
  const sum: StatusCounts = { ...left };
  for (const [status, count] of Object.entries(right) as [RowStatus, number][])
    sum[status] = (sum[status] ?? 0) + count;
  return sum;
}
