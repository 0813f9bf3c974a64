import type { StepModel } from '../../core/model/connector.ts';
import type { PlainColumn } from '../../core/planner/plain-step.ts';
import { rankOf } from '../../core/report/problem-order.ts';
import type { PlanTaker } from './chunk.ts';
import { WARNED_ROWS, type ChunkRecord } from './chunk-store.ts';
import { LineBuffer } from './line-buffer.ts';
import { addCounts, compileOutcomeLines, compilePlainLines, compressOutcomes, type StatusCounts } from './outcomes.ts';
import { RowStates } from './row-states.ts';

/** What is kept of a chunk, gathered row by row: counts, row states and outcomes. */
export interface GatheredRecord extends PlanTaker {
  finish(): Promise<ChunkRecord>;
}

/** Makes the gatherer of chunks of a step; `rows` is the most that a chunk has. */
export type OpenRecord = (rows: number) => GatheredRecord;

/** @param columns of the rows that are planned without a look at their values */
export function compileChunkRecord(step: StepModel, columns: readonly PlainColumn[] = []): OpenRecord {
  const fields = step.mappings.map((mapping) => mapping.field);
  const line = compileOutcomeLines(step, fields);
  const plainLine = compilePlainLines(step, columns);
  return (rows) => {
    const counts = gatherCounts(rows);
    const lines = new LineBuffer();
    return {
      add: (plan) => {
        counts.add(plan);
        lines.push(line(plan));
      },
      addPlain: (plan) => {
        counts.addPlain(plan);
        lines.push(plainLine(plan));
      },
      finish: async () => {
        return { ...counts.finish(), outcomes: await compressOutcomes(Buffer.concat(lines.bytes())) };
      },
    };
  };
}

const NOTHING = Buffer.alloc(0);

/** As compileChunkRecord, for a plan whose outcomes nobody will read. */
export function compileChunkCounts(): OpenRecord {
  return (rows) => {
    const counts = gatherCounts(rows);
    return {
      add: (plan) => counts.add(plan),
      addPlain: (plan) => counts.addPlain(plan),
      finish: () => Promise.resolve({ ...counts.finish(), outcomes: NOTHING }),
    };
  };
}

function gatherCounts(mostRows: number): PlanTaker & { finish(): Omit<ChunkRecord, 'outcomes'> } {
  const states = new RowStates(mostRows);
  const counts: StatusCounts = {};
  let rows = 0;
  let created = 0;
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
    addPlain: ({ row, id }) => {
      rows += 1;
      created += 1;
      states.addCreated(row, id);
    },
    finish: () => ({
      rows,
      counts: created === 0 ? counts : addCounts(counts, { Created: created }),
      warnings: { Unresolved: unresolved, [WARNED_ROWS]: warned },
      rowStates: states.bytes,
    }),
  };
}
