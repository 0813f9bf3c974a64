import type { ClientBase } from 'pg';
import type { ConnectorModel, StepModel } from '../../core/model/connector.ts';
import type { ObjectModel } from '../../core/model/object.ts';
import type { ConversionContext } from '../../core/planner/convert.ts';
import { buildRecordIds } from '../../core/planner/record-id.ts';
import { compilePlainStep, type PlainColumn } from '../../core/planner/plain-step.ts';
import { compileStep, type CompiledStep, type RunFacts } from '../../core/planner/step.ts';
import { checkFence, type Execution } from '../executions/executions.ts';
import { CHUNK_SETTINGS, inFencedTransaction } from '../executions/fenced-transaction.ts';
import { readObjectChange } from '../postgres/object-lock.ts';
import { asConnection } from '../postgres/pool.ts';
import { buildAddedOptions, readAddedOptions, type OptionRegistry } from './added-options.ts';
import { isRefusal } from './chunk.ts';
import { indexedFields } from './candidates.ts';
import { compileChunkCounts, compileChunkRecord, type OpenRecord } from './chunk-record.ts';
import {
  buildChunkStore,
  buildMemoryChunkStore,
  buildPredictionStore,
  deleteChunks,
  type ChunkStore,
} from './chunk-store.ts';
import { FreshObject } from './fresh-object.ts';
import { gatherLive } from './live-writes.ts';
import { overlayName, relationOf, renderOverlayTable, type ObjectRelation } from './object-relation.ts';
import type { StatusCounts } from './outcomes.ts';
import { buildPlainRows, type PlainRows } from './plain-rows.ts';
import { readRelations } from './relations.ts';
import { runStep, type GatheredChunk, type StepPorts } from './run-step.ts';
import { readChunks, type StoredScope } from './scope-chunks.ts';
import { gatherOverlay } from './write-records.ts';

export interface LoadRequest {
  readonly execution: Execution;
  readonly connector: ConnectorModel;
  /** Every object that the connector writes or looks into. */
  readonly objects: readonly ObjectModel[];
  readonly scopes: ReadonlyMap<string, StoredScope>;
  readonly facts: RunFacts;
  /** 9 hex digits from a hash of the execution's id. */
  readonly idSalt: string;
}

/** What every stage that goes over chunks works with. */
export interface ChunkPorts {
  /** The session that plans and writes. */
  readonly client: ClientBase;
  /** Another session, for the checkpoints of a dry run, whose own session sees one snapshot and writes nothing. */
  readonly side: ClientBase;
  readonly now: () => Date;
  readonly stopRequested: () => boolean;
  readonly onProgress: (step: StepModel, rowsDone: number) => void;
}

export interface LoadPorts extends ChunkPorts {
  /** Builds the indexes by which records of an object are found, where they are missing. Only a live run asks. */
  readonly ensureIndexes: (object: ObjectModel) => Promise<void>;
}

/** How loading ended; what it did is in the chunks. */
export type LoadEnd = { readonly kind: 'Completed' } | { readonly kind: 'Stopped' };

type ModePorts = Pick<StepPorts, 'look' | 'transaction' | 'openWrites' | 'ensureIndexes' | 'reloadOptions'>;

/** The pass over all steps and chunks that dry run, live run and the plan before an `abortIf` share. */
interface Pass {
  readonly request: LoadRequest;
  readonly client: ClientBase;
  readonly relations: ReadonlyMap<string, ObjectRelation>;
  readonly options: OptionRegistry;
  readonly store: ChunkStore;
  readonly stopRequested: () => boolean;
  readonly onProgress: (step: StepModel, rowsDone: number) => void;
  readonly compileRecord: (step: StepModel, columns: readonly PlainColumn[]) => OpenRecord;
  readonly ports: (compiled: CompiledStep, columns: readonly PlainColumn[]) => ModePorts;
  /** Whether what the step finds is known from what it wrote, where the table was empty. */
  readonly tracksNewTables: boolean;
}

