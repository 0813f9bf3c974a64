import { setImmediate } from 'node:timers/promises';
import type { ScopeRow } from '../../core/model/stages.ts';
import type { NewOption, RowPlan } from '../../core/planner/plan.ts';
import { planRow } from '../../core/planner/plan-row.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import type { PlainCreate, PlainRows } from './plain-rows.ts';
import type { RecordStore } from './record-store.ts';

/** Options that rows have added to fields of the step's object, and that a plan that is thrown away must take back. */
export interface AddedOptions {
  has(field: string, label: string): boolean;
  add(field: string, label: string): void;
  remove(field: string, label: string): void;
}

export interface PlanContext {
  readonly compiled: CompiledStep;
  /** Null where every row has to be looked into. */
  readonly plain: PlainRows | null;
  readonly newId: (row: number) => string;
  readonly addedOptions: AddedOptions;
}

/** Rows that are planned before whatever waits for the processor gets a turn: sockets starve otherwise. */
const ROWS_OF_A_TURN = 256;

/** Takes the plans of rows, in their order. */
export interface PlanTaker {
  add(plan: RowPlan): void;
  addPlain(plan: PlainCreate): void;
}

/**
 * Plans rows in their order; `store` takes what they write, so that each sees the rows before it. A plan is handed to
 * `taker` and not kept.
 *
 * @param keys of the rows, as `plain` gives them
 * @returns the options that these rows were the first to add
 */
export async function planRows(
  { compiled, plain, newId, addedOptions }: PlanContext,
  rows: readonly ScopeRow[],
  keys: readonly (readonly (string | null)[] | null)[],
  store: RecordStore,
  taker: PlanTaker,
): Promise<readonly NewOption[]> {
  const added: NewOption[] = [];
  let count = 0;
  for (const [place, row] of rows.entries()) {
    if (count === ROWS_OF_A_TURN) {
      await setImmediate();
      count = 0;
    }
    count += 1;
    const known = keys[place] ?? null;
    const quick = known === null ? null : (plain?.plan(row, known, newId, store) ?? null);
    if (quick !== null) {
      store.putNew(quick.record, quick.recordKeys);
      taker.addPlain(quick);
      continue;
    }
    const plan = planRow(compiled, row, newId(row.row), store);
    for (const option of plan.newOptions) {
      if (addedOptions.has(option.field, option.label)) continue;
      addedOptions.add(option.field, option.label);
      added.push(option);
    }
    store.apply(plan);
    taker.add(plan);
  }
  return added;
}

/** SQLSTATE classes with which PostgreSQL refuses the data itself: data exception, integrity, check, raised by a trigger. */
export function isRefusal(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(22|23|44|P0)/.test(error.code) || ['54000', '42501'].includes(error.code);
}

/** What becomes of a row that PostgreSQL refused. */
export function refuse(plan: RowPlan, error: Error & { code: string }): RowPlan {
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
