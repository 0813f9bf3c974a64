import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import type { AddedOptions, PlanTaker } from './chunk.ts';
import type { OpenRecord } from './chunk-record.ts';
import type { ChunkStore } from './chunk-store.ts';
import type { FreshObject } from './fresh-object.ts';
import type { ObjectRelation } from './object-relation.ts';
import type { PlainRows } from './plain-rows.ts';

/** How often an object had been written when its records were looked at; null where nobody can write in between. */
export interface Basis {
  /** The number that the next writer gets if it is us. */
  readonly nextChange: bigint | null;
}

/** What a step needs of its run; a dry and a live run differ in `transaction`, `prepare` and where `relations` read. */
export interface StepPorts {
  readonly client: ClientBase;
  readonly compiled: CompiledStep;
  /** Null where every row has to be looked into. */
  readonly plain: PlainRows | null;
  readonly relations: ReadonlyMap<string, ObjectRelation>;
  readonly store: ChunkStore;
  readonly newId: (row: number) => string;
  readonly addedOptions: AddedOptions;
  /** Learns of options that others have added; nothing may be planned that is not written. */
  reloadOptions(): Promise<void>;
  /** Earlier steps whose records this one takes. */
  readonly parents: readonly StepModel[];
  readonly stopRequested: () => boolean;
  readonly onProgress: (rowsDone: number) => void;
  /**
   * Runs `work`, which only reads, with the number of the object's last change; null where nobody can make another.
   *
   * @param onSnapshot called where the chunk before may be written beside the rest of the look: nothing that is written from
   * then on is seen
   */
  look<T>(work: (client: ClientBase, change: bigint | null) => Promise<T>, onSnapshot: () => void): Promise<T>;
  /**
   * Runs `work` in the transaction of one chunk. `Stop`: the run is to end, and nothing was done. `Redo`: nothing was
   * done, since somebody else has written the object after `basis`, or PostgreSQL refused a record; never where `basis`
   * is null, which is for work that looks for itself.
   */
  transaction(basis: Basis | null, work: () => Promise<void>): Promise<'Done' | 'Stop' | 'Redo'>;
  /** Gathers what a chunk writes. */
  openWrites(): GatheredChunk;
  /** Gathers what is kept of a chunk. */
  readonly openRecord: OpenRecord;
  /** What is known of the object without asking. */
  readonly fresh: FreshObject;
  /** Builds the indexes by which records of the object are found, where they are missing. */
  ensureIndexes(): Promise<void>;
}

/** The writes of a chunk, gathered row by row and sent in its transaction. */
export interface GatheredChunk extends PlanTaker {
  send(): Promise<void>;
  /** They have been sent, and are not sent again. */
  release(): void;
}
