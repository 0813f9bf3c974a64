import { execFile } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

/** What the figures of a run depend on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
  };
}

/** The commit that is measured, with a `+` where the work tree differs from it. */
export async function describeCommit(root: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', root, ...args])).stdout.trim();
  try {
    const commit = await git('rev-parse', '--short=10', 'HEAD');
    const changes = await git('status', '--porcelain', '--', '.', ':!bench/results');
    return changes === '' ? commit : `${commit}+`;
  } catch {
    return 'unknown';
  }
}
