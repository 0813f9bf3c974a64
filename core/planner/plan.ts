import type { FieldValue, FieldValues, RowProblem, RowStatus } from '../model/outcome.ts';

/** A record as the planner sees it: the fields that the connector uses. */
export interface RecordState {
  readonly id: string;
  readonly archived: boolean;
  readonly values: FieldValues;
}

/** An option that a row adds to a field of the step's object. */
export interface NewOption {
  readonly field: string;
  readonly label: string;
}

/** What is to be written for a row, as data. */
export type RecordWrite =
  | { readonly kind: 'Create'; readonly record: RecordState }
  | { readonly kind: 'Update'; readonly record: RecordState; readonly unarchive: boolean };

/** What happens to one row in one step. */
export interface RowPlan {
  readonly row: number;
  readonly status: RowStatus;
  readonly reason: string | null;
  readonly record: string | null;
  readonly rule: number | null;
  readonly before: Readonly<Record<string, FieldValue>> | null;
  readonly after: Readonly<Record<string, FieldValue>> | null;
  readonly errors: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
  readonly write: RecordWrite | null;
  readonly newOptions: readonly NewOption[];
  /** A lookup or sameRowOf was left blank: the row must come again, so it stays out of the diff baseline. */
  readonly unresolved: boolean;
}

/** What a step left of a row for the steps after it. */
export interface ParentRow {
  readonly status: RowStatus;
  readonly record: string | null;
}

/** The records as they are when a row is taken: everything that rows before it did is visible. */
export interface RecordView {
  /** Records of the step's object, live and archived, whose field has this match key. */
  find(field: string, key: string): readonly RecordState[];
  /** Ids of the live records of any object whose field has this match key. */
  findLive(object: string, field: string, key: string): readonly string[];
  /** What the row came to in an earlier step; null where that step does not list it. */
  parent(step: string, row: number): ParentRow | null;
}
