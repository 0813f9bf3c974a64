import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runEngineProcess } from '../chdb/engine-process.ts';
import type { FoldRequest } from './fold-sql.ts';

/** Runs folds one after another, in a process of their own. @param directory for files in between */
export async function runFolds(requests: readonly FoldRequest[], directory: string): Promise<void> {
  const file = join(directory, 'requests.json');
  await writeFile(file, JSON.stringify(requests), { mode: 0o600 });
  await runEngineProcess(
    new URL('main.ts', import.meta.url),
    [file, join(directory, 'chdb')],
    'the diff baseline could not be computed',
  );
}
