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

/** Asks everything that planning a chunk has to know. */
export async function look(
  ports: StepPorts,
  read: ReadChunk,
  prepare: () => Promise<void> = () => Promise.resolve(),
): Promise<Look> {
  const { fresh } = ports;
  let questions = ask(ports, read);
  const asked = questions.reduce((sum, question) => sum + fresh.narrow(question).size, 0);
  // Outside of any transaction: an index that is built beside writers waits for all of them.
  if (fresh.needsIndexes(asked)) await ports.ensureIndexes();
  // The change comes before the records: one that is made in between is noticed.
  return ports.look(async (change) => {
    await prepare();
    if (fresh.isUnchecked) {
      fresh.check(await isEmpty(ports));
      questions = ask(ports, read);
    }
    const narrow = (question: Question): ReadonlySet<string> => fresh.narrow(question);
    const held = ports.plain?.updates == null ? null : ports.compiled.step.object.name;
    const answers = await fetchAnswers(ports.client, questions, ports.relations, narrow, held);
    return { change, answers, parents: await readParents(ports, read.chunk.number) };
  });
}

/** What the rows of a chunk ask, as far as it is not known without asking. */
function ask({ compiled, fresh }: StepPorts, { chunk, plain }: ReadChunk): Question[] {
  if (plain === null) return questionsOf(compiled, chunk.lines.rows());
  return questionsOf(compiled, plain.otherRows(), plain.ruleKeys(fresh));
}

/** A look with nothing planned that is not written: others may have added options since the last one. */
export function lookAnew(ports: StepPorts, read: ReadChunk): Promise<Look> {
  return look(ports, read, () => ports.reloadOptions());
}

async function isEmpty({ client, compiled, relations }: StepPorts): Promise<boolean> {
  const { table } = relationOf(relations, compiled.step.object);
  const result = await client.query<{ empty: boolean }>(`SELECT NOT EXISTS (SELECT FROM ${table ?? ''}) AS empty`);
  return result.rows[0]?.empty === true;
}

export async function readParents({ parents, store }: StepPorts, chunk: number): Promise<Parents> {
  const rows = new Map<string, ReadonlyMap<number, ParentRow>>();
  for (const step of parents) rows.set(step.name, await store.parents(step.index, chunk));
  return rows;
}
