import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runEngineProcess } from '../chdb/engine-process.ts';
import { totalsOf, type FoldRequest, type HashTotals } from './fold-sql.ts';

/**
 * Runs folds one after another, in a process of their own.
 *
 * @param directory for files in between
 * @param signal aborted: they are given up, with an error
 * @returns the totals of the hashes that the last of them writes
 */
export async function runFolds(
  requests: readonly FoldRequest[],
  directory: string,
  signal: AbortSignal | null,
): Promise<HashTotals> {
  const file = join(directory, 'requests.json');
  await writeFile(file, JSON.stringify(requests), { mode: 0o600 });
  await runEngineProcess(
    new URL('main.ts', import.meta.url),
    [file, join(directory, 'chdb')],
    'the diff baseline could not be computed',
    signal,
  );
  const hashes = requests.at(-1)?.hashes;
  if (hashes == null) throw new Error('the last fold writes no hashes');
  return JSON.parse(await readFile(totalsOf(hashes), 'utf8')) as HashTotals;
}
