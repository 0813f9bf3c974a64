import type { StatusHolder } from './kstatus.ts';
import type { Condition } from '../generated/types.ts';

const NEGATIVE: readonly string[] = ['Reconciling', 'Stalled'];

interface Subject extends StatusHolder {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

interface Judged {
  readonly generation: number;
  readonly observed: number;
  readonly conditions: readonly Condition[];
  readonly ready: Condition | undefined;
  readonly isTrue: (type: string) => boolean;
}

/** Each rule is what must not be; after Flux's runtime/conditions/check, FAIL0001 to FAIL0009, and metav1.Condition. */
const RULES: readonly (readonly [string, (judged: Judged) => boolean])[] = [
  ['Ready is True beside Reconciling or Stalled', ({ isTrue }) => isTrue('Ready') && NEGATIVE.some(isTrue)],
  ['there is no Ready', ({ ready }) => ready === undefined],
  [
    'Reconciling is True and Ready not False',
    ({ isTrue, ready }) => isTrue('Reconciling') && ready?.status !== 'False',
  ],
  ['Stalled is True and Ready not False', ({ isTrue, ready }) => isTrue('Stalled') && ready?.status !== 'False'],
  [
    'Reconciling and Stalled are both there',
    ({ conditions }) => NEGATIVE.every((type) => conditions.some((condition) => condition.type === type)),
  ],
  ['the status speaks of a generation to come', ({ generation, observed }) => observed > generation],
  [
    'Ready is True for an older generation',
    ({ isTrue, generation, observed }) => isTrue('Ready') && observed < generation,
  ],
  [
    'Ready is True beside a condition of an older generation',
    ({ isTrue, conditions, generation }) =>
      isTrue('Ready') && conditions.some((condition) => (condition.observedGeneration ?? 0) < generation),
  ],
  [
    'Ready is True, and a condition speaks of another generation than the status',
    ({ isTrue, conditions, observed }) =>
      isTrue('Ready') && conditions.some((condition) => condition.observedGeneration !== observed),
  ],
  [
    'Reconciling is True for a new generation that the status calls seen',
    ({ conditions, observed }) =>
      conditions.some(
        ({ type, status, observedGeneration = 0 }) =>
          type === 'Reconciling' && status === 'True' && observed > observedGeneration,
      ),
  ],
  [
    'a condition is there twice',
    ({ conditions }) => new Set(conditions.map(({ type }) => type)).size < conditions.length,
  ],
  [
    'a reason is not one CamelCase word',
    ({ conditions }) => conditions.some(({ reason }) => !/^[A-Z][A-Za-z0-9]*$/.test(reason)),
  ],
];

/** What breaks the rules by which others read conditions; empty for a good status. */
export function statusFaults({ metadata: { generation }, status }: Subject): string[] {
  const conditions = status?.conditions ?? [];
  const judged: Judged = {
    generation,
    observed: status?.observedGeneration ?? -1,
    conditions,
    ready: conditions.find(({ type }) => type === 'Ready'),
    isTrue: (type) => conditions.some((condition) => condition.type === type && condition.status === 'True'),
  };
  return RULES.filter(([, isBroken]) => isBroken(judged)).map(([text]) => text);
}
