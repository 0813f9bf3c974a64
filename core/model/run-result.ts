import type { FaultDetail } from '../errors/app-error.ts';
import type { RunMode, RunPhase, RunWarning, ScopeCounts, StepCounts } from './outcome.ts';

/** Why an execution failed. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly details: readonly FaultDetail[];
}

/** What an execution did, as `smartconnector run --output json` prints it. */
export interface RunResult {
  readonly execution: string;
  readonly connector: string;
  /** The execution that a revert took back; runs have none. */
  readonly reverts?: string;
  readonly mode: RunMode;
  readonly phase: RunPhase;
  readonly durationMs: number;
  readonly inputs: readonly { readonly table: string; readonly rows: number }[];
  readonly scopes: readonly ScopeCounts[];
  readonly steps: readonly StepCounts[];
  /** Path of the workbook. */
  readonly report: string | null;
  /** Path of the outcomes file. */
  readonly outcomes: string | null;
  readonly warnings: readonly RunWarning[];
  readonly error?: RunError;
}
