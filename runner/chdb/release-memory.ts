import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back the memory of what is no longer used: buffers of a stage that has ended, above all. Node sees to that only when
 * it wants more itself; before a process that takes much is started next to it is the time.
 */
export function releaseMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  // By default the room for young objects stays as large as it has ever been.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
