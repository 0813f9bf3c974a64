import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks of `/proc/PID/stat` in a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  /** With the pid it names a process for good: numbers are used again. */
  readonly startTicks: number;
  readonly command: string;
  /** Its own processor time. */
  readonly cpuSeconds: number;
  /** That of its ended and awaited children, with theirs. */
  readonly childCpuSeconds: number;
}

/** The state of a process, or null where it is gone. Field numbers: proc_pid_stat(5). */
export function readProcess(pid: number | 'self'): ProcessState | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name stands in parentheses and may hold any character.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const number = (position: number): number => Number(fields[position - 3]);
  return {
    pid: Number(text.slice(0, text.indexOf(' '))),
    parent: number(4),
    startTicks: number(22),
    command: text.slice(text.indexOf('(') + 1, end),
    cpuSeconds: (number(14) + number(15)) / TICKS_PER_SECOND,
    childCpuSeconds: (number(16) + number(17)) / TICKS_PER_SECOND,
  };
}

export function readAllProcesses(): ProcessState[] {
  const states: ProcessState[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const state = readProcess(pid);
    if (state !== null) states.push(state);
  }
  return states;
}

export interface Memory {
  /** Resident, pages shared with other processes counted in full. */
  readonly rssBytes: number;
  /** Resident, shared pages divided by those who share them: sums over processes. */
  readonly pssBytes: number;
  /** Resident and not backed by a file: what the process itself made. */
  readonly anonymousBytes: number;
}

export function readMemory(pid: number): Memory | null {
  const text = readText(`/proc/${pid}/smaps_rollup`);
  if (text === null) return null;
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { rssBytes: bytes('Rss'), pssBytes: bytes('Pss'), anonymousBytes: bytes('Anonymous') };
}

/** A name that tells the processes of a run apart: the script of a Node process, else the program; null at its end. */
export function describeProcess(pid: number): string | null {
  const words = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((word) => word !== '');
  const script = words.slice(1).find((word) => /\.[cm]?[jt]s$/.test(word));
  return script?.split('/').slice(-2).join('/') ?? words[0]?.split('/').at(-1) ?? null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
