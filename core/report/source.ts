import type { FaultDetail } from '../errors/app-error.ts';
import type { VariableType } from '../model/connector.ts';
import type { RunMode, RunPhase, RunWarning, ScopeCounts, StepCounts } from '../model/outcome.ts';
import type { InputColumn } from '../model/stages.ts';

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
  /** Variables in the order of `ScopeRow.values`; where `isArray` is left out, one is none. */
  readonly variables: readonly { readonly name: string; readonly type: VariableType; readonly isArray?: boolean }[];
  /** Rows with problems, rejected ones among them, where it is known: none saves a pass over the rows. */
  readonly problemRows?: number;
  /** The first rows, as the SQL left them. */
  sample(): AsyncIterable<readonly (string | null)[]>;
  /** Where the rows are kept, for messages. */
  readonly file: string;
  /**
   * Every row, in row order, from the start each time it is called: lines as ScopeRow describes them, in blocks of whole ones
   * of valid UTF-8.
   */
  readRows(): AsyncIterable<Uint8Array>;
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
   * Outcomes of a step in row order, one per listed row; rows unchanged by the diff check are not among them. Lines of JSON
   * (see Outcome), in blocks of whole ones of valid UTF-8.
   */
  outcomes(step: string): AsyncIterable<Uint8Array>;
}
