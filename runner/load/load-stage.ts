import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import { checkFence } from '../executions/executions.ts';
import { CHUNK_SETTINGS, inFencedTransaction } from '../executions/fenced-transaction.ts';
import { readObjectChange } from '../postgres/object-lock.ts';
import { asConnection } from '../postgres/pool.ts';
import { readAddedOptions } from './added-options.ts';
import { isRefusal } from './chunk.ts';
import { compileChunkCounts, compileChunkRecord, type PlainShape } from './chunk-record.ts';
import {
  buildChunkStore,
  buildMemoryChunkStore,
  buildPredictionStore,
  deleteChunks,
  type ChunkStore,
} from './chunk-store.ts';
import { gatherLive } from './live-writes.ts';
import { overlayName, relationOf, renderOverlayTable, type ObjectRelation } from './object-relation.ts';
import type { StatusCounts } from './outcomes.ts';
import { readRelations } from './relations.ts';
import { runPass, type LivePorts, type LoadEnd, type LoadPorts, type LoadRequest, type Pass } from './run-pass.ts';
import type { BytePool } from './row-bytes.ts';
import type { GatheredChunk } from './step-ports.ts';
import { gatherOverlay } from './write-records.ts';

/** Loads every step of a live run, chunk by chunk; chunks that an earlier attempt finished are passed over. */
export async function runLive(request: LoadRequest, ports: LivePorts): Promise<LoadEnd> {
  const { client, ahead } = ports;
  const { execution } = request;
  const relations = await readRelations(client, request.connector, request.objects, null);
  const options = await readAddedOptions(client, request.objects);
  return runPass({
    request,
    client,
    relations,
    options,
    store: buildChunkStore(client, execution, ahead),
    stopRequested: ports.stopRequested,
    onProgress: ports.onProgress,
    compileRecord: compileChunkRecord,
    tracksNewTables: true,
    ports: ({ step }, plain, pool) => ({
      look: async (work, onSnapshot) => {
        await ahead.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${CHUNK_SETTINGS}`);
        try {
          // The first statement takes the snapshot for all.
          const change = await readObjectChange(asConnection(ahead), step.object);
          onSnapshot();
          return await work(ahead, change);
        } finally {
          // Nothing was written; a connection that broke fails the next statement.
          await ahead.query('ROLLBACK').catch(() => undefined);
        }
      },
      transaction: async (basis, work) => {
        try {
          return await inFencedTransaction(client, execution, step.object, async (change) => {
            if (basis !== null && change !== basis.nextChange) return 'Redo';
            await work();
            return 'Done';
          });
        } catch (error) {
          if (basis !== null && isRefusal(error)) return 'Redo';
          throw error;
        }
      },
      ensureIndexes: () => ports.ensureIndexes(step.object),
      reloadOptions: () => options.reload(step.object),
      openWrites: () => gatherLive({ client, relations, execution, step, plain, pool, now: ports.now().toISOString() }),
    }),
  });
}

/**
 * Predicts every step on one snapshot of the database, in a transaction that PostgreSQL itself holds to reading: only
 * temporary tables are written. Takes no lock that a writer waits for.
 */
export async function runDry(request: LoadRequest, ports: LoadPorts): Promise<LoadEnd> {
  await deleteChunks(ports.side, request.execution.id);
  const store = buildPredictionStore(ports.side, request.execution);
  return predict(
    request,
    ports,
    store,
    compileChunkRecord,
    async () => (await checkFence(ports.side, request.execution)).cancelRequested,
  );
}

/** The counts that a run would come to, by step index, without a trace. What `abortIf` is judged on. */
export async function planCounts(
  request: LoadRequest,
  ports: LoadPorts,
): Promise<{ readonly end: LoadEnd; readonly totals: ReadonlyMap<number, StatusCounts> }> {
  const parents = new Set(request.connector.steps.map((step) => step.index));
  const store = buildMemoryChunkStore(parents);
  const end = await predict(request, ports, store, compileChunkCounts, () => Promise.resolve(false));
  return { end, totals: store.totals };
}

async function predict(
  request: LoadRequest,
  ports: LoadPorts,
  store: ChunkStore,
  compileRecord: Pass['compileRecord'],
  isCancelled: () => Promise<boolean>,
): Promise<LoadEnd> {
  const { client } = ports;
  await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; ${CHUNK_SETTINGS}`);
  try {
    const relations = await readRelations(client, request.connector, request.objects, (index) => overlayName(index));
    const options = await readAddedOptions(client, request.objects);
    for (const relation of relations.values()) {
      if (relation.overlay === null) continue;
      for (const statement of renderOverlayTable(relation, relation.overlay)) await client.query(statement);
    }
    await client.query('SET TRANSACTION READ ONLY');
    return await runPass({
      request,
      client,
      relations,
      options,
      store,
      stopRequested: ports.stopRequested,
      onProgress: ports.onProgress,
      compileRecord,
      tracksNewTables: false,
      ports: ({ step }, plain, pool) => ({
        // One snapshot: nobody else writes what it sees.
        look: (work) => work(client, null),
        transaction: async (basis, work) => {
          if (await isCancelled()) return 'Stop';
          await client.query('SAVEPOINT chunk');
          try {
            await work();
          } catch (error) {
            if (basis === null || !isRefusal(error)) throw error;
            await client.query('ROLLBACK TO SAVEPOINT chunk');
            return 'Redo';
          } finally {
            await client.query('RELEASE SAVEPOINT chunk').catch(() => undefined);
          }
          return 'Done';
        },
        ensureIndexes: () => Promise.resolve(),
        reloadOptions: () => Promise.resolve(),
        openWrites: () => gatherDry(client, relations, step, plain, pool),
      }),
    });
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

/** What a dry run would write is laid over the table, where later rows see it. */
function gatherDry(
  client: ClientBase,
  relations: ReadonlyMap<string, ObjectRelation>,
  { object }: StepModel,
  plain: PlainShape,
  pool: BytePool,
): GatheredChunk {
  const records = gatherOverlay(relationOf(relations, object), plain, pool);
  return {
    add: ({ write }) => {
      if (write !== null) records.add(write);
    },
    addPlain: (plan) => records.addPlain(plan),
    addUpdate: (plan) => records.addUpdate(plan),
    send: async () => {
      if (!records.isEmpty) await records.send(client);
    },
    release: () => records.release(),
  };
}
