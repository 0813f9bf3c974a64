import { describeProcess, readAllProcesses, readMemory, type ProcessState } from './processes.ts';

const INTERVAL_MS = 100;

/** The largest that one program of a run was, over all processes that ran it one after the other. */
export interface ProgramPeak {
  readonly name: string;
  readonly pssBytes: number;
  readonly rssBytes: number;
}

export interface MemoryPeaks {
  /** All processes at one moment together. */
  readonly pssBytes: number;
  readonly rssBytes: number;
  readonly anonymousBytes: number;
  /** The largest first. */
  readonly programs: readonly ProgramPeak[];
  /** How many moments were looked at. */
  readonly samples: number;
}

const keyOf = ({ pid, startTicks }: ProcessState): string => `${pid}@${startTicks}`;

/**
 * Watches a process and all that come from it, from outside, ten times a second. A process once seen below the root is
 * watched until it ends, also when its parent is gone.
 *
 * @param isWatched false for programs that only hold the run, such as a terminal
 */
export function watchMemory(root: number, isWatched: (name: string) => boolean): { stop(): MemoryPeaks } {
  const members = new Map<string, string>();
  const programs = new Map<string, ProgramPeak>();
  const peak = { pssBytes: 0, rssBytes: 0, anonymousBytes: 0 };
  let samples = 0;

  function sample(): void {
    const sum = { pssBytes: 0, rssBytes: 0, anonymousBytes: 0 };
    for (const state of membersNow(root, members)) {
      const memory = readMemory(state.pid);
      // A process that starts or ends has not its arguments yet, or no more.
      const name = describeProcess(state.pid) ?? members.get(keyOf(state)) ?? state.command;
      members.set(keyOf(state), name);
      if (memory === null || !isWatched(name)) continue;
      sum.pssBytes += memory.pssBytes;
      sum.rssBytes += memory.rssBytes;
      sum.anonymousBytes += memory.anonymousBytes;
      const known = programs.get(name);
      programs.set(name, {
        name,
        pssBytes: Math.max(known?.pssBytes ?? 0, memory.pssBytes),
        rssBytes: Math.max(known?.rssBytes ?? 0, memory.rssBytes),
      });
    }
    peak.pssBytes = Math.max(peak.pssBytes, sum.pssBytes);
    peak.rssBytes = Math.max(peak.rssBytes, sum.rssBytes);
    peak.anonymousBytes = Math.max(peak.anonymousBytes, sum.anonymousBytes);
    samples += 1;
  }

  sample();
  const timer = setInterval(sample, INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      const largest = [...programs.values()].sort((a, b) => b.pssBytes - a.pssBytes);
      return { ...peak, programs: largest, samples };
    },
  };
}

/** The root and everything below it, or once seen below it, that is alive. */
function membersNow(root: number, members: ReadonlyMap<string, string>): ProcessState[] {
  const all = readAllProcesses();
  const children = Map.groupBy(all, (state) => state.parent);
  const found = new Map<string, ProcessState>();
  const open = all.filter((state) => state.pid === root || members.has(keyOf(state)));
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (found.has(keyOf(state))) continue;
    found.set(keyOf(state), state);
    open.push(...(children.get(state.pid) ?? []));
  }
  return [...found.values()];
}
