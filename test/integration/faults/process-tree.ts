import { readdir, readFile } from 'node:fs/promises';

/** A process and everything that it started, itself first. Those that end while they are listed are left out. */
export async function processTree(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const pending = [pid]; pending.length > 0;) {
    const next = pending.shift()!;
    const threads = await readdir(`/proc/${next}/task`).catch(() => []);
    if (threads.length > 0) found.push(next);
    for (const thread of threads) {
      const children = await readFile(`/proc/${next}/task/${thread}/children`, 'utf8').catch(() => '');
      pending.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return found;
}

/** Command lines of processes that name one of these paths. */
export async function processesAt(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir('/proc')) {
    const command = /^\d+$/.test(name) ? await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') : '';
    if (paths.some((path) => command.includes(path))) found.push(command.replaceAll('\0', ' '));
  }
  return found;
}

/** A process that has ended in the meantime is as good. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has.
  }
}
