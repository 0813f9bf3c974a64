import { describeProcess, readProportionalBytes, readResident } from './processes.ts';
import { followTree } from './process-tree.ts';

const INTERVAL_MS = 100;

/** PSS makes the kernel walk all pages, so it is read where the sum is near its largest, and now and then besides. */
const NEAR_PEAK = 0.97;
const SAMPLES_BETWEEN = 10;

/** The largest that one program of a run was, over all processes that ran it one after the other. */
interface ProgramPeak {
  readonly name: string;
  readonly pssBytes: number;
  readonly rssBytes: number;
}

export interface MemoryPeaks {
  /** All processes at one moment together; pages that several share are counted once. */
  readonly pssBytes: number;
  /** All processes at one moment together; shared pages are counted for each. */
  readonly rssBytes: number;
  /** As rssBytes, without what is backed by files. */
  readonly anonymousBytes: number;
  /** The largest first. */
  readonly programs: readonly ProgramPeak[];
  /** How many moments were looked at. */
  readonly samples: number;
}

/**
 * Watches the memory of a process and all that come from it, from outside, ten times a second.
 *
 * @param isWatched false for programs that only hold the run, such as a terminal
 */
export function watchMemory(root: number, isWatched: (name: string) => boolean): { stop(): MemoryPeaks } {
  const tree = followTree(root);
  const names = new Map<number, string>();
  const programs = new Map<string, ProgramPeak>();
  const peak = { pssBytes: 0, rssBytes: 0, anonymousBytes: 0 };
  let samples = 0;

  /** A process that starts or ends has not its arguments yet, or no more. */
  function nameOf(pid: number): string {
    const name = describeProcess(pid) ?? names.get(pid) ?? '';
    names.set(pid, name);
    return name;
  }

  function sample(): void {
    const watched = tree
      .readMembers()
      .map((pid) => ({ pid, name: nameOf(pid), resident: readResident(pid) }))
      .filter(({ name }) => isWatched(name));
    let rssBytes = 0;
    let anonymousBytes = 0;
    for (const { name, resident } of watched) {
      rssBytes += resident.rssBytes;
      anonymousBytes += resident.anonymousBytes;
      raise(name, 0, resident.rssBytes);
    }
    peak.anonymousBytes = Math.max(peak.anonymousBytes, anonymousBytes);
    if (rssBytes >= peak.rssBytes * NEAR_PEAK || samples % SAMPLES_BETWEEN === 0) {
      let pssBytes = 0;
      for (const { pid, name } of watched) {
        const bytes = readProportionalBytes(pid);
        pssBytes += bytes;
        raise(name, bytes, 0);
      }
      peak.pssBytes = Math.max(peak.pssBytes, pssBytes);
    }
    peak.rssBytes = Math.max(peak.rssBytes, rssBytes);
    samples += 1;
  }

  function raise(name: string, pssBytes: number, rssBytes: number): void {
    const known = programs.get(name);
    programs.set(name, {
      name,
      pssBytes: Math.max(known?.pssBytes ?? 0, pssBytes),
      rssBytes: Math.max(known?.rssBytes ?? 0, rssBytes),
    });
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
