import type { ClientBase } from 'pg';
import type { ParentRow } from '../../core/planner/plan.ts';
import { checkFence, type Execution } from '../executions/executions.ts';
import { durably } from '../faults/fault-point.ts';
import { readChunkBytes, type ChunkBytes } from './chunk-bytes.ts';
import type { StatusCounts } from './outcomes.ts';
import { addCounts } from './outcomes.ts';
import { decodeRowStates, type RowState } from './row-states.ts';

/** Under which a chunk counts its rows with warnings of any code. */
export const WARNED_ROWS = 'rows';

/** A chunk that is done: its checkpoint, counts and outcomes. */
export interface ChunkRecord {
  readonly rows: number;
  readonly counts: StatusCounts;
  /** Rows by the code of a warning that loading itself gave, and WARNED_ROWS. */
  readonly warnings: Readonly<Record<string, number>>;
  readonly rowStates: Buffer;
  /** NDJSON, one gzip member. */
  readonly outcomes: Buffer;
}

/** Where finished chunks are kept. */
export interface ChunkStore {
  /** Numbers of the chunks of a step that are done. */
  finished(step: number): Promise<ReadonlySet<number>>;
  parents(step: number, chunk: number): Promise<ReadonlyMap<number, ParentRow>>;
  save(step: number, chunk: number, record: ChunkRecord): Promise<void>;
}

/**
 * Chunks in PostgreSQL.
 *
 * @param client in a live run, the transaction that also writes the records
 * @param reader what reads chunks of earlier steps, which are all committed
 */
export function buildChunkStore(client: ClientBase, execution: Execution, reader = client): ChunkStore {
  return {
    finished: async (step) => {
      const result = await client.query<{ chunk: number }>(
        'SELECT chunk FROM smartconnector.chunk WHERE execution_id = $1 AND step = $2',
        [execution.id, step],
      );
      return new Set(result.rows.map((row) => row.chunk));
    },
    parents: async (step, chunk) => {
      const result = await reader.query<{ row_states: Buffer }>(
        'SELECT row_states FROM smartconnector.chunk WHERE execution_id = $1 AND step = $2 AND chunk = $3',
        [execution.id, step, chunk],
      );
      return byRow(result.rows[0]?.row_states ?? Buffer.alloc(0));
    },
    save: async (step, chunk, record) => {
      await client.query(
        `INSERT INTO smartconnector.chunk (execution_id, step, chunk, attempt, row_count, counts, warnings, row_states, outcomes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          execution.id,
          step,
          chunk,
          execution.attempt,
          record.rows,
          JSON.stringify(record.counts),
          JSON.stringify(record.warnings),
          record.rowStates,
          record.outcomes,
        ],
      );
    },
  };
}

/**
 * As buildChunkStore, for the chunks of a dry run: a transaction for each, on a session of its own, which no attempt that
 * was taken over commits.
 */
export function buildPredictionStore(client: ClientBase, execution: Execution): ChunkStore {
  const store = buildChunkStore(client, execution);
  return {
    ...store,
    save: async (step, chunk, record) => {
      await client.query('BEGIN');
      try {
        await checkFence(client, execution);
        await store.save(step, chunk, record);
        await durably('predicted-chunk', () => client.query('COMMIT'));
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
}

/** Chunks of a plan that nobody will see: only what later steps ask of them is kept. */
export function buildMemoryChunkStore(
  parentSteps: ReadonlySet<number>,
): ChunkStore & { readonly totals: Map<number, StatusCounts> } {
  const states = new Map<string, Buffer>();
  const totals = new Map<number, StatusCounts>();
  return {
    totals,
    finished: () => Promise.resolve(new Set<number>()),
    parents: (step, chunk) => Promise.resolve(byRow(states.get(`${step}/${chunk}`) ?? Buffer.alloc(0))),
    save: (step, chunk, record) => {
      totals.set(step, addCounts(totals.get(step) ?? {}, record.counts));
      if (parentSteps.has(step)) states.set(`${step}/${chunk}`, record.rowStates);
      return Promise.resolve();
    },
  };
}

function byRow(bytes: Buffer): Map<number, RowState> {
  return new Map(decodeRowStates(bytes).map((state) => [state.row, state]));
}

/** Sums over the finished chunks of an execution, by step. */
export interface StepTotals {
  readonly step: number;
  readonly rows: number;
  readonly chunks: number;
  readonly counts: StatusCounts;
  readonly warnings: Readonly<Record<string, number>>;
}

export async function sumChunks(client: ClientBase, executionId: string): Promise<StepTotals[]> {
  const result = await client.query<{
    step: number;
    row_count: number;
    counts: StatusCounts;
    warnings: Record<string, number>;
  }>(
    'SELECT step, row_count, counts, warnings FROM smartconnector.chunk WHERE execution_id = $1 ORDER BY step, chunk',
    [executionId],
  );
  const totals = new Map<number, StepTotals>();
  for (const row of result.rows) {
    const sum = totals.get(row.step) ?? { step: row.step, rows: 0, chunks: 0, counts: {}, warnings: {} };
    const warnings: Record<string, number> = { ...sum.warnings };
    for (const [code, count] of Object.entries(row.warnings)) warnings[code] = (warnings[code] ?? 0) + count;
    totals.set(row.step, {
      step: row.step,
      rows: sum.rows + row.row_count,
      chunks: sum.chunks + 1,
      counts: addCounts(sum.counts, row.counts),
      warnings,
    });
  }
  return [...totals.values()];
}

/** The outcomes of a step's finished chunks, as gzip members. */
export function readOutcomeMembers(
  client: ClientBase,
  executionId: string,
  step: number,
): AsyncGenerator<ChunkBytes, void, undefined> {
  return readChunkBytes(client, executionId, step, 'outcomes');
}

/** Encoded row states of a step's finished chunks. */
export async function* readStateBytes(client: ClientBase, executionId: string, step: number): AsyncGenerator<Buffer> {
  for await (const { bytes } of readChunkBytes(client, executionId, step, 'row_states')) yield bytes;
}

/** Forgets the chunks of a dry run that died: what it had laid over the tables is gone with its session. */
export async function deleteChunks(client: ClientBase, executionId: string): Promise<void> {
  await durably('forgotten-chunks', () =>
    client.query('DELETE FROM smartconnector.chunk WHERE execution_id = $1', [executionId]),
  );
}
