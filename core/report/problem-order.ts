import type { Outcome } from '../model/outcome.ts';

/**
 * The order in which a person reads rows: those to repair first, then those where something was done differently than
 * the file says, then the rest.
 */
export const PROBLEM_RANKS = ['Rejected', 'Failed', 'SkippedAmbiguous', 'Warned', 'Other'] as const;
export type ProblemRank = (typeof PROBLEM_RANKS)[number];

export function rankOf(outcome: Pick<Outcome, 'status' | 'warnings'>): ProblemRank {
  switch (outcome.status) {
    case 'Rejected':
    case 'Failed':
    case 'SkippedAmbiguous':
      return outcome.status;
    default:
      return outcome.warnings.length > 0 ? 'Warned' : 'Other';
  }
}
