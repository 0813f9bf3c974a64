import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ClientBase } from 'pg';
import type { StepModel } from '../../core/model/connector.ts';
import type { Outcome } from '../../core/model/outcome.ts';
import type { ScopeRow } from '../../core/model/stages.ts';
import { readLineBlocks } from '../artifacts/line-blocks.ts';
import { readOutcomeMembers } from '../load/chunk-store.ts';
import { encodeOutcomes } from '../load/outcomes.ts';
import { readChunks, type StoredScope } from '../load/scope-chunks.ts';
import { OutcomeCursor } from './outcome-cursor.ts';

/** Where the outcomes of each step stand in the file: bytes from `start` to before `end`. */
export type OutcomeIndex = readonly { readonly step: string; readonly start: number; readonly end: number }[];

export interface OutcomeSource {
  readonly client: ClientBase;
  readonly executionId: string;
  readonly steps: readonly StepModel[];
  readonly scopes: ReadonlyMap<string, StoredScope>;
  readonly chunkRows: number;
  /** Why rows were not reached: the reason of their NotProcessed outcomes. */
  readonly unreachedReason: string;
}

/**
 * Writes the outcomes of an execution: what its chunks stored, and NotProcessed for the rows it did not reach. Memory
 * holds one chunk.
 */
export async function writeOutcomeFile(source: OutcomeSource, path: string, indexPath: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = createWriteStream(path, { mode: 0o600 });
  const done = finished(file);
  done.catch(() => undefined);
  const index: { step: string; start: number; end: number }[] = [];
  let size = 0;
  for (const step of source.steps) {
    const start = size;
    for await (const member of stepMembers(source, step)) {
      size += member.length;
      await write(file, member, done);
    }
    index.push({ step: step.name, start, end: size });
  }
  // A file of no outcomes is still a gzip file: readers refuse one of no bytes.
  if (size === 0) await write(file, await encodeOutcomes([]), done);
  file.end();
  await done;
  await writeFile(indexPath, JSON.stringify(index), { mode: 0o600 });
}

async function write(file: WriteStream, bytes: Buffer, done: Promise<void>): Promise<void> {
  if (!file.write(bytes)) await Promise.race([once(file, 'drain'), done]);
}

/** Chunks are loaded in order, so the stored ones are the first ones; the rows after them were not reached. */
async function* stepMembers(source: OutcomeSource, step: StepModel): AsyncGenerator<Buffer> {
  let next = 0;
  for await (const { chunk, bytes } of readOutcomeMembers(source.client, source.executionId, step.index)) {
    yield bytes;
    next = chunk + 1;
  }
  const scope = source.scopes.get(step.scope);
  if (scope === undefined || next * source.chunkRows >= scope.table.rows - scope.table.unchangedByDiff) return;
  for await (const chunk of readChunks(scope, source.chunkRows)) {
    if (chunk.number < next) continue;
    yield await encodeOutcomes(chunk.lines.rows().map((row) => unreached(step, row, source.unreachedReason)));
  }
}

function unreached(step: StepModel, row: ScopeRow, reason: string): Outcome {
  const place = { row: row.row, scope: step.scope, step: step.name, object: step.object.name };
  const nothing = { record: null, rule: null, before: null, after: null };
  if (!row.rejected)
    return { ...place, status: 'NotProcessed', reason, ...nothing, errors: [], warnings: row.problems };
  const errors = row.problems.filter((problem) => problem.code === 'RequiredMissing');
  const warnings = row.problems.filter((problem) => problem.code !== 'RequiredMissing');
  return { ...place, status: 'Rejected', reason: 'RequiredMissing', ...nothing, errors, warnings };
}

/** Bytes of text that come at a time: each part of it is waited for. */
const PART_BYTES = 1 << 18;

/** The outcomes of a step, or of all steps, in their order, as blocks of whole lines (see readLineBlocks). */
export async function* readOutcomeBlocks(path: string, indexPath: string, step: string | null): AsyncGenerator<Buffer> {
  const index = JSON.parse(await readFile(indexPath, 'utf8')) as OutcomeIndex;
  for (const range of index) {
    if ((step !== null && range.step !== step) || range.end === range.start) continue;
    const bytes = createReadStream(path, { start: range.start, end: range.end - 1 });
    const text = bytes.pipe(createGunzip({ chunkSize: PART_BYTES }));
    bytes.on('error', (error) => text.destroy(error));
    try {
      yield* readLineBlocks(text);
    } finally {
      bytes.destroy();
      text.destroy();
    }
  }
}

/** As readOutcomeBlocks, one at a time and whole. */
export async function* readOutcomes(path: string, indexPath: string, step: string | null): AsyncGenerator<Outcome> {
  const lines = new OutcomeCursor(readOutcomeBlocks(path, indexPath, step));
  try {
    while (await lines.load()) while (lines.next()) yield lines.outcome;
  } finally {
    await lines.close();
  }
}
