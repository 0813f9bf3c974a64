import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { StepModel } from '../../core/model/connector.ts';
import type { FieldModel } from '../../core/model/object.ts';
import type { FieldValue, Outcome, RowProblem, RowStatus } from '../../core/model/outcome.ts';
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

/** What a text of JSON cannot hold as it is; lone surrogates among it. */
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

const renderText = (text: string): string => (ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`);

function renderValue(value: FieldValue): string {
  return typeof value === 'string' ? renderText(value) : JSON.stringify(value);
}

function renderProblems(problems: readonly RowProblem[]): string {
  return problems.length === 0 ? '[]' : JSON.stringify(problems);
}

export const renderPlace = (step: StepModel): string =>
  `,"scope":${JSON.stringify(step.scope)},"step":${JSON.stringify(step.name)},"object":${JSON.stringify(step.object.name)},"status":"`;

/**
 * Makes the lines of outcomes of one step: the text that `JSON.stringify` makes of `buildOutcome`, at a fraction of its
 * time, since millions of lines differ in little.
 */
export function compileOutcomeLines(step: StepModel, fields: readonly FieldModel[]): (plan: RowPlan) => string {
  const place = renderPlace(step);
  const keys = new Map(fields.map(({ name }) => [name, `${JSON.stringify(name)}:`]));
  const renderValues = (values: RowPlan['after']): string => {
    if (values === null) return 'null';
    let text = '';
    for (const name in values) {
      text += `${text === '' ? '{' : ','}${keys.get(name) ?? `${JSON.stringify(name)}:`}${renderValue(values[name] ?? null)}`;
    }
    return text === '' ? '{}' : `${text}}`;
  };
  return (plan) =>
    `{"row":${plan.row}${place}${plan.status}","reason":${plan.reason === null ? 'null' : `"${plan.reason}"`}` +
    `,"record":${plan.record === null ? 'null' : `"${plan.record}"`},"rule":${plan.rule ?? 'null'}` +
    `,"before":${renderValues(plan.before)},"after":${renderValues(plan.after)}` +
    `,"errors":${renderProblems(plan.errors)},"warnings":${renderProblems(plan.warnings)}}\n`;
}

/**
 * Outcomes as NDJSON in one gzip member. Members one after another are again a gzip file (RFC 1952), so that the outcomes
 * of a run are the members of its chunks, joined.
 */
export async function encodeOutcomes(outcomes: Iterable<Outcome>): Promise<Buffer> {
  let text = '';
  for (const outcome of outcomes) text += `${JSON.stringify(outcome)}\n`;
  return compressOutcomes(text);
}

/** Bytes that come at a time: each part of it is waited for. */
const COMPRESSED_PART_BYTES = 1 << 18;

/** Lines of outcomes as a gzip member. */
export function compressOutcomes(lines: string | Buffer): Promise<Buffer> {
  return compress(lines, { level: 1, chunkSize: COMPRESSED_PART_BYTES });
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
