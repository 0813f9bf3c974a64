import { setImmediate } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import type { NewOption, ParentRow, RowPlan } from '../../core/planner/plan.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import { buildStore, fetchAnswers, questionsOf, type Answer, type Question } from './candidates.ts';
import { isRefusal, planRows, refuse, type AddedOptions, type PlanContext, type PlanTaker } from './chunk.ts';
import type { OpenRecord } from './chunk-record.ts';
import type { ChunkRecord, ChunkStore } from './chunk-store.ts';
import type { FreshObject } from './fresh-object.ts';
import { relationOf, type ObjectRelation } from './object-relation.ts';
import type { PlainRows } from './plain-rows.ts';
import type { Chunk } from './scope-chunks.ts';
import type { RecordStore } from './record-store.ts';

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
  /** Runs `work`, which only reads, with the number of the object's last change; null where nobody can make another. */
  look<T>(work: (change: bigint | null) => Promise<T>): Promise<T>;
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
}

type Parents = ReadonlyMap<string, ReadonlyMap<number, ParentRow>>;

/** A chunk that was read, and what it asks. */
interface ReadChunk {
  readonly chunk: Chunk;
  /** Match keys by rule, of the rows that need no look at their values. */
  readonly keys: readonly (readonly (string | null)[] | null)[];
  readonly questions: readonly Question[];
}

interface Look {
  readonly change: bigint | null;
  readonly answers: readonly Answer[];
  readonly parents: Parents;
}

/** A chunk that only has to be sent. */
interface PlannedChunk {
  readonly chunk: Chunk;
  readonly added: readonly NewOption[];
  /** The records of the chunk, as its rows leave them. */
  readonly seen: RecordStore;
  readonly basis: Basis;
  readonly writes: GatheredChunk;
  readonly record: Promise<ChunkRecord>;
}

/**
 * Runs one step over its chunks, in order. While PostgreSQL writes a chunk, the next one is read and planned: on the
 * records as they were before that write, with the write laid over them. The effect is that of one row after another.
 * Where that guess fails (somebody else wrote the object, or PostgreSQL refused a record), the chunk is done again within
 * its transaction, and the next one anew after it.
 */
export async function runStep(
  ports: StepPorts,
  chunks: AsyncIterable<Chunk>,
  finished: ReadonlySet<number>,
): Promise<'Completed' | 'Stopped'> {
  let rowsDone = 0;
  const advance = (chunk: Chunk): void => {
    rowsDone += chunk.rows.length;
    ports.onProgress(rowsDone);
  };
  const iterator = unfinished(chunks, finished, advance);
  const read = async (): Promise<ReadChunk | null> => {
    const next = await iterator.next();
    if (next.done === true) return null;
    const { rows } = next.value;
    const { plain } = ports;
    const keys = plain === null ? [] : rows.map((row) => plain.keys(row));
    return { chunk: next.value, keys, questions: questionsOf(ports.compiled, rows, keys) };
  };
  try {
    const first = await read();
    let upcoming = first === null ? null : await read();
    let planned = first === null ? null : await planAhead(ports, first, lookAnew(ports, first), null);
    while (planned !== null) {
      // A signal that came together with the answer to the last chunk is handled first.
      await setImmediate();
      if (ports.stopRequested()) {
        retract(ports.addedOptions, planned.added);
        return 'Stopped';
      }
      const { chunk } = planned;
      // The look comes before the write, on the same connection: planning the next chunk goes beside the write of this one.
      const following = upcoming;
      const looking = following === null ? null : look(ports, following);
      const answered = looking ?? Promise.resolve();
      const [end, next, afterNext]: ['Done' | 'Stop' | 'Redo', PlannedChunk | null, ReadChunk | null] = await settle(
        sendAfter(ports, planned, answered),
        following === null || looking === null ? NOTHING : planAhead(ports, following, looking, planned),
        following === null ? NOTHING : read(),
      );
      if (end !== 'Done') {
        // In the reverse order of planning.
        if (next !== null) retract(ports.addedOptions, next.added);
        retract(ports.addedOptions, planned.added);
      }
      if (end === 'Stop') return 'Stopped';
      if (end === 'Redo') {
        ports.fresh.forget();
        if ((await redo(ports, chunk)) === 'Stop') return 'Stopped';
        planned = following === null ? null : await planAhead(ports, following, lookAnew(ports, following), null);
      } else {
        planned = next;
      }
      upcoming = afterNext;
      advance(chunk);
    }
    return 'Completed';
  } finally {
    await iterator.return(undefined);
  }
}

const NOTHING = Promise.resolve(null);

/** Waits for all, then throws what the first of them threw: nothing goes on behind the caller's back. */
async function settle<A, B, C>(first: Promise<A>, second: Promise<B>, third: Promise<C>): Promise<[A, B, C]> {
  await Promise.allSettled([first, second, third]);
  return [await first, await second, await third];
}

async function* unfinished(
  chunks: AsyncIterable<Chunk>,
  finished: ReadonlySet<number>,
  pass: (chunk: Chunk) => void,
): AsyncGenerator<Chunk, void, undefined> {
  for await (const chunk of chunks) {
    if (finished.has(chunk.number)) pass(chunk);
    else yield chunk;
  }
}

