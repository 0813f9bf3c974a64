import type { Outcome, RowStatus, ScopeCounts, StepCounts } from '../../../core/model/outcome.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import type { ReportExecution, ReportScope, ReportSource, ReportStep } from '../../../core/report/source.ts';
import { escapeField } from '../../../runner/sql/tab-separated.ts';

export function anOutcome(overrides: Partial<Outcome> = {}): Outcome {
  return {
    row: 1,
    scope: 'products',
    step: 'products',
    object: 'product',
    status: 'Created',
    reason: null,
    record: '0198f3a2-1111-7222-8333-000000000001',
    rule: 1,
    before: null,
    after: {},
    errors: [],
    warnings: [],
    ...overrides,
  };
}

export function aScopeRow(overrides: Partial<ScopeRow> = {}): ScopeRow {
  return { row: 1, inputRow: null, rejected: false, problems: [], values: [], ...overrides };
}

export function anExecution(overrides: Partial<ReportExecution> = {}): ReportExecution {
  return {
    id: '0198f3a2-0000-7000-8000-000000000000',
    namespace: 'sales',
    connector: 'vendor-price-list',
    mode: 'Live',
    phase: 'Succeeded',
    startedAt: '2026-11-22T10:00:00Z',
    endedAt: '2026-11-22T10:00:12.345Z',
    durationMs: 12_345,
    triggeredBy: null,
    inputFile: 'price_list.csv',
    error: null,
    ...overrides,
  };
}

/** In blocks of 1, 2, 3 … and at most a thousand lines. */
export function* blocksOf(lines: readonly string[]): Generator<Uint8Array> {
  for (let from = 0, size = 1; from < lines.length; from += size, size = Math.min(size + 1, 1000)) {
    yield Buffer.from(`${lines.slice(from, from + size).join('\n')}\n`);
  }
}

/** A row as a scope file has it. */
function renderRow({ row, inputRow, rejected, problems, values }: ScopeRow): string {
  const texts = values.map((value) => (value === null || typeof value === 'string' ? value : JSON.stringify(value)));
  const told = problems.length === 0 ? null : JSON.stringify(problems);
  const leading = [String(row), inputRow === null ? null : String(inputRow), rejected ? 'R' : '', told];
  return [...leading, ...texts].map(escapeField).join('\t');
}

/** Yields as a file does: not all at once. */
export async function* streamed<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

export const streamOutcomes = (outcomes: readonly Outcome[]): AsyncIterable<Uint8Array> =>
  streamed(blocksOf(outcomes.map((outcome) => JSON.stringify(outcome))));

export interface ScopeInit {
  readonly name: string;
  readonly variables: ReportScope['variables'];
  /** Those that the diff check left in. */
  readonly rows: readonly ScopeRow[];
  readonly unchangedByDiff?: number;
  readonly sample?: readonly (readonly (string | null)[])[];
  readonly columns?: ReportScope['columns'];
  readonly formats?: Readonly<Record<string, string>>;
}

export function aScope(init: ScopeInit): ReportScope {
  return {
    name: init.name,
    rows: init.rows.length + (init.unchangedByDiff ?? 0),
    rejected: init.rows.filter((row) => row.rejected).length,
    unchangedByDiff: init.unchangedByDiff ?? 0,
    columns: init.columns ?? init.variables.map(({ name }) => ({ name, type: 'Nullable(String)' })),
    formats: init.formats ?? {},
    variables: init.variables,
    sample: () => streamed(init.sample ?? []),
    file: `${init.name}.tsv.zst`,
    readRows: () => streamed(blocksOf(init.rows.map(renderRow))),
  };
}

const COUNTED = {
  Created: 'created',
  Updated: 'updated',
  Unarchived: 'unarchived',
  Unchanged: 'unchanged',
  SkippedByRule: 'skippedByRule',
  SkippedAmbiguous: 'skippedAmbiguous',
  Failed: 'failed',
  NotProcessed: 'notProcessed',
} as const;

export function aStep(name: string, object: string, scope: string, overrides: Partial<StepCounts> = {}): ReportStep {
  const none = { created: 0, updated: 0, unarchived: 0, unchanged: 0 };
  const rest = { skippedByRule: 0, skippedAmbiguous: 0, failed: 0, notProcessed: 0 };
  return { name, object, scope, ...none, ...rest, ...overrides };
}

export function aScopeCount(name: string, overrides: Partial<ScopeCounts> = {}): ScopeCounts {
  return { name, rows: 0, rejected: 0, unchangedByDiff: 0, ...overrides };
}

export interface SourceInit {
  readonly execution?: Partial<ReportExecution>;
  readonly scopes: readonly ReportScope[];
  /** In row order within a step; the steps are made of them. */
  readonly outcomes: readonly Outcome[];
  readonly overrides?: Partial<ReportSource>;
}

/** A source whose counts follow from its outcomes. */
export function aSource(init: SourceInit): ReportSource {
  const steps = new Map<string, ReportStep>();
  for (const outcome of init.outcomes) {
    const step = steps.get(outcome.step) ?? aStep(outcome.step, outcome.object, outcome.scope);
    const key = (COUNTED as Partial<Record<RowStatus, (typeof COUNTED)[keyof typeof COUNTED]>>)[outcome.status];
    steps.set(outcome.step, key === undefined ? step : { ...step, [key]: step[key] + 1 });
  }
  return {
    execution: anExecution(init.execution),
    inputs: [{ table: 'price_list', rows: init.outcomes.length }],
    scopes: init.scopes,
    steps: [...steps.values()],
    warnings: [],
    maxRows: 1_000_000,
    outcomes: (step) => streamOutcomes(init.outcomes.filter((outcome) => outcome.step === step)),
    ...init.overrides,
  };
}
