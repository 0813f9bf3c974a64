import type { StepModel } from '../../core/model/connector.ts';
import type { PlainColumn } from '../../core/planner/plain-step.ts';
import { rankOf } from '../../core/report/problem-order.ts';
import type { PlanTaker } from './chunk.ts';
import { WARNED_ROWS, type ChunkRecord } from './chunk-store.ts';
import type { RecordIds } from '../../core/planner/record-id.ts';
import { LineBytes } from './line-bytes.ts';
import { addCounts, compileOutcomeLines, compressOutcomes, type StatusCounts } from './outcomes.ts';
import { compilePlainOutcomes } from './plain-outcomes.ts';
import { compileUpdateOutcomes } from './plain-update-lines.ts';
import type { UpdateColumn } from './plain-update.ts';
import { BytePool } from './row-bytes.ts';
import { RowStates } from './row-states.ts';

/** What is kept of a chunk, gathered row by row: counts, row states and outcomes. */
export interface GatheredRecord extends PlanTaker {
  finish(): Promise<ChunkRecord>;
}

/** Makes the gatherer of chunks of a step; `rows` is the most that a chunk has. */
export type OpenRecord = (rows: number) => GatheredRecord;

/** The columns of the rows that are planned without a look at their values, and the ids that the step gives. */
export interface PlainShape {
  readonly columns: readonly PlainColumn[];
  /** Empty where a row that matches a record is planned in full. */
  readonly updates: readonly UpdateColumn[];
  readonly ids: RecordIds;
}

export function compileChunkRecord(step: StepModel, { columns, updates, ids }: PlainShape): OpenRecord {
  const fields = step.mappings.map((mapping) => mapping.field);
  const line = compileOutcomeLines(step, fields);
  const plainLine = compilePlainOutcomes(step, columns, ids);
  const updateLine = compileUpdateOutcomes(step, updates, columns);
  const pool = new BytePool();
  return (rows) => {
    const counts = gatherCounts(rows, ids);
    const lines = new LineBytes(pool);
    return {
      add: (plan) => {
        counts.add(plan);
        lines.push(line(plan));
      },
      addPlain: (plan) => {
        counts.addPlain(plan);
        plainLine(plan, lines);
      },
      addUpdate: (plan) => {
        counts.addUpdate(plan);
        updateLine(plan, lines);
      },
      finish: async () => {
        const outcomes = await compressOutcomes(lines.whole());
        lines.release();
        return { ...counts.finish(), outcomes };
      },
    };
  };
}

const NOTHING = Buffer.alloc(0);

/** As compileChunkRecord, for a plan whose outcomes nobody will read. */
export function compileChunkCounts(_step: StepModel, { ids }: PlainShape): OpenRecord {
  return (rows) => {
    const counts = gatherCounts(rows, ids);
    return {
      add: (plan) => counts.add(plan),
      addPlain: (plan) => counts.addPlain(plan),
      addUpdate: (plan) => counts.addUpdate(plan),
      finish: () => Promise.resolve({ ...counts.finish(), outcomes: NOTHING }),
    };
  };
}

function gatherCounts(mostRows: number, ids: RecordIds): PlanTaker & { finish(): Omit<ChunkRecord, 'outcomes'> } {
  const states = new RowStates(mostRows);
  const counts: StatusCounts = {};
  let rows = 0;
  let created = 0;
  let updated = 0;
  let unchanged = 0;
  let warned = 0;
  let unresolved = 0;
  return {
    add: (plan) => {
      rows += 1;
      counts[plan.status] = (counts[plan.status] ?? 0) + 1;
      states.add(plan);
      if (plan.warnings.length === 0) return;
      if (rankOf(plan) === 'Warned') warned += 1;
      if (plan.warnings.some((warning) => warning.code === 'Unresolved')) unresolved += 1;
    },
    addPlain: ({ row }) => {
      rows += 1;
      created += 1;
      states.addCreated(row, ids);
    },
    addUpdate: ({ row, held, line, isChanged }) => {
      rows += 1;
      if (isChanged) updated += 1;
      else unchanged += 1;
      states.addHeld(row, isChanged ? 'Updated' : 'Unchanged', held.bytes, held.starts[line] ?? 0);
    },
    finish: () => ({
      rows,
      counts: addCounts(counts, {
        ...(created > 0 && { Created: created }),
        ...(updated > 0 && { Updated: updated }),
        ...(unchanged > 0 && { Unchanged: unchanged }),
      }),
      warnings: { Unresolved: unresolved, [WARNED_ROWS]: warned },
      rowStates: states.bytes,
    }),
  };
}
