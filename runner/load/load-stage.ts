import type { ClientBase } from 'pg';
import type { ConnectorModel, StepModel } from '../../core/model/connector.ts';
import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import type { ConversionContext } from '../../core/planner/convert.ts';
import type { RowPlan } from '../../core/planner/plan.ts';
import { buildRecordIds } from '../../core/planner/record-id.ts';
import { compileStep, type CompiledStep, type RunFacts } from '../../core/planner/step.ts';
import { rankOf } from '../../core/report/problem-order.ts';
import { checkFence, type Execution } from '../executions/executions.ts';
import { buildAddedOptions, readAddedOptions, type OptionRegistry } from './added-options.ts';
import { runChunk } from './chunk.ts';
import {
  buildChunkStore,
  buildMemoryChunkStore,
  deleteChunks,
  type ChunkRecord,
  type ChunkStore,
  WARNED_ROWS,
} from './chunk-store.ts';
import { asConnection } from '../postgres/pool.ts';
import { lockObject } from '../postgres/object-lock.ts';
import { writeLive } from './live-writes.ts';
import { overlayName, renderOverlayTable, type ObjectRelation } from './object-relation.ts';
import { readRelations } from './relations.ts';
import { buildOutcome, countStatuses, encodeOutcomes, type StatusCounts } from './outcomes.ts';
import { encodeRowStates } from './row-states.ts';
import { readChunks, type Chunk, type StoredScope } from './scope-chunks.ts';
import { writeOverlay } from './write-records.ts';

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

export interface LoadPorts {
  /** The session that plans and writes. */
  readonly client: ClientBase;
  /** Another session, for the checkpoints of a dry run, whose own session sees one snapshot and writes nothing. */
  readonly side: ClientBase;
  readonly now: () => Date;
  readonly stopRequested: () => boolean;
  readonly onProgress: (step: StepModel, rowsDone: number) => void;
}

/** How loading ended; what it did is in the chunks. */
export type LoadEnd = { readonly kind: 'Completed' } | { readonly kind: 'Stopped' };

/** The pass over all steps and chunks that dry run, live run and the plan before an `abortIf` share. */
interface Pass {
  readonly request: LoadRequest;
  readonly client: ClientBase;
  readonly relations: ReadonlyMap<string, ObjectRelation>;
  readonly options: OptionRegistry;
  readonly store: ChunkStore;
  readonly stopRequested: () => boolean;
  readonly onProgress: (step: StepModel, rowsDone: number) => void;
  /** Runs `work` in the transaction of one chunk; tells whether the run is to stop instead. */
  transaction(step: StepModel, work: () => Promise<void>): Promise<'Done' | 'Stop'>;
  write(
    compiled: CompiledStep,
    fields: readonly FieldModel[],
    finals: Parameters<typeof writeOverlay>[2],
    plans: readonly RowPlan[],
  ): Promise<void>;
}

