import { setFlagsFromString } from 'node:v8';

/** What the heap may grow by between two walks of the garbage collector over everything, of what the last one left. */
const GROWTH_PERCENT = 100;

/**
 * Runs `work` with a garbage collector that waits for more garbage. Blocks of the scope and compressed outcomes count
 * towards the limit of a heap that hardly grows by itself: left alone, all of it is walked over for every second chunk.
 */
export async function collectingLess<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  try {
    return await work();
  } finally {
    // As the engine thinks best.
    setFlagsFromString('--heap-growing-percent=0');
  }
}
