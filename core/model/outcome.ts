/** The closed list of row statuses. */
export const ROW_STATUSES = [
  'Created',
  'Updated',
  'Unarchived',
  'Unchanged',
  'UnchangedByDiff',
  'SkippedByRule',
  'SkippedAmbiguous',
  'Rejected',
  'Failed',
  'NotProcessed',
] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];

/** Bad data: what is wrong with a value or a row, in one CamelCase word and in a sentence. */
export interface RowProblem {
  readonly code: string;
  readonly message: string;
  readonly variable?: string;
  readonly field?: string;
}

/** Values of a record as JSON: text, boolean, list of texts, or null. Numbers are decimal text so that no digit is lost. */
export type FieldValue = string | boolean | readonly string[] | null;
export type FieldValues = Readonly<Record<string, FieldValue>>;

/** What happened to one row in one load step: a line of the outcomes file. */
export interface Outcome {
  readonly row: number;
  readonly scope: string;
  readonly step: string;
  readonly object: string;
  readonly status: RowStatus;
  readonly reason: string | null;
  readonly record: string | null;
  /** The number of the rule that decided, from 1. */
  readonly rule: number | null;
  readonly before: FieldValues | null;
  readonly after: FieldValues | null;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
}

export type RunMode = 'Live' | 'DryRun' | 'Validate';
export type RunPhase =
  'Queued' | 'Pending' | 'Running' | 'Succeeded' | 'PartialSuccess' | 'Failed' | 'Cancelled' | 'Skipped' | 'Missed';

/** Rows of one step by status, as the JSON of a run names them. */
export interface StepCounts {
  readonly name: string;
  readonly object: string;
  readonly scope: string;
  readonly created: number;
  readonly updated: number;
  readonly unarchived: number;
  readonly unchanged: number;
  readonly skippedByRule: number;
  readonly skippedAmbiguous: number;
  readonly failed: number;
  readonly notProcessed: number;
}

export interface ScopeCounts {
  readonly name: string;
  readonly rows: number;
  readonly rejected: number;
  readonly unchangedByDiff: number;
}

export interface RunWarning {
  readonly code: string;
  readonly message: string;
  readonly count: number;
}
