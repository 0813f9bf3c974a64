import { readFileSync } from 'node:fs';

/**
 * Memory that a process and its descendants hold of their own: anonymous and shared pages. Mapped files, such as the
 * engine's library, are not counted: the system takes those back when it needs to. In bytes; 0 once they are gone.
 */
export function measureMemoryBytes(pid: number): number {
  let total = 0;
  const pending = [pid];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const status = readProc(`/proc/${String(next)}/status`);
    total += kibibytes(status, 'RssAnon') + kibibytes(status, 'RssShmem');
    const children = readProc(`/proc/${String(next)}/task/${String(next)}/children`);
    pending.push(
      ...children
        .split(' ')
        .filter((word) => word.trim() !== '')
        .map(Number),
    );
  }
  return total;
}

function kibibytes(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'mu').exec(status)?.[1];
  return value === undefined ? 0 : Number(value) * 1024;
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
