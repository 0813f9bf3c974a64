import type { Edit } from '../edited.ts';

/** What is written wrongly, and the one fault that says so. The line is that of `at`, or of what was written. */
export interface FaultCase {
  readonly edits: readonly Edit[];
  readonly path: string;
  readonly message: string | RegExp;
  readonly hint?: string | RegExp;
  readonly at?: string;
}

export type FaultCases = Readonly<Record<string, FaultCase>>;
