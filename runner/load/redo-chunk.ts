import type { ScopeRow } from '../../core/model/stages.ts';
import type { RowPlan } from '../../core/planner/plan.ts';
import { buildStore, fetchAnswers, questionsOf } from './candidates.ts';
import { isRefusal, planRows, refuse } from './chunk.ts';
import { readParents, type Parents } from './look.ts';
import { retract } from './plan-ahead.ts';
import type { Chunk } from './scope-chunks.ts';
import type { StepPorts } from './step-ports.ts';

/** Does a chunk within its transaction, row by row where PostgreSQL refuses one. */
export async function redo(ports: StepPorts, chunk: Chunk): Promise<'Done' | 'Stop' | 'Redo'> {
  const { compiled, store } = ports;
  return ports.transaction(null, async () => {
    await ports.reloadOptions();
    const parents = await readParents(ports, chunk.number);
    const gathered = ports.openRecord(chunk.lines.length);
    for (const plan of await settleRows(ports, chunk.lines.rows(), parents)) gathered.add(plan);
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
  const planned = { length: rows.length, row: (place: number) => rowAt(rows, place), plain: null };
  const added = await planRows(ports, planned, buildStore(compiled, answers, parents, rows.length, null), {
    add: (plan) => {
      plans.push(plan);
      writes.add(plan);
    },
    addPlain: () => undefined,
    addUpdate: () => undefined,
  });
  await client.query('SAVEPOINT part');
  try {
    await writes.send();
    await client.query('RELEASE SAVEPOINT part');
    writes.release();
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

function rowAt(rows: readonly ScopeRow[], place: number): ScopeRow {
  const row = rows[place];
  if (row === undefined) throw new RangeError(`there is no row ${place} among ${rows.length}`);
  return row;
}
