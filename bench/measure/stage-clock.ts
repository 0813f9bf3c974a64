/** How long a stage took, by the name that its progress has. */
export interface StageTime {
  readonly stage: string;
  readonly seconds: number;
}

export interface StageClock {
  /** Takes what a run wrote to its terminal at that time. */
  see(text: string, atMs: number): void;
  /** Ends the last stage. */
  stop(atMs: number): readonly StageTime[];
}

const STARTING = 'starting';
const ENDING = 'ending';

/**
 * Reads stages and their times off the progress that a run draws over its last line: `reading the input …`, `loading
 * members: 40,000 of 1,000,000 rows (4 %)`. Before the first it is starting; once the line is cleared for good it is ending.
 */
export function startStageClock(startMs: number): StageClock {
  const times = new Map<string, number>();
  let current = STARTING;
  let since = startMs;
  const enter = (stage: string, atMs: number): void => {
    times.set(current, (times.get(current) ?? 0) + (atMs - since) / 1000);
    current = stage;
    since = atMs;
  };
  return {
    see: (text, atMs) => {
      // The last drawing counts: what came together with it took no time to speak of.
      const drawn = text.split('\r\u001b[K').slice(1).at(-1)?.trim();
      if (drawn === undefined) return;
      // Progress never fills more than its line; what does is the result.
      const stage = drawn === '' || drawn.includes('\n') ? ENDING : drawn.replace(/(:.*| …)$/, '');
      if (stage !== current) enter(stage, atMs);
    },
    stop: (atMs) => {
      enter('', atMs);
      return [...times].map(([stage, seconds]) => ({ stage, seconds }));
    },
  };
}
