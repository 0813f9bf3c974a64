import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors/app-error.ts';
import { dyingWithParent } from '../chdb/jail-levels.ts';
import { totalsOf, type FoldRequest, type HashTotals } from './fold-request.ts';

const ENTRY = fileURLToPath(new URL('main.ts', import.meta.url));

/**
 * Runs folds one after another, in a process of their own.
 *
 * @param directory for files in between
 * @param signal aborted: they are given up, with an error
 * @returns the totals of the hashes that the last of them writes
 * @throws AppError `FoldFailed` (transient)
 */
export async function runFolds(
  requests: readonly FoldRequest[],
  directory: string,
  signal: AbortSignal | null,
): Promise<HashTotals> {
  const file = join(directory, 'requests.json');
  await writeFile(file, JSON.stringify(requests), { mode: 0o600 });
  await runProcess([file, join(directory, 'partitions')], signal);
  const hashes = requests.at(-1)?.hashes;
  if (hashes == null) throw new Error('the last fold writes no hashes');
  return JSON.parse(await readFile(totalsOf(hashes), 'utf8')) as HashTotals;
}

async function runProcess(args: readonly string[], signal: AbortSignal | null): Promise<void> {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', ENTRY, ...args];
  const [program = '', ...rest] = dyingWithParent(command);
  const child = spawn(program, rest, {
    // Nothing of the caller's, credentials above all.
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C goes to every process of the terminal's group: it asks an execution to stop, and must not break it.
    detached: true,
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const kill = (): void => void child.kill('SIGKILL');
  if (signal?.aborted === true) kill();
  signal?.addEventListener('abort', kill);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  ).finally(() => signal?.removeEventListener('abort', kill));
  if (code === 0) return;
  const how = code === null ? 'its process was killed' : `exit ${code}`;
  const said = errors === '' ? '' : `: ${errors.slice(-2000)}`;
  const message = `the diff baseline could not be computed (${how})${said}`;
  throw new AppError({ code: 'FoldFailed', class: 'transient', message });
}
