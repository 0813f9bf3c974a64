import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { CliOptions, CliResult } from '../../support/cli.ts';

const isStopped = async (pid: number): Promise<boolean> =>
  (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') T ');

/**
 * Runs a command that stops itself at a fault point, does something while it stands there, and lets it go on. Fails where
 * the command ends without coming to the point.
 */
export async function runPaused(
  run: (options: CliOptions) => Promise<CliResult>,
  fault: string,
  meanwhile: (pid: number) => Promise<unknown>,
): Promise<CliResult> {
  const paused = Promise.withResolvers<undefined>();
  let pid = 0;
  const running = run({
    environment: { SMARTCONNECTOR_FAULT: `${fault}:stop` },
    onStart: (id) => (pid = id),
    onError: (text) => {
      if (text.includes('SIGSTOP')) paused.resolve(undefined);
    },
  });
  const early = await Promise.race([paused.promise, running]);
  if (early !== undefined) throw new Error(`ended before ${fault}: ${String(early.status)} ${early.stderr}`);
  // It has said so; told to go on before it stands, it would stand for ever.
  while (!(await isStopped(pid))) await setImmediate();
  try {
    await meanwhile(pid);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return running;
}
