import type { Outcome, RowProblem, RowStatus } from '../../../core/model/outcome.ts';
import { PROBLEM_RANKS, type ProblemRank } from '../../../core/report/problem-order.ts';
import type { ReportScope, ReportSource, ReportStep } from '../../../core/report/source.ts';
import { renderChange, renderProblems, renderValue } from '../../../core/report/text.ts';
import { OutcomeCursor } from '../../stages/outcome-cursor.ts';
import { openRows } from '../scope-rows.ts';

/** Rows of one step that a page lists; those with problems come first. */
export const PAGE_ROWS = 1000;
/** Variables of a scope that a page shows. */
export const PAGE_VARIABLES = 20;
const EXAMPLES = 3;
/** Codes are a closed list but for those of a database's own constraints. */
const MOST_GROUPS = 100;

export interface PageExample {
  readonly step: string;
  readonly row: number;
  readonly message: string;
}

/** Problems of one kind over all steps. */
export interface PageProblem {
  readonly kind: 'Error' | 'Warning';
  readonly code: string;
  readonly count: number;
  readonly examples: readonly PageExample[];
}

export interface PageRow {
  readonly row: number;
  readonly status: RowStatus;
  readonly reason: string | null;
  readonly problems: string;
  readonly values: readonly (string | null)[];
  readonly record: string | null;
  readonly changes: string;
}

export interface PageStep {
  readonly step: ReportStep;
  readonly scope: ReportScope | null;
  readonly variables: readonly string[];
  readonly rows: readonly PageRow[];
}

export interface PageContent {
  readonly steps: readonly PageStep[];
  /** The most frequent first. */
  readonly problems: readonly PageProblem[];
}

/** Reads what a page shows of the outcomes: in one pass over them, holding no more rows than are listed. */
export async function collectPage(source: ReportSource): Promise<PageContent> {
  const groups = new Map<string, Group>();
  const steps: PageStep[] = [];
  for (const step of source.steps) {
    const scope = source.scopes.find((each) => each.name === step.scope) ?? null;
    const rows = await collectRows(source, step, scope, groups);
    const variables = (scope?.variables ?? []).slice(0, PAGE_VARIABLES).map(({ name }) => name);
    steps.push({ step, scope, variables, rows });
  }
  const problems = [...groups.values()].sort((one, other) => other.count - one.count);
  return { steps, problems };
}

interface Group {
  readonly kind: PageProblem['kind'];
  readonly code: string;
  count: number;
  readonly examples: PageExample[];
}

async function collectRows(
  source: ReportSource,
  step: ReportStep,
  scope: ReportScope | null,
  groups: Map<string, Group>,
): Promise<PageRow[]> {
  const kept = new Map<ProblemRank, PageRow[]>(PROBLEM_RANKS.map((rank) => [rank, []]));
  const outcomes = new OutcomeCursor(source.outcomes(step.name));
  const rows = scope === null ? null : openRows(scope);
  try {
    while (await outcomes.load()) {
      while (outcomes.next()) {
        const isQuiet = outcomes.isRead && !outcomes.hasProblems;
        if (!isQuiet) countProblems(groups, step.name, outcomes.outcome);
        const alike = kept.get(outcomes.rank);
        if (alike === undefined || alike.length >= PAGE_ROWS) continue;
        const { row } = outcomes;
        const isThere = rows !== null && (rows.find(row) || (await rows.seek(row)));
        const values = isThere ? rows.line().values.slice(0, PAGE_VARIABLES).map(renderValue) : [];
        alike.push(buildRow(outcomes.outcome, values));
      }
    }
  } finally {
    await outcomes.close();
    await rows?.close();
  }
  return PROBLEM_RANKS.flatMap((rank) => kept.get(rank) ?? []).slice(0, PAGE_ROWS);
}

function buildRow(outcome: Outcome, values: readonly (string | null)[]): PageRow {
  const { row, status, reason, record, errors, warnings, before, after } = outcome;
  const problems = renderProblems([...errors, ...warnings]);
  return { row, status, reason, record, problems, values, changes: renderChange(before, after) };
}

function countProblems(groups: Map<string, Group>, step: string, { row, errors, warnings }: Outcome): void {
  const count = (kind: Group['kind'], problem: RowProblem): void => {
    const key = `${kind} ${problem.code}`;
    const isNew = !groups.has(key);
    const group = isNew && groups.size >= MOST_GROUPS ? others(groups, kind) : groups.get(key);
    const { code } = problem;
    const counted = group ?? { kind, code, count: 0, examples: [] };
    if (group === undefined) groups.set(key, counted);
    counted.count += 1;
    if (counted.examples.length < EXAMPLES) counted.examples.push({ step, row, message: problem.message });
  };
  for (const problem of errors) count('Error', problem);
  for (const problem of warnings) count('Warning', problem);
}

/** Where the page has no more room for a group of its own. */
function others(groups: Map<string, Group>, kind: Group['kind']): Group {
  const key = `${kind} …`;
  const group = groups.get(key) ?? { kind, code: '(others)', count: 0, examples: [] };
  groups.set(key, group);
  return group;
}