/** Loads every step of a live run, chunk by chunk; chunks that an earlier attempt finished are passed over. */
export async function runLive(request: LoadRequest, ports: LoadPorts): Promise<LoadEnd> {
  const { client } = ports;
  const { execution } = request;
  const relations = await readRelations(client, request.connector, request.objects, null);
  return runPass({
    request,
    client,
    relations,
    options: await readAddedOptions(client, request.objects),
    store: buildChunkStore(client, execution),
    stopRequested: ports.stopRequested,
    onProgress: ports.onProgress,
    transaction: async (step, work) => {
      await client.query("BEGIN; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'");
      try {
        const { cancelRequested } = await checkFence(client, execution);
        if (cancelRequested) {
          await client.query('ROLLBACK');
          return 'Stop';
        }
        // One object a transaction, so that two connectors cannot wait for each other in a ring.
        await lockObject(asConnection(client), step.object);
        await work();
        await client.query('COMMIT');
        return 'Done';
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
    write: (compiled, fields, finals, plans) =>
      writeLive(
        { client, relations, execution, step: compiled.step, now: ports.now().toISOString() },
        fields,
        finals,
        plans,
      ),
  });
}

/**
 * Predicts every step on one snapshot of the database, in a transaction that PostgreSQL itself holds to reading: only
 * temporary tables are written. Takes no lock that a writer waits for.
 */
export async function runDry(request: LoadRequest, ports: LoadPorts): Promise<LoadEnd> {
  await deleteChunks(ports.side, request.execution.id);
  const store = buildChunkStore(ports.side, request.execution);
  return predict(request, ports, store, async () => (await checkFence(ports.side, request.execution)).cancelRequested);
}

/** The counts that a run would come to, by step index, without a trace. What `abortIf` is judged on. */
export async function planCounts(
  request: LoadRequest,
  ports: LoadPorts,
): Promise<{ readonly end: LoadEnd; readonly totals: ReadonlyMap<number, StatusCounts> }> {
  const parents = new Set(request.connector.steps.map((step) => step.index));
  const store = buildMemoryChunkStore(parents);
  const end = await predict(request, ports, store, () => Promise.resolve(false));
  return { end, totals: store.totals };
}

async function predict(
  request: LoadRequest,
  ports: LoadPorts,
  store: ChunkStore,
  isCancelled: () => Promise<boolean>,
): Promise<LoadEnd> {
  const { client } = ports;
  await client.query(
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'",
  );
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
      transaction: async (_step, work) => {
        if (await isCancelled()) return 'Stop';
        await work();
        return 'Done';
      },
      write: async (compiled, _fields, finals) => {
        const relation = relations.get(compiled.step.object.name);
        if (relation !== undefined) await writeOverlay(client, relation, finals);
      },
    });
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

async function runPass(pass: Pass): Promise<LoadEnd> {
  for (const step of pass.request.connector.steps) {
    const scope = pass.request.scopes.get(step.scope);
    if (scope === undefined) continue;
    const compiled = compilePass(pass, step, scope);
    const finished = await pass.store.finished(step.index);
    let rowsDone = 0;
    for await (const chunk of readChunks(scope, pass.request.execution.chunkRows)) {
      if (!finished.has(chunk.number)) {
        if (pass.stopRequested()) return { kind: 'Stopped' };
        const end = await pass.transaction(step, () => runOne(pass, compiled, chunk));
        if (end === 'Stop') return { kind: 'Stopped' };
      }
      rowsDone += chunk.rows.length;
      pass.onProgress(step, rowsDone);
    }
  }
  return { kind: 'Completed' };
}

function compilePass(pass: Pass, step: StepModel, scope: StoredScope): CompiledStep {
  const { connector, facts } = pass.request;
  const context: ConversionContext = {
    timeZone: connector.timeZone,
    phoneRegion: connector.phoneRegion,
    hasAddedOption: (field, label) => pass.options.has(step.object.name, field, label),
  };
  return compileStep(step, scope.variables, connector.additionalVariables, facts, context);
}

async function runOne(pass: Pass, compiled: CompiledStep, chunk: Chunk): Promise<void> {
  const { step } = compiled;
  const { execution, connector, idSalt } = pass.request;
  const parents = new Map<string, ReadonlyMap<number, { status: RowPlan['status']; record: string | null }>>();
  for (const name of compiled.parentSteps) {
    const parent = connector.steps.find((one) => one.name === name);
    if (parent !== undefined) parents.set(name, await pass.store.parents(parent.index, chunk.number));
  }
  const plans = await runChunk(
    {
      client: pass.client,
      compiled,
      relations: pass.relations,
      parents,
      newId: buildRecordIds(Date.parse(execution.startedAt), idSalt, step.index),
      addedOptions: buildAddedOptions(pass.options, step.object.name),
      write: (fields, finals, written) => pass.write(compiled, fields, finals, written),
    },
    chunk.rows,
  );
  await pass.store.save(step.index, chunk.number, await buildChunkRecord(step, plans));
}

async function buildChunkRecord(step: StepModel, plans: readonly RowPlan[]): Promise<ChunkRecord> {
  const warned = plans.filter((plan) => plan.warnings.length > 0);
  const unresolved = warned.filter((plan) => plan.warnings.some((warning) => warning.code === 'Unresolved'));
  return {
    rows: plans.length,
    counts: countStatuses(plans),
    warnings: {
      Unresolved: unresolved.length,
      [WARNED_ROWS]: plans.filter((plan) => rankOf(plan) === 'Warned').length,
    },
    rowStates: encodeRowStates(plans),
    outcomes: await encodeOutcomes(plans.map((plan) => buildOutcome(step, plan))),
  };
}
