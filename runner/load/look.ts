import { setImmediate } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import type { ParentRow } from '../../core/planner/plan.ts';
import { fetchAnswers, questionsOf, type Answer, type Question } from './candidates.ts';
import { relationOf } from './object-relation.ts';
import type { PlainChunk } from './plain-chunk.ts';
import type { Chunk } from './scope-chunks.ts';
import type { StepPorts } from './step-ports.ts';

/** By step and row. */
export type Parents = ReadonlyMap<string, ReadonlyMap<number, ParentRow>>;

/** A chunk that was read. */
export interface ReadChunk {
  readonly chunk: Chunk;
  /** Null where every row has to be looked into. */
  readonly plain: PlainChunk | null;
}

/** What planning a chunk has to know of the database. */
export interface Look {
  readonly change: bigint | null;
  readonly answers: readonly Answer[];
  readonly parents: Parents;
}

/** A look that has begun. */
export interface Looking {
  /** Settles once nothing that is written is seen any more; its failure is that of `look`. */
  readonly snapshot: Promise<unknown>;
  readonly look: Promise<Look>;
}

/** Asks everything that planning a chunk has to know. */
export function beginLook(ports: StepPorts, read: ReadChunk): Looking {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const looking = look(
    ports,
    read,
    () => Promise.resolve(),
    () => resolve(undefined),
  );
  return { look: looking, snapshot: Promise.race([promise, looking]) };
}

async function look(
  ports: StepPorts,
  read: ReadChunk,
  prepare: () => Promise<void>,
  onSnapshot: () => void,
): Promise<Look> {
  const { fresh } = ports;
  let questions: readonly Question[] | null = null;
  if (!fresh.isIndexed) {
    questions = ask(ports, read);
    const asked = questions.reduce((sum, question) => sum + fresh.narrow(question).size, 0);
    // Outside of any transaction: an index that is built beside writers waits for all of them.
    if (fresh.needsIndexes(asked)) await ports.ensureIndexes();
  }
  // The change comes before the records: one that is made in between is noticed.
  return ports.look(async (client, change) => {
    await prepare();
    if (fresh.isUnchecked) {
      fresh.check(await isEmpty(ports, client));
      questions = null;
    }
    // Whoever waits for the snapshot goes on first.
    await setImmediate();
    questions ??= ask(ports, read);
    const narrow = (question: Question): ReadonlySet<string> => fresh.narrow(question);
    const held = ports.plain?.updates == null ? null : ports.compiled.step.object.name;
    const answers = await fetchAnswers(client, questions, ports.relations, narrow, held);
    return { change, answers, parents: await readParents(ports, read.chunk.number) };
  }, onSnapshot);
}

/** What the rows of a chunk ask, as far as it is not known without asking. */
function ask({ compiled, fresh }: StepPorts, { chunk, plain }: ReadChunk): Question[] {
  if (plain === null) return questionsOf(compiled, chunk.lines.rows());
  return questionsOf(compiled, plain.otherRows(), plain.ruleKeys(fresh));
}

/** A look with nothing planned that is not written: others may have added options since the last one. */
export function lookAnew(ports: StepPorts, read: ReadChunk): Promise<Look> {
  return look(
    ports,
    read,
    () => ports.reloadOptions(),
    () => undefined,
  );
}

async function isEmpty({ compiled, relations }: StepPorts, client: ClientBase): Promise<boolean> {
  const { table } = relationOf(relations, compiled.step.object);
  const result = await client.query<{ empty: boolean }>(`SELECT NOT EXISTS (SELECT FROM ${table ?? ''}) AS empty`);
  return result.rows[0]?.empty === true;
}

export async function readParents({ parents, store }: StepPorts, chunk: number): Promise<Parents> {
  const rows = new Map<string, ReadonlyMap<number, ParentRow>>();
  for (const step of parents) rows.set(step.name, await store.parents(step.index, chunk));
  return rows;
}
