import { findCondition } from './conditions.ts';
import type { Condition } from '../generated/types.ts';

/** What kstatus reads of an object of a kind that it has no rules of its own for. */
export interface StatusHolder {
  readonly metadata: { readonly generation: number; readonly deletionTimestamp?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[];
  };
}

export type Kstatus = 'InProgress' | 'Failed' | 'Current' | 'Terminating';

/**
 * What `kubectl wait`, Flux and Argo CD take an object for: the generic rules of sigs.k8s.io/cli-utils/pkg/kstatus
 * (`Compute`), in their order.
 */
export function computeKstatus({ metadata, status }: StatusHolder): Kstatus {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const observed = status?.observedGeneration;
  if (observed !== undefined && observed !== metadata.generation) return 'InProgress';
  const conditions = status?.conditions ?? [];
  for (const { type, status: holds } of conditions) {
    if (type === 'Reconciling' && holds === 'True') return 'InProgress';
    if (type === 'Stalled' && holds === 'True') return 'Failed';
  }
  const ready = findCondition(conditions as readonly Condition[], 'Ready');
  return ready === null || ready.status === 'True' ? 'Current' : 'InProgress';
}
