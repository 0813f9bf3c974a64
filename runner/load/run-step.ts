import { setImmediate } from 'node:timers/promises';
import { beginLook, lookAnew, type ReadChunk } from './look.ts';
import { planAhead, retract, sendAfter, type PlannedChunk } from './plan-ahead.ts';
import { scanChunk } from './scan-chunk.ts';
import { redo } from './redo-chunk.ts';
import type { Chunk } from './scope-chunks.ts';
import type { StepPorts } from './step-ports.ts';

/**
 * Runs one step over its chunks, in order. While PostgreSQL writes a chunk, the next one is looked up, read and planned: on
 * the records as they were before that write, with the write laid over them. The effect is that of one row after another.
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
    rowsDone += chunk.lines.length;
    ports.onProgress(rowsDone);
  };
  const iterator = unfinished(chunks, finished, advance);
  const read = async (): Promise<ReadChunk | null> => {
    const next = await iterator.next();
    if (next.done === true) return null;
    const plain = ports.plain === null ? null : scanChunk(ports.plain, next.value.lines);
    return { chunk: next.value, plain };
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
      // What the look sees is settled before the write begins.
      const following = upcoming;
      const looking = following === null ? null : beginLook(ports, following);
      const [end, next, afterNext]: ['Done' | 'Stop' | 'Redo', PlannedChunk | null, ReadChunk | null] = await settle(
        sendAfter(ports, planned, looking?.snapshot ?? NOTHING),
        following === null || looking === null ? NOTHING : planAhead(ports, following, looking.look, planned),
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