/** Loads every step of a live run, chunk by chunk; chunks that an earlier attempt finished are passed over. */
export async function runLive(request: LoadRequest, ports: LoadPorts): Promise<LoadEnd> {
  const { client } = ports;
  const { execution } = request;
  const relations = await readRelations(client, request.connector, request.objects, null);
  const options = await readAddedOptions(client, request.objects);
  return runPass({
    request,
    client,
    relations,
    options,
    store: buildChunkStore(client, execution),
    stopRequested: ports.stopRequested,
    onProgress: ports.onProgress,
    compileRecord: compileChunkRecord,
    tracksNewTables: true,
    ports: ({ step }, columns) => ({
      look: async (work) => {
        await client.query(`BEGIN READ ONLY; ${CHUNK_SETTINGS}`);
        try {
          return await work(await readObjectChange(asConnection(client), step.object));
        } finally {
          // Nothing was written; a connection that broke fails the next statement.
          await client.query('ROLLBACK').catch(() => undefined);
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
      openWrites: () => gatherLive({ client, relations, execution, step, columns, now: ports.now().toISOString() }),
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
      ports: ({ step }, columns) => ({
        // One snapshot: nobody else writes what it sees.
        look: (work) => work(null),
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
        openWrites: () => gatherDry(client, relations, step, columns),
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
  columns: readonly PlainColumn[],
): GatheredChunk {
  const records = gatherOverlay(relationOf(relations, object), columns);
  return {
    add: ({ write }) => {
      if (write !== null) records.add(write);
    },
    addPlain: (plan) => records.addPlain(plan),
    send: async () => {
      if (!records.isEmpty) await records.send(client);
    },
  };
}

async function runPass(pass: Pass): Promise<LoadEnd> {
  const { request, client, relations, store } = pass;
  const { connector, execution, idSalt } = request;
  for (const step of connector.steps) {
    const scope = request.scopes.get(step.scope);
    if (scope === undefined) continue;
    const { compiled, plain } = compilePass(pass, step, scope);
    const columns = plain?.columns ?? [];
    const modePorts = pass.ports(compiled, columns);
    const end = await runStep(
      {
        client,
        compiled,
        plain,
        relations,
        store,
        newId: buildRecordIds(Date.parse(execution.startedAt), idSalt, step.index),
        addedOptions: buildAddedOptions(pass.options, step.object.name),
        parents: connector.steps.filter((one) => compiled.parentSteps.includes(one.name)),
        stopRequested: pass.stopRequested,
        onProgress: (rowsDone) => pass.onProgress(step, rowsDone),
        openRecord: pass.compileRecord(step, columns),
        fresh: new FreshObject(
          step.object.name,
          indexedFields(compiled),
          pass.tracksNewTables ? scope.table.rows : Infinity,
        ),
        ...modePorts,
      },
      readChunks(scope, execution.chunkRows),
      await store.finished(step.index),
    );
    // Later steps look into what this one wrote, and later runs do.
    await modePorts.ensureIndexes();
    if (end === 'Stopped') return { kind: 'Stopped' };
  }
  return { kind: 'Completed' };
}

function compilePass(
  pass: Pass,
  step: StepModel,
  scope: StoredScope,
): { readonly compiled: CompiledStep; readonly plain: PlainRows | null } {
  const { connector, facts } = pass.request;
  const context: ConversionContext = {
    timeZone: connector.timeZone,
    phoneRegion: connector.phoneRegion,
    hasAddedOption: (field, label) => pass.options.has(step.object.name, field, label),
  };
  const parts = [scope.variables, connector.additionalVariables, facts, context] as const;
  const compiled = compileStep(step, ...parts);
  const plain = compilePlainStep(step, ...parts);
  return {
    compiled,
    plain: plain && buildPlainRows(compiled, plain, indexedFields(compiled), scope.variables.length),
  };
}
