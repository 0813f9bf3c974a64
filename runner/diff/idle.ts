import type { Execution } from '../executions/executions.ts';
import type { StepTotals } from '../load/chunk-store.ts';
import type { StoredBaseline } from './baseline-store.ts';

/**
 * Whether an execution surely leaves the baseline of a scope as it is: it reached no record of its objects, and where it
 * ended well it saw every row of the baseline again.
 *
 * @param signature of the scope, by the connector of the execution
 * @param totals of its steps that read the scope, or a scope whose rows may reach the same records
 */
export function isIdle(
  { reverts, overtaken, phase, scopes }: Pick<Execution, 'reverts' | 'overtaken' | 'phase' | 'scopes'>,
  signature: string,
  scope: string,
  totals: readonly Pick<StepTotals, 'rows' | 'counts'>[],
  stored: Pick<StoredBaseline, 'signature' | 'totals'>,
): boolean {
  if (reverts !== null || overtaken || signature !== stored.signature) return false;
  if (totals.some(({ rows, counts }) => rows > (counts.Rejected ?? 0))) return false;
  if (phase !== 'Succeeded' && phase !== 'PartialSuccess') return true;
  const table = scopes?.scopes.find(({ name }) => name === scope || scope === '');
  if (table === undefined || stored.totals === null) return false;
  return table.unchangedByDiff === stored.totals.count && table.unchangedHashSum === stored.totals.sum;
}
