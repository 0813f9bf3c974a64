import type { StepModel } from '../../core/model/connector.ts';
import type { RowPlan } from '../../core/planner/plan.ts';
import { rankOf } from '../../core/report/problem-order.ts';
import { WARNED_ROWS, type ChunkRecord } from './chunk-store.ts';
import { compileOutcomeLines, compressOutcomes, countStatuses } from './outcomes.ts';
import { encodeRowStates } from './row-states.ts';

const NOTHING = Buffer.alloc(0);

/** Makes what is kept of a chunk of a step: counts, row states and outcomes. */
export function compileChunkRecord(step: StepModel): (plans: readonly RowPlan[]) => Promise<ChunkRecord> {
  const line = compileOutcomeLines(
    step,
    step.mappings.map((mapping) => mapping.field),
  );
  return async (plans) => {
    let lines = '';
    for (const plan of plans) lines += line(plan);
    return { ...summarize(plans), outcomes: await compressOutcomes(lines) };
  };
}

/** As compileChunkRecord, for a plan whose outcomes nobody will read. */
export function compileChunkCounts(): (plans: readonly RowPlan[]) => Promise<ChunkRecord> {
  return (plans) => Promise.resolve({ ...summarize(plans), outcomes: NOTHING });
}

function summarize(plans: readonly RowPlan[]): Omit<ChunkRecord, 'outcomes'> {
  const warned = plans.filter((plan) => plan.warnings.length > 0);
  const unresolved = warned.filter((plan) => plan.warnings.some((warning) => warning.code === 'Unresolved'));
  return {
    rows: plans.length,
    counts: countStatuses(plans),
    warnings: {
      Unresolved: unresolved.length,
      [WARNED_ROWS]: plans.filter((plan) => rankOf(plan) === 'Warned').length,
    },
    rowStates: encodeRowStates(plans),
  };
}
