import type { FaultDetail } from '../errors/app-error.ts';
import type { VariableType } from '../model/connector.ts';
import type { Outcome, RunMode, RunPhase, RunWarning, ScopeCounts, StepCounts } from '../model/outcome.ts';
import type { InputColumn, ScopeRow } from '../model/stages.ts';

export interface ReportExecution {
  readonly id: string;
  readonly namespace: string;
  readonly connector: string;
  readonly mode: RunMode;
  readonly phase: RunPhase;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** ISO 8601 in UTC. */
  readonly endedAt: string;
  readonly durationMs: number;
  readonly triggeredBy: string | null;
  readonly inputFile: string | null;
  /** The execution that a revert took back. */
  readonly reverts?: string | null;
  /** What ended the run, where something did; bad rows are not an error of the run. */
  readonly error: { readonly code: string; readonly message: string; readonly details: readonly FaultDetail[] } | null;
}

export interface ReportScope extends ScopeCounts {
  /** Columns as the SQL left them, with their ClickHouse types; in the order of the rows of `sample`. */
  readonly columns: readonly InputColumn[];
  /** Formats that were detected or declared, by variable. */
  readonly formats: Readonly<Record<string, string>>;
  /** Variables in the order of `ScopeRow.values`. */
  readonly variables: readonly { readonly name: string; readonly type: VariableType }[];
  /** Rows with problems, rejected ones among them, where it is known: none saves a pass over the rows. */
  readonly problemRows?: number;
  /** The first rows, as the SQL left them. */
  sample(): AsyncIterable<readonly (string | null)[]>;
  /** Every row, in row order, as many at a time as come, from the start each time it is called. */
  readRows(): AsyncIterable<readonly ScopeRow[]>;
}

export interface ReportStep extends StepCounts {
  /** Rows with warnings, where it is known: none saves a pass over the outcomes. */
  readonly warnedRows?: number;
}

/**
 * What a report is made of. Rows and outcomes are iterated, several times and never collected, so that a report of any
 * length is written in flat memory. An iteration may end early (`return` of its iterator).
 */
export interface ReportSource {
  readonly execution: ReportExecution;
  readonly inputs: readonly { readonly table: string; readonly rows: number }[];
  readonly scopes: readonly ReportScope[];
  readonly steps: readonly ReportStep[];
  readonly warnings: readonly RunWarning[];
  /** Most rows listed per load step. */
  readonly maxRows: number;
  /**
   * Outcomes of a step in row order, one per listed row, as many at a time as come; rows unchanged by the diff check are
   * not among them.
   */
  outcomes(step: string): AsyncIterable<readonly Outcome[]>;
}