/** Asks everything that planning a chunk has to know. */
async function look(
  ports: StepPorts,
  { chunk, questions }: ReadChunk,
  prepare: () => Promise<void> = () => Promise.resolve(),
): Promise<Look> {
  const { fresh } = ports;
  const asked = questions.reduce((sum, question) => sum + fresh.narrow(question).size, 0);
  // Outside of any transaction: an index that is built beside writers waits for all of them.
  if (fresh.needsIndexes(asked)) await ports.ensureIndexes();
  // The change comes before the records: one that is made in between is noticed.
  return ports.look(async (change) => {
    await prepare();
    if (fresh.isUnchecked) fresh.check(await isEmpty(ports));
    const narrow = (question: Question): ReadonlySet<string> => fresh.narrow(question);
    const answers = await fetchAnswers(ports.client, questions, ports.relations, narrow);
    return { change, answers, parents: await readParents(ports, chunk.number) };
  });
}

/** A look with nothing planned that is not written: others may have added options since the last one. */
function lookAnew(ports: StepPorts, read: ReadChunk): Promise<Look> {
  return look(ports, read, () => ports.reloadOptions());
}

async function isEmpty({ client, compiled, relations }: StepPorts): Promise<boolean> {
  const { table } = relationOf(relations, compiled.step.object);
  const result = await client.query<{ empty: boolean }>(`SELECT NOT EXISTS (SELECT FROM ${table ?? ''}) AS empty`);
  return result.rows[0]?.empty === true;
}

async function readParents({ parents, store }: StepPorts, chunk: number): Promise<Parents> {
  const rows = new Map<string, ReadonlyMap<number, ParentRow>>();
  for (const step of parents) rows.set(step.name, await store.parents(step.index, chunk));
  return rows;
}

/** Plans a chunk on what was looked at, under the writes of the chunk before it. */
async function planAhead(
  ports: StepPorts,
  { chunk, keys }: ReadChunk,
  looking: Promise<Look>,
  before: PlannedChunk | null,
): Promise<PlannedChunk> {
  const { compiled } = ports;
  const { change, answers, parents } = await looking;
  const store = buildStore(compiled, answers, parents, before?.seen ?? null);
  const writes = ports.openWrites();
  const gathered = ports.openRecord(chunk.rows.length);
  const added = await planRows(planContext(ports), chunk.rows, keys, store, {
    add: (plan) => {
      writes.add(plan);
      gathered.add(plan);
      if (plan.write !== null) ports.fresh.add(plan.write.record);
    },
    addPlain: (plan) => {
      writes.addPlain(plan);
      gathered.addPlain(plan);
      ports.fresh.addKeys(plan.recordKeys);
    },
  });
  const record = gathered.finish();
  // Awaited when the chunk is sent; a plan that is thrown away takes it along.
  record.catch(() => undefined);
  const ownWrites = before === null ? 1n : 2n;
  const basis = { nextChange: change === null ? null : change + ownWrites };
  return { chunk, added, seen: store, basis, writes, record };
}

const planContext = ({ compiled, plain, newId, addedOptions }: StepPorts): PlanContext => ({
  compiled,
  plain,
  newId,
  addedOptions,
});

function retract(options: AddedOptions, added: readonly NewOption[]): void {
  for (const { field, label } of added) options.remove(field, label);
}

/** @param before what uses the connection until it settles; what it threw is for whoever waits for it. */
async function sendAfter(
  ports: StepPorts,
  planned: PlannedChunk,
  before: Promise<unknown>,
): Promise<'Done' | 'Stop' | 'Redo'> {
  const { compiled, store } = ports;
  await before.catch(() => undefined);
  return ports.transaction(planned.basis, async () => {
    await planned.writes.send();
    await store.save(compiled.step.index, planned.chunk.number, await planned.record);
  });
}

async function redo(ports: StepPorts, chunk: Chunk): Promise<'Done' | 'Stop' | 'Redo'> {
  const { compiled, store } = ports;
  return ports.transaction(null, async () => {
    await ports.reloadOptions();
    const parents = await readParents(ports, chunk.number);
    const gathered = ports.openRecord(chunk.rows.length);
    for (const plan of await settleRows(ports, chunk.rows, parents)) gathered.add(plan);
    await store.save(compiled.step.index, chunk.number, await gathered.finish());
  });
}

/**
 * Looks, plans and writes within the caller's transaction. Where PostgreSQL refuses the write, the rows are taken in
 * halves, one after the other, down to the row at fault, which fails and carries the reason: any way of batching gives
 * the same result as one row after another, so halving changes nothing else.
 */
async function settleRows(ports: StepPorts, rows: readonly ScopeRow[], parents: Parents): Promise<readonly RowPlan[]> {
  const { client, compiled, relations, addedOptions } = ports;
  const answers = await fetchAnswers(client, questionsOf(compiled, rows), relations);
  const plans: RowPlan[] = [];
  const writes = ports.openWrites();
  const context = { ...planContext(ports), plain: null };
  const added = await planRows(context, rows, [], buildStore(compiled, answers, parents, null), {
    add: (plan) => {
      plans.push(plan);
      writes.add(plan);
    },
    addPlain: () => undefined,
  });
  await client.query('SAVEPOINT part');
  try {
    await writes.send();
    await client.query('RELEASE SAVEPOINT part');
    return plans;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT part');
    await client.query('RELEASE SAVEPOINT part');
    retract(addedOptions, added);
    const [plan] = plans;
    if (plans.length === 1 && plan !== undefined) return [refuse(plan, error)];
  }
  const middle = Math.ceil(rows.length / 2);
  const first = await settleRows(ports, rows.slice(0, middle), parents);
  return [...first, ...(await settleRows(ports, rows.slice(middle), parents))];
}
