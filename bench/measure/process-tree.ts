import { listProcesses, readProcess } from './processes.ts';

export interface ProcessTree {
  /** The pids of the root and of all that came from it and are alive now. */
  readMembers(): readonly number[];
}

/**
 * Follows a process and its descendants, also those whose parent is gone. A process is looked at once, when it is new: who
 * did not come from the root then never will, for an orphan goes to the system, not to a stranger. So looking often costs
 * next to nothing, and the measured machine is left alone.
 */
export function followTree(root: number): ProcessTree {
  const members = new Set([root]);
  const strangers = new Set<number>();
  return {
    readMembers: () => {
      const alive = new Set(listProcesses());
      for (const known of [members, strangers]) {
        for (const pid of known) if (!alive.has(pid)) known.delete(pid);
      }
      let open = [...alive]
        .filter((pid) => !members.has(pid) && !strangers.has(pid))
        .map(readProcess)
        .filter((state) => state !== null);
      // As long as one is found, its children may be among the rest.
      for (let before = -1; before !== open.length;) {
        before = open.length;
        const [inside = [], outside = []] = [true, false].map((isInside) =>
          open.filter((state) => members.has(state.parent) === isInside),
        );
        for (const { pid } of inside) members.add(pid);
        open = outside;
      }
      for (const { pid } of open) strangers.add(pid);
      return [...members];
    },
  };
}
