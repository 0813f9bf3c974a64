import type { NewOption } from '../../core/planner/plan.ts';
import { buildStore } from './candidates.ts';
import { planRows, type AddedOptions } from './chunk.ts';
import type { ChunkRecord } from './chunk-store.ts';
import type { Look, ReadChunk } from './look.ts';
import type { RecordStore } from './record-store.ts';
import type { Chunk } from './scope-chunks.ts';
import type { Basis, GatheredChunk, StepPorts } from './step-ports.ts';

/** A chunk that only has to be sent. */
export interface PlannedChunk {
  readonly chunk: Chunk;
  readonly added: readonly NewOption[];
  /** The records of the chunk, as its rows leave them. */
  readonly seen: RecordStore;
  readonly basis: Basis;
  readonly writes: GatheredChunk;
  readonly record: Promise<ChunkRecord>;
}

/** Plans a chunk on what was looked at, under the writes of the chunk before it. */
export async function planAhead(
  ports: StepPorts,
  { chunk, plain }: ReadChunk,
  looking: Promise<Look>,
  before: PlannedChunk | null,
): Promise<PlannedChunk> {
  const { compiled } = ports;
  const { change, answers, parents } = await looking;
  const store = buildStore(compiled, answers, parents, chunk.lines.length, before?.seen ?? null);
  const writes = ports.openWrites();
  const { lines } = chunk;
  const gathered = ports.openRecord(lines.length);
  const rows = { length: lines.length, row: (place: number) => lines.row(place), plain };
  const added = await planRows(ports, rows, store, {
    add: (plan) => {
      writes.add(plan);
      gathered.add(plan);
      if (plan.write !== null) ports.fresh.add(plan.write.record);
    },
    addPlain: (plan) => {
      writes.addPlain(plan);
      gathered.addPlain(plan);
      ports.fresh.addHashes(plan.hashes, plan.hashesFrom);
    },
    // Its keys stay what they were.
    addUpdate: (plan) => {
      writes.addUpdate(plan);
      gathered.addUpdate(plan);
    },
  });
  const record = gathered.finish();
  // Awaited when the chunk is sent; a plan that is thrown away takes it along.
  record.catch(() => undefined);
  const ownWrites = before === null ? 1n : 2n;
  const basis = { nextChange: change === null ? null : change + ownWrites };
  return { chunk, added, seen: store, basis, writes, record };
}

/** Takes back what a plan added that is not written. */
export function retract(options: AddedOptions, added: readonly NewOption[]): void {
  for (const { field, label } of added) options.remove(field, label);
}

/**
 * Sends a chunk in a transaction of its own.
 *
 * @param before what must not see any of it; what it threw is for whoever waits for it
 */
export async function sendAfter(
  ports: StepPorts,
  planned: PlannedChunk,
  before: Promise<unknown>,
): Promise<'Done' | 'Stop' | 'Redo'> {
  const { compiled, store } = ports;
  await before.catch(() => undefined);
  const end = await ports.transaction(planned.basis, async () => {
    await planned.writes.send();
    await store.save(compiled.step.index, planned.chunk.number, await planned.record);
  });
  if (end === 'Done') planned.writes.release();
  return end;
}
