import type { AbortLimit } from '../../core/model/connector.ts';
import type { RunError } from '../../core/model/run-result.ts';
import type { ScopeCounts, StepCounts } from '../../core/model/outcome.ts';

/**
 * Judges a plan by the connector's `abortIf`. A limit is crossed by strictly more rows of a step than it names, as a
 * number or as a percentage of the rows of the step's scope.
 */
export function judgeLimits(
  limits: readonly AbortLimit[],
  steps: readonly StepCounts[],
  scopes: readonly ScopeCounts[],
): RunError | null {
  const details = steps.flatMap((step) => {
    const scope = scopes.find((one) => one.name === step.scope);
    return limits.flatMap((limit) => {
      const count = limit.count === 'rejected' ? (scope?.rejected ?? 0) : step[limit.count];
      const rows = scope?.rows ?? 0;
      const message = crossed(limit, count, rows);
      if (message === null) return [];
      return [
        {
          path: `spec.abortIf.${limit.count}`,
          message: `step ${step.name}: ${message}`,
          hint: 'look at a dry run without the limit, then mend the file or raise the limit',
        },
      ];
    });
  });
  if (details.length === 0) return null;
  return { code: 'Aborted', message: 'the plan crosses a limit of abortIf, so nothing was written', details };
}

function crossed(limit: AbortLimit, count: number, rows: number): string | null {
  if (limit.rows !== null && count > limit.rows) {
    return `${count} rows would be ${limit.count}, more than ${limit.rows}`;
  }
  if (limit.percent !== null && count * 100 > limit.percent * rows) {
    return `${count} of ${rows} rows would be ${limit.count}, more than ${limit.percent} %`;
  }
  return null;
}
