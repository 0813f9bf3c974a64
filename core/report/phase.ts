import type { RowStatus, ScopeCounts, StepCounts } from '../model/outcome.ts';

/** Statuses that make a run a partial success, or a failure where no row has another. */
export const PROBLEM_STATUSES: readonly RowStatus[] = ['Rejected', 'Failed', 'SkippedAmbiguous'];

/**
 * The phase of a run that went to its end. PartialSuccess: at least one row Rejected, Failed or SkippedAmbiguous and at
 * least one that is not; all of them: Failed. Rows skipped by a rule are no fault, and no rows at all is a success. A row
 * counts once in every step that reads its scope, and once where no step does.
 */
export function phaseOf(
  scopes: readonly ScopeCounts[],
  steps: readonly StepCounts[],
): 'Succeeded' | 'PartialSuccess' | 'Failed' {
  let bad = 0;
  let good = 0;
  for (const scope of scopes) {
    bad += scope.rejected;
    good += scope.unchangedByDiff;
    if (!steps.some((step) => step.scope === scope.name)) good += scope.rows - scope.rejected - scope.unchangedByDiff;
  }
  for (const step of steps) {
    const stepBad = step.failed + step.skippedAmbiguous;
    bad += stepBad;
    good += listedRows(step) - stepBad;
  }
  if (bad === 0) return 'Succeeded';
  return good === 0 ? 'Failed' : 'PartialSuccess';
}

/** The rows that a step counts itself: all of its scope but the rejected and the unchanged by the diff check. */
export function listedRows(step: StepCounts): number {
  return (
    step.created +
    step.updated +
    step.unarchived +
    step.unchanged +
    step.skippedByRule +
    step.skippedAmbiguous +
    step.failed +
    step.notProcessed
  );
}

/**
 * Checks that no row is lost or counted twice: for every step, its own counts and the rejected and unchanged rows of its
 * scope sum to the rows of the scope. Returns the faults as texts; none is right.
 */
export function checkSums(scopes: readonly ScopeCounts[], steps: readonly StepCounts[]): string[] {
  const faults: string[] = [];
  for (const step of steps) {
    const own = listedRows(step);
    const scope = scopes.find((candidate) => candidate.name === step.scope);
    if (scope === undefined) {
      // A script that failed midway leaves no scope for its later steps; they have no rows then.
      if (own > 0) faults.push(`step "${step.name}" counts ${own} rows of scope "${step.scope}", which does not exist`);
      continue;
    }
    const sum = own + scope.rejected + scope.unchangedByDiff;
    if (sum !== scope.rows) {
      faults.push(
        `step "${step.name}": ${own} rows by status + ${scope.rejected} rejected + ${scope.unchangedByDiff} unchanged ` +
          `by the diff check = ${sum}, but scope "${scope.name}" has ${scope.rows} rows`,
      );
    }
  }
  return faults;
}
