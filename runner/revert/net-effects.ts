import { rm } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { Outcome } from '../../core/model/outcome.ts';
import { addOutcome, WRITTEN_STATUSES, type NetEffect } from '../../core/revert/net-effect.ts';
import { readLines } from '../artifacts/text-lines.ts';
import { readOutcomeMembers, readStateBytes } from '../load/chunk-store.ts';
import { decodeRowStates } from '../load/row-states.ts';
import { SpillFile } from './spill-file.ts';

/** Rows whose records are brought together in memory at a time, more or less. */
const PART_ROWS = 20_000;
/** Ids that say where the parts begin and end. */
const SAMPLES_OF_A_PART = 32;

/** Steps of an execution that wrote one object, in their order, and the rows of them that wrote a record. */
export interface WritingSteps {
  readonly executionId: string;
  readonly steps: readonly StepModel[];
  readonly written: number;
}

/**
 * What an execution did to each record of an object, in the order of the records' ids. The outcomes of the rows are split
 * by ranges of ids and each range is brought together by itself, so that memory holds one range, whatever the number of
 * rows, and the rows of one record however many they are.
 *
 * @param path for a file in between; made and removed here
 * @param partRows rows of a range, more or less
 */
export async function* readNetEffects(
  client: ClientBase,
  { executionId, steps, written }: WritingSteps,
  path: string,
  partRows = PART_ROWS,
): AsyncGenerator<NetEffect> {
  const bounds = await findBounds(client, executionId, steps, Math.max(1, Math.ceil(written / partRows)), written);
  const spill = await SpillFile.create(path, bounds.length + 1);
  try {
    for (const step of steps) {
      for await (const line of readOutcomeLines(client, executionId, step)) {
        const { record, status } = JSON.parse(line) as Outcome;
        if (record !== null && WRITTEN_STATUSES.includes(status)) await spill.add(partOf(bounds, record), line);
      }
    }
    for (let part = 0; part <= bounds.length; part++) {
      const effects = new Map<string, NetEffect>();
      for await (const line of spill.lines(part)) {
        const outcome = JSON.parse(line) as Outcome;
        const record = outcome.record ?? '';
        effects.set(record, addOutcome(effects.get(record) ?? null, record, outcome));
      }
      const inOrder = [...effects.values()].sort((left, right) => (left.record < right.record ? -1 : 1));
      yield* inOrder;
    }
  } finally {
    await spill.close();
    await rm(path, { force: true });
  }
}

/** Ids at which one part ends and the next begins, from a sample of all: parts come out about equal. */
async function findBounds(
  client: ClientBase,
  executionId: string,
  steps: readonly StepModel[],
  parts: number,
  written: number,
): Promise<string[]> {
  if (parts === 1) return [];
  const every = Math.max(1, Math.floor(written / (parts * SAMPLES_OF_A_PART)));
  const sample: string[] = [];
  let seen = 0;
  for (const step of steps) {
    for await (const bytes of readStateBytes(client, executionId, step.index)) {
      for (const { record, status } of decodeRowStates(bytes)) {
        if (record === null || !WRITTEN_STATUSES.includes(status)) continue;
        if (seen % every === 0) sample.push(record);
        seen += 1;
      }
    }
  }
  sample.sort();
  const bounds = Array.from(
    { length: parts - 1 },
    (_, index) => sample[Math.floor(((index + 1) * sample.length) / parts)] ?? '',
  );
  return [...new Set(bounds)].filter((bound) => bound !== '');
}

/** The number of bounds that are not above the id. */
function partOf(bounds: readonly string[], id: string): number {
  let [from, to] = [0, bounds.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((bounds[middle] ?? '') <= id) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The outcomes of a step, a line each, in the order of writing. */
async function* readOutcomeLines(client: ClientBase, executionId: string, step: StepModel): AsyncGenerator<string> {
  for await (const { bytes } of readOutcomeMembers(client, executionId, step.index)) {
    const text = createGunzip();
    text.end(bytes);
    yield* readLines(text);
  }
}
