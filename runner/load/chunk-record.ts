import type { StepModel } from '../../core/model/connector.ts';
import type { RowPlan } from '../../core/planner/plan.ts';
import { rankOf } from '../../core/report/problem-order.ts';
import { WARNED_ROWS, type ChunkRecord } from './chunk-store.ts';
import { compileOutcomeLines, compressOutcomes, type StatusCounts } from './outcomes.ts';
import { RowStates } from './row-states.ts';

/** What is kept of a chunk, gathered row by row: counts, row states and outcomes. */
export interface GatheredRecord {
  add(plan: RowPlan): void;
  finish(): Promise<ChunkRecord>;
}

/** Makes the gatherer of chunks of a step; `rows` is the most that a chunk has. */
export type OpenRecord = (rows: number) => GatheredRecord;

/** Lines that are joined into one text at a time: a text of thousands of parts takes a pass of its own to read. */
const LINES_OF_A_PART = 256;

export function compileChunkRecord(step: StepModel): OpenRecord {
  const line = compileOutcomeLines(
    step,
    step.mappings.map((mapping) => mapping.field),
  );
  return (rows) => {
    const counts = gatherCounts(rows);
    const parts: Buffer[] = [];
    let lines: string[] = [];
    const close = (): void => {
      parts.push(Buffer.from(lines.join(''), 'utf8'));
      lines = [];
    };
    return {
      add: (plan) => {
        counts.add(plan);
        lines.push(line(plan));
        if (lines.length === LINES_OF_A_PART) close();
      },
      finish: async () => {
        close();
        return { ...counts.finish(), outcomes: await compressOutcomes(Buffer.concat(parts)) };
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
      finish: () => Promise.resolve({ ...counts.finish(), outcomes: NOTHING }),
    };
  };
}

function gatherCounts(mostRows: number): { add(plan: RowPlan): void; finish(): Omit<ChunkRecord, 'outcomes'> } {
  const states = new RowStates(mostRows);
  const counts: StatusCounts = {};
  let rows = 0;
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
    finish: () => ({
      rows,
      counts,
      warnings: { Unresolved: unresolved, [WARNED_ROWS]: warned },
      rowStates: states.bytes,
    }),
  };
}
