import type { StepModel } from '../../core/model/connector.ts';
import type { RunWarning, ScopeCounts, StepCounts } from '../../core/model/outcome.ts';
import type { StepTotals } from '../load/chunk-store.ts';
import type { StatusCounts } from '../load/outcomes.ts';

/** Counts of a step; rows that no chunk holds were not processed. */
export function buildStepCounts(step: StepModel, scope: ScopeCounts | null, counts: StatusCounts): StepCounts {
  const done = {
    created: counts.Created ?? 0,
    updated: counts.Updated ?? 0,
    unarchived: counts.Unarchived ?? 0,
    unchanged: counts.Unchanged ?? 0,
    skippedByRule: counts.SkippedByRule ?? 0,
    skippedAmbiguous: counts.SkippedAmbiguous ?? 0,
    failed: counts.Failed ?? 0,
  };
  const loadable = scope === null ? 0 : scope.rows - scope.rejected - scope.unchangedByDiff;
  const processed = Object.values(done).reduce((sum, count) => sum + count, 0);
  return {
    name: step.name,
    object: step.object.name,
    scope: step.scope,
    ...done,
    notProcessed: loadable - processed,
  };
}

/** What loading and reverting say of rows by themselves, by the code of the warning. */
const LOAD_WARNINGS: Readonly<Record<string, string>> = {
  Unresolved: 'references of these rows were left blank, because their record was not found',
  ChangedSince: 'of these records something was changed since, and left as it is',
  ArchivedSince: 'these records were archived since; their values were restored all the same',
  FieldGone: 'these records had values in fields that the object no longer has',
};

/** What loading itself has to say, with counts. */
export function buildLoadWarnings(steps: readonly StepModel[], totals: readonly StepTotals[]): RunWarning[] {
  return steps.flatMap((step) =>
    Object.entries(LOAD_WARNINGS).flatMap(([code, message]) => {
      const count = totals.find((one) => one.step === step.index)?.warnings[code] ?? 0;
      return count === 0 ? [] : [{ code, message: `step ${step.name}: ${message}`, count }];
    }),
  );
}
