import type { Condition } from '../generated/types.ts';

/** A condition as a controller sees it now; the rest of metav1.Condition follows from what was there before. */
export interface WantedCondition {
  readonly type: string;
  readonly status: Condition['status'];
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** What the schema of a condition's message takes, with room for the sign that it was cut. */
const MAX_MESSAGE = 4096;

/**
 * The conditions of an object in the order in which they are wanted. A condition that is not wanted is gone. The time of a
 * transition is kept while the status stays, as metav1.Condition asks.
 *
 * @param now ISO 8601
 */
export function mergeConditions(
  before: readonly Condition[],
  wanted: readonly WantedCondition[],
  generation: number,
  now: string,
): Condition[] {
  return wanted.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const keepsTime = old?.status === condition.status && isPast(old.lastTransitionTime, now);
    const lastTransitionTime = keepsTime ? old.lastTransitionTime : now;
    const { type, status } = condition;
    const reason = cutReason(condition.reason);
    const message = cutText(condition.message, MAX_MESSAGE);
    return { type, status, observedGeneration: generation, lastTransitionTime, reason, message };
  });
}

/** Clocks of machines differ; a time that is further ahead was written by hand. */
const CLOCK_SKEW_MS = 300_000;

const isPast = (time: string, now: string): boolean => Date.parse(time) <= Date.parse(now) + CLOCK_SKEW_MS;

/** What the schema of a condition's reason takes. */
const MAX_REASON = 1024;

/** A reason may be a word of somebody else, such as a kubelet or a pod's status: the server takes CamelCase ones only. */
function cutReason(reason: string): string {
  const word = reason
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .replace(/^[0-9]+/, '')
    .slice(0, MAX_REASON);
  return word === '' ? 'Unknown' : word.charAt(0).toUpperCase() + word.slice(1);
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | null {
  return conditions?.find((condition) => condition.type === type) ?? null;
}

/** What an object as a whole comes to, after kstatus. */
export type Standing =
  | { readonly kind: 'Ready'; readonly reason: string; readonly message: string }
  /** It is being worked on, or will be tried again. */
  | { readonly kind: 'Reconciling'; readonly reason: string; readonly message: string }
  /** Nothing more happens before a person changes something. */
  | { readonly kind: 'Stalled'; readonly reason: string; readonly message: string };

/** Ready is always there; Reconciling and Stalled only while they are true, and never both. */
export function standingConditions({ kind, reason, message }: Standing): WantedCondition[] {
  const ready = { type: 'Ready', status: kind === 'Ready' ? 'True' : 'False', reason, message } as const;
  return kind === 'Ready' ? [ready] : [ready, { type: kind, status: 'True', reason, message }];
}

/**
 * The generation that the status speaks of: while it is worked on, the last one that was finished, so that nobody takes
 * the new one for done.
 */
export function observedGeneration({ kind }: Standing, generation: number, before: number | undefined): number {
  return kind === 'Reconciling' ? Math.min(before ?? -1, generation) : generation;
}

function cutText(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
