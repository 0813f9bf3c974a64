import { setImmediate } from 'node:timers/promises';
import type { ScopeRow } from '../../core/model/stages.ts';
import type { NewOption, RowPlan } from '../../core/planner/plan.ts';
import { planRow } from '../../core/planner/plan-row.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import type { PlainChunk } from './plain-chunk.ts';
import type { PlainCreate, PlainUpdate } from './plain-rows.ts';
import type { RecordStore } from './record-store.ts';

/** Options that rows have added to fields of the step's object, and that a plan that is thrown away must take back. */
export interface AddedOptions {
  has(field: string, label: string): boolean;
  add(field: string, label: string): void;
  remove(field: string, label: string): void;
}

export interface PlanContext {
  readonly compiled: CompiledStep;
  readonly newId: (row: number) => string;
  readonly addedOptions: AddedOptions;
}

/** Effort that goes by before whatever waits for the processor gets a turn: sockets starve otherwise. */
const EFFORT_OF_A_TURN = 256;
/** Of a row that is planned in full, where that of a plain one is 1. */
const FULL_EFFORT = 16;

/** Takes the plans of rows, in their order. */
export interface PlanTaker {
  add(plan: RowPlan): void;
  /** The plan holds until this returns. */
  addPlain(plan: PlainCreate): void;
  /** The plan holds until this returns. */
  addUpdate(plan: PlainUpdate): void;
}

/** Rows that are planned one after another. */
export interface PlannedRows {
  readonly length: number;
  row(place: number): ScopeRow;
  /** Null where every row has to be looked into. */
  readonly plain: PlainChunk | null;
}

/**
 * Plans rows in their order; `store` takes what they write, so that each sees the rows before it. A plan is handed to
 * `taker` and not kept.
 *
 * @returns the options that these rows were the first to add
 */
export async function planRows(
  { compiled, newId, addedOptions }: PlanContext,
  rows: PlannedRows,
  store: RecordStore,
  taker: PlanTaker,
): Promise<readonly NewOption[]> {
  const added: NewOption[] = [];
  const { plain } = rows;
  let effort = 0;
  for (let place = 0; place < rows.length; place += 1) {
    if (effort >= EFFORT_OF_A_TURN) {
      await setImmediate();
      effort = 0;
    }
    const quick = plain === null ? null : plain.create(place, store);
    if (quick !== null) {
      effort += 1;
      taker.addPlain(quick);
      continue;
    }
    const update = plain === null ? null : plain.update(place, store);
    if (update !== null) {
      effort += 1;
      taker.addUpdate(update);
      continue;
    }
    effort += FULL_EFFORT;
    const row = rows.row(place);
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
