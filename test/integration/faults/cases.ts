import type { FaultPoint, FaultSide } from '../../../runner/faults/fault-point.ts';

export type CaseFault = readonly [point: FaultPoint, side: FaultSide, visit: number];

const both = (point: FaultPoint, ...visits: readonly number[]): CaseFault[] =>
  (visits.length === 0 ? [1] : visits).flatMap((visit): CaseFault[] => [
    [point, 'before', visit],
    [point, 'after', visit],
  ]);

/** Where a command is killed, by what it does. A list for each kind of run; each entry is a run of its own. */
export const CASES = {
  /** On an empty database. */
  first: [
    ...both('control-schema'),
    ...both('object-table'),
    ['object-table', 'after', 2],
    ...both('object-model'),
    ...both('index', 2),
    ['chunk', 'after', 3],
  ],
  /** With a run before it to compare with. */
  second: [
    ...both('input'),
    ...both('execution'),
    ...both('intake'),
    ...both('scope', 1),
    ['scope', 'after', 4],
    ...both('scopes'),
    ...both('baseline', 1),
    ['baseline', 'before', 2],
    ...both('chunk', 1, 3),
    ['chunk', 'after', 5],
    ...both('outcomes', 1, 2),
    ...both('report'),
    ...both('result'),
    ...both('workspace'),
  ],
  dry: [...both('forgotten-chunks'), ...both('predicted-chunk', 2), ['outcomes', 'after', 1], ['result', 'before', 1]],
  back: [
    ['execution', 'after', 1],
    ['scope', 'after', 2],
    ['scopes', 'before', 1],
    ...both('chunk', 1),
    ['report', 'before', 1],
    ['workspace', 'before', 1],
  ],
} as const satisfies Readonly<Record<string, readonly CaseFault[]>>;

/** Points that only an attempt which goes on comes to, and those of commands that are no run. */
export const OTHER_POINTS: readonly FaultPoint[] = ['attempt', 'place', 'cancel', 'archive'];
