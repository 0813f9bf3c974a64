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

/** What loading itself has to say, with counts. */
export function buildLoadWarnings(steps: readonly StepModel[], totals: readonly StepTotals[]): RunWarning[] {
  const warnings: RunWarning[] = [];
  for (const step of steps) {
    const count = totals.find((one) => one.step === step.index)?.warnings['Unresolved'] ?? 0;
    if (count === 0) continue;
    const message = `step ${step.name}: references of these rows were left blank, because their record was not found`;
    warnings.push({ code: 'Unresolved', message, count });
  }
  return warnings;
}
