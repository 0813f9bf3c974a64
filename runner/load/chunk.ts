import type { ClientBase } from 'pg';
import type { FieldModel } from '../../core/model/object.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import type { ParentRow, RowPlan } from '../../core/planner/plan.ts';
import { planRow } from '../../core/planner/plan-row.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import { fetchStore } from './candidates.ts';
import type { ObjectRelation } from './object-relation.ts';
import { collapseWrites, type FinalRecord } from './write-records.ts';

/** What a chunk needs to know and to do; a dry and a live run differ in `write` and in where `relations` read. */
export interface ChunkContext {
  readonly client: ClientBase;
  readonly compiled: CompiledStep;
  readonly relations: ReadonlyMap<string, ObjectRelation>;
  readonly parents: ReadonlyMap<string, ReadonlyMap<number, ParentRow>>;
  readonly newId: (row: number) => string;
  readonly addedOptions: AddedOptions;
  write(fields: readonly FieldModel[], finals: readonly FinalRecord[], plans: readonly RowPlan[]): Promise<void>;
}

/** Options that rows have added to fields of the step's object, and that a refused part must take back. */
export interface AddedOptions {
  has(field: string, label: string): boolean;
  add(field: string, label: string): void;
  remove(field: string, label: string): void;
}

/** SQLSTATE classes with which PostgreSQL refuses the data itself: data exception, integrity, check, raised by a trigger. */
function isRefusal(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(22|23|44|P0)/.test(error.code) || ['54000', '42501'].includes(error.code);
}

/**
 * Plans and writes rows in their order, inside the caller's transaction. Where PostgreSQL refuses the write, the rows are
 * taken in halves, one after the other, down to the row at fault, which fails and carries the reason: any way of batching
 * gives the same result as one row after another, so halving changes nothing else.
 */
export async function runChunk(context: ChunkContext, rows: readonly ScopeRow[]): Promise<RowPlan[]> {
  const { client, compiled, addedOptions } = context;
  const store = await fetchStore(client, compiled, rows, context.relations, context.parents);
  const added: { field: string; label: string }[] = [];
  const plans = rows.map((row) => {
    const plan = planRow(compiled, row, context.newId(row.row), store);
    for (const option of plan.newOptions) {
      if (addedOptions.has(option.field, option.label)) continue;
      addedOptions.add(option.field, option.label);
      added.push(option);
    }
    store.apply(plan);
    return plan;
  });
  const finals = collapseWrites(plans);
  if (finals.length === 0) return plans;
  await client.query('SAVEPOINT chunk');
  try {
    const fields = compiled.step.mappings.map((mapping) => mapping.field);
    await context.write(fields, finals, plans);
    await client.query('RELEASE SAVEPOINT chunk');
    return plans;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT chunk');
    await client.query('RELEASE SAVEPOINT chunk');
    for (const { field, label } of added) addedOptions.remove(field, label);
    const [plan] = plans;
    if (plans.length === 1 && plan !== undefined) return [refuse(plan, error)];
  }
  const middle = Math.ceil(rows.length / 2);
  const first = await runChunk(context, rows.slice(0, middle));
  return [...first, ...(await runChunk(context, rows.slice(middle)))];
}

function refuse(plan: RowPlan, error: Error & { code: string }): RowPlan {
  const message = `PostgreSQL refused the record (SQLSTATE ${error.code}): ${error.message}`;
  return {
    ...plan,
    status: 'Failed',
    reason: 'DatabaseRefused',
    record: plan.status === 'Created' ? null : plan.record,
    before: null,
    after: null,
    errors: [{ code: 'DatabaseRefused', message }],
    write: null,
    newOptions: [],
  };
}
