import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks of `/proc/PID/stat` in a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
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
    command: text.slice(text.indexOf('(') + 1, end),
    cpuSeconds: (number(14) + number(15)) / TICKS_PER_SECOND,
    childCpuSeconds: (number(16) + number(17)) / TICKS_PER_SECOND,
  };
}

/** The pids of everything that runs. */
export function listProcesses(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

/** What of a process is in memory, shared pages in full; anonymous: not backed by a file. Cheap; see proc_pid_status(5). */
export function readResident(pid: number): { readonly rssBytes: number; readonly anonymousBytes: number } {
  const text = readText(`/proc/${pid}/status`) ?? '';
  return { rssBytes: readKilobytes(text, 'VmRSS'), anonymousBytes: readKilobytes(text, 'RssAnon') };
}

/** What of a process is in memory, shared pages divided by those who share them: sums over processes. Takes milliseconds. */
export function readProportionalBytes(pid: number): number {
  return readKilobytes(readText(`/proc/${pid}/smaps_rollup`) ?? '', 'Pss');
}

function readKilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
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
