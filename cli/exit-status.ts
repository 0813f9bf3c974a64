import type { RunPhase } from '../core/model/outcome.ts';

/** The exit statuses of the command-line tool. Only it maps outcomes to statuses; a runner exits 0 once one is stored. */
export const EXIT = {
  succeeded: 0,
  internal: 1,
  invalid: 2,
  partial: 3,
  failed: 4,
  tryAgain: 75,
  cancelled: 130,
} as const;

export function exitStatusOf(phase: RunPhase): number {
  switch (phase) {
    case 'Succeeded':
    case 'Skipped':
      return EXIT.succeeded;
    case 'PartialSuccess':
      return EXIT.partial;
    case 'Cancelled':
      return EXIT.cancelled;
    default:
      return EXIT.failed;
  }
}
