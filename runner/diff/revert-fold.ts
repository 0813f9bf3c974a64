import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { fetchPieces } from '../artifacts/piece-store.ts';
import { checkFence, type Execution } from '../executions/executions.ts';
import { durably } from '../faults/fault-point.ts';
import { readStateBytes } from '../load/chunk-store.ts';
import { findBaseline, lockBaseline, replaceBaseline } from './baseline-store.ts';
import type { FoldRequest } from './fold-request.ts';
import { runFolds } from './run-folds.ts';

/** The records that a revert reached, as files of row states, one a step. */
export async function writeRevertStates(
  client: ClientBase,
  revert: Execution,
  directory: string,
): Promise<FoldRequest['steps']> {
  const steps: { step: number; path: string }[] = [];
  for (const { index } of revert.snapshot.connector.steps) {
    const path = join(directory, `states-${revert.sequence}-${index}.bin`);
    await pipeline(
      Readable.from(readStateBytes(client, revert.id, index), { objectMode: false }),
      createWriteStream(path, { mode: 0o600 }),
    );
    steps.push({ step: index, path });
  }
  return steps;
}

/** A revert over a baseline: hashes that stand for records that it reached leave, and nothing enters. */
export function buildRevertFold(
  baseline: string | null,
  steps: FoldRequest['steps'],
  output: string,
  hashes: FoldRequest['hashes'],
): FoldRequest {
  return { baseline, rowHashes: null, steps, others: [], ended: false, output, hashes };
}

/**
 * Lays a revert over those baselines of its connector that were brought up to date beyond it while it ran. All others
 * meet it when they are next brought up to date.
 *
 * @param directory of its own for files in between; made and removed here
 */
export async function foldRevert(revert: Execution, client: ClientBase, directory: string): Promise<void> {
  const ahead = await client.query<{ scope: string }>(
    `SELECT scope FROM smartconnector.diff_baseline
     WHERE namespace = $1 AND connector = $2 AND folded_sequence >= $3 ORDER BY scope`,
    [revert.namespace, revert.connector, revert.sequence],
  );
  if (ahead.rows.length === 0) return;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    const steps = await writeRevertStates(client, revert, directory);
    for (const { scope } of ahead.rows) await foldScope(revert, client, scope, steps, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function foldScope(
  revert: Execution,
  client: ClientBase,
  scope: string,
  steps: FoldRequest['steps'],
  directory: string,
): Promise<void> {
  await client.query('BEGIN');
  try {
    await checkFence(client, revert);
    await lockBaseline(client, revert, scope);
    const stored = await findBaseline(client, revert, scope);
    if (stored !== null) {
      const { signature, artifact, foldedSequence } = stored;
      const files = { path: join(directory, 'fold.bin'), hashes: join(directory, 'hashes.bin') };
      const baseline = join(directory, 'stored.bin');
      await fetchPieces(client, artifact, baseline);
      const totals = await runFolds([buildRevertFold(baseline, steps, files.path, files.hashes)], directory, null);
      const folded = { signature, ...files, totals };
      await replaceBaseline(client, revert, scope, { signature, sequence: String(foldedSequence), folded, stored });
    }
    await durably('baseline', () => client.query('COMMIT'));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
