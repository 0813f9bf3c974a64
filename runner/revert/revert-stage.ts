import type { ClientBase } from 'pg';
import type { ConnectorModel, StepModel } from '../../core/model/connector.ts';
import type { ObjectModel } from '../../core/model/object.ts';
import type { RowPlan } from '../../core/planner/plan.ts';
import type { ExecutionFiles } from '../artifacts/execution-files.ts';
import { checkFence, type Execution } from '../executions/executions.ts';
import { inFencedTransaction } from '../executions/fenced-transaction.ts';
import { buildChunkStore, buildPredictionStore, deleteChunks } from '../load/chunk-store.ts';
import type { LoadEnd, ChunkPorts } from '../load/run-pass.ts';
import { readEffectChunks, type EffectChunk } from './effects.ts';
import { buildRevertRecord, revertChunk } from './revert-chunk.ts';
import { readRevertTable, type RevertTable } from './revert-records.ts';

export interface RevertRequest {
  /** The revert. */
  readonly execution: Execution;
  readonly revertedId: string;
  /** Objects as the reverted execution knew them. */
  readonly originals: readonly ObjectModel[];
  readonly files: ExecutionFiles;
}

/** The pass over all steps and chunks that dry and live share. */
interface Pass {
  readonly request: RevertRequest;
  readonly ports: ChunkPorts;
  /** Where records are read and written. */
  readonly client: ClientBase;
  readonly finished: (step: StepModel) => Promise<ReadonlySet<number>>;
  /** Does one chunk, and stores its checkpoint; tells whether the revert is to stop instead. */
  readonly chunk: (step: StepModel, table: RevertTable | null, chunk: EffectChunk) => Promise<'Done' | 'Stop'>;
}

/** Reverts chunk by chunk, each a transaction; chunks that an earlier attempt finished are passed over. */
export function revertLive(request: RevertRequest, ports: ChunkPorts): Promise<LoadEnd> {
  const { client } = ports;
  const { execution, revertedId } = request;
  const store = buildChunkStore(client, execution);
  return runPass({
    request,
    ports,
    client,
    finished: (step) => store.finished(step.index),
    chunk: (step, table, { number, first, effects }) =>
      inFencedTransaction(client, execution, step.object, async () => {
        const context = { client, execution, revertedId, step, table, now: ports.now().toISOString() };
        const plans = await revertChunk(context, effects, first);
        await store.save(step.index, number, await buildRevertRecord(step, plans));
        return 'Done';
      }),
  });
}

/** Predicts everything on one snapshot of the database, in a transaction that PostgreSQL itself holds to reading. */
export async function revertDry(request: RevertRequest, ports: ChunkPorts): Promise<LoadEnd> {
  const { client, side } = ports;
  const { execution, revertedId } = request;
  await deleteChunks(side, execution.id);
  const store = buildPredictionStore(side, execution);
  await client.query(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'",
  );
  try {
    return await runPass({
      request,
      ports,
      client,
      finished: () => Promise.resolve(new Set()),
      chunk: async (step, table, { number, first, effects }) => {
        if ((await checkFence(side, execution)).cancelRequested) return 'Stop';
        const plans: RowPlan[] = await revertChunk(
          { client, execution, revertedId, step, table, now: null },
          effects,
          first,
        );
        await store.save(step.index, number, await buildRevertRecord(step, plans));
        return 'Done';
      },
    });
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

async function runPass({ request, ports, client, finished, chunk }: Pass): Promise<LoadEnd> {
  const { execution, originals, files } = request;
  const connector: ConnectorModel = execution.snapshot.connector;
  for (const step of connector.steps) {
    const original = originals.find((one) => one.name === step.object.name) ?? null;
    const table = await readRevertTable(client, step.object, original);
    const done = await finished(step);
    let rowsDone = 0;
    for await (const part of readEffectChunks(files.effects(step.scope), execution.chunkRows)) {
      if (!done.has(part.number)) {
        if (ports.stopRequested()) return { kind: 'Stopped' };
        if ((await chunk(step, table, part)) === 'Stop') return { kind: 'Stopped' };
      }
      rowsDone += part.effects.length;
      ports.onProgress(step, rowsDone);
    }
  }
  return { kind: 'Completed' };
}
