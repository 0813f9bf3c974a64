import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { RowPlan } from '../../core/planner/plan.ts';
import { rankOf } from '../../core/report/problem-order.ts';
import type { NetEffect } from '../../core/revert/net-effect.ts';
import { planRevert } from '../../core/revert/plan-revert.ts';
import type { Execution } from '../executions/executions.ts';
import { isRefusal, refuse } from '../load/chunk.ts';
import { WARNED_ROWS, type ChunkRecord } from '../load/chunk-store.ts';
import { buildOutcome, countStatuses, encodeOutcomes } from '../load/outcomes.ts';
import { encodeRowStates } from '../load/row-states.ts';
import { writeRevertEvents } from './revert-events.ts';
import { fetchCurrent, writeRestored, type RevertTable } from './revert-records.ts';

export interface RevertChunkContext {
  readonly client: ClientBase;
  /** The revert. */
  readonly execution: Execution;
  readonly revertedId: string;
  readonly step: StepModel;
  /** Null: the table is no longer there. */
  readonly table: RevertTable | null;
  /** ISO 8601; null in a dry run, which writes nothing. */
  readonly now: string | null;
}

/**
 * Plans and writes records, inside the caller's transaction. Where PostgreSQL refuses the write, the records are taken in
 * halves, down to the one at fault, which fails and carries the reason.
 *
 * @param first the number of the first record in the revert
 */
export async function revertChunk(
  context: RevertChunkContext,
  effects: readonly NetEffect[],
  first: number,
): Promise<RowPlan[]> {
  const { client, table, revertedId } = context;
  const ids = effects.map((effect) => effect.record);
  const current = await fetchCurrent(client, table, ids, revertedId, context.now !== null);
  const fields = table?.fields ?? new Map<string, never>();
  const plans = effects.map((effect, index) =>
    planRevert(effect, first + index, fields, current.get(effect.record) ?? null),
  );
  const writes = plans.flatMap(({ write }) => write ?? []);
  const rows = plans.map(({ plan }) => plan);
  if (context.now === null || table === null || writes.length === 0) return rows;
  await client.query('SAVEPOINT chunk');
  try {
    await writeRestored(client, table, writes, current, context.execution.id, context.now);
    await writeRevertEvents(client, context.execution, context.step, plans);
    await client.query('RELEASE SAVEPOINT chunk');
    return rows;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT chunk');
    await client.query('RELEASE SAVEPOINT chunk');
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) return [refuse(only, error)];
  }
  const middle = Math.ceil(effects.length / 2);
  const start = await revertChunk(context, effects.slice(0, middle), first);
  return [...start, ...(await revertChunk(context, effects.slice(middle), first + middle))];
}

/** What a chunk leaves: counts, warnings by code, and the outcome of every record. */
export async function buildRevertRecord(step: StepModel, plans: readonly RowPlan[]): Promise<ChunkRecord> {
  const warnings: Record<string, number> = {};
  for (const plan of plans) {
    for (const code of new Set(plan.warnings.map((warning) => warning.code)))
      warnings[code] = (warnings[code] ?? 0) + 1;
    if (rankOf(plan) === 'Warned') warnings[WARNED_ROWS] = (warnings[WARNED_ROWS] ?? 0) + 1;
  }
  return {
    rows: plans.length,
    counts: countStatuses(plans),
    warnings,
    rowStates: encodeRowStates(plans),
    outcomes: await encodeOutcomes(plans.map((plan) => buildOutcome(step, plan))),
  };
}
