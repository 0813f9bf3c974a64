import type { ClientBase } from 'pg';
import type { ConnectorModel, StepModel } from '../../core/model/connector.ts';
import type { ObjectModel } from '../../core/model/object.ts';
import type { ConversionContext } from '../../core/planner/convert.ts';
import { compilePlainStep } from '../../core/planner/plain-step.ts';
import { buildIdWriter, buildRecordIds, type RecordIds } from '../../core/planner/record-id.ts';
import { compileStep, type CompiledStep, type RunFacts } from '../../core/planner/step.ts';
import type { Execution } from '../executions/executions.ts';
import { buildAddedOptions, type OptionRegistry } from './added-options.ts';
import { indexedFields } from './candidates.ts';
import type { OpenRecord, PlainShape } from './chunk-record.ts';
import type { ChunkStore } from './chunk-store.ts';
import { FreshObject } from './fresh-object.ts';
import { relationOf, type ObjectRelation } from './object-relation.ts';
import { buildPlainRows, type PlainRows } from './plain-rows.ts';
import { BytePool } from './row-bytes.ts';
import { runStep } from './run-step.ts';
import { readChunks, type StoredScope } from './scope-chunks.ts';
import type { StepPorts } from './step-ports.ts';

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

export interface LivePorts extends LoadPorts {
  /** A session that looks at what the next chunk asks while `client` writes this one. */
  readonly ahead: ClientBase;
}

/** How loading ended; what it did is in the chunks. */
export type LoadEnd = { readonly kind: 'Completed' } | { readonly kind: 'Stopped' };

type ModePorts = Pick<StepPorts, 'look' | 'transaction' | 'openWrites' | 'ensureIndexes' | 'reloadOptions'>;

/** The pass over all steps and chunks that dry run, live run and the plan before an `abortIf` share. */
export interface Pass {
  readonly request: LoadRequest;
  readonly client: ClientBase;
  readonly relations: ReadonlyMap<string, ObjectRelation>;
  readonly options: OptionRegistry;
  readonly store: ChunkStore;
  readonly stopRequested: () => boolean;
  readonly onProgress: (step: StepModel, rowsDone: number) => void;
  readonly compileRecord: (step: StepModel, plain: PlainShape) => OpenRecord;
  readonly ports: (compiled: CompiledStep, plain: PlainShape, pool: BytePool) => ModePorts;
  /** Whether what the step finds is known from what it wrote, where the table was empty. */
  readonly tracksNewTables: boolean;
}

/** Loads every step in its order, chunk by chunk; chunks that are stored already are passed over. */
export async function runPass(pass: Pass): Promise<LoadEnd> {
  const { request, client, relations, store } = pass;
  const { connector, execution, idSalt } = request;
  for (const step of connector.steps) {
    const scope = request.scopes.get(step.scope);
    if (scope === undefined) continue;
    const ids = buildIdWriter(buildRecordIds(Date.parse(execution.startedAt), idSalt, step.index));
    const { compiled, plain } = compilePass(pass, step, scope, ids);
    const shape = { columns: plain?.columns ?? [], updates: plain?.updates?.columns ?? [], ids };
    const modePorts = pass.ports(compiled, shape, new BytePool());
    // A step of a single chunk would otherwise be seen once it is over.
    pass.onProgress(step, 0);
    const end = await runStep(
      {
        client,
        compiled,
        plain,
        relations,
        store,
        newId: ids.of,
        addedOptions: buildAddedOptions(pass.options, step.object.name),
        parents: connector.steps.filter((one) => compiled.parentSteps.includes(one.name)),
        stopRequested: pass.stopRequested,
        onProgress: (rowsDone) => pass.onProgress(step, rowsDone),
        openRecord: pass.compileRecord(step, shape),
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
  ids: RecordIds,
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
    plain:
      plain &&
      buildPlainRows(
        compiled,
        plain,
        indexedFields(compiled),
        scope.variables.length,
        ids,
        relationOf(pass.relations, step.object),
      ),
  };
}
