import { expect } from 'vitest';
import type { ExecutionResource } from '../../../../operator/api/kinds.ts';
import { decide, FINALIZER, type Action } from '../../../../operator/controllers/execution/decide.ts';
import type { JobView, Observation } from '../../../../operator/controllers/execution/observe.ts';
import type { ExecutionSettings } from '../../../../operator/controllers/execution/ports.ts';
import { executionResource } from '../../../support/observed.ts';

const NOW = new Date('2026-05-01T06:00:00Z');
const settings = { jobs: { maxAttempts: 3 }, maxRunning: 10 } as ExecutionSettings;
export const DELETED = { deletionTimestamp: '2026-05-01T05:59:00Z', finalizers: [FINALIZER] };
export const KEPT = { finalizers: [FINALIZER] };

export const seen = (over: Partial<Observation>): Observation => ({
  execution: executionResource({ metadata: KEPT }),
  isEndProven: false,
  request: null,
  run: null,
  job: null,
  pods: [],
  prospects: null,
  ...over,
});
export const job = (over: Partial<JobView> = {}): JobView => ({
  name: 'prices-1-job',
  version: '1',
  state: 'Running',
  reason: null,
  message: null,
  isOwn: true,
  isSuspended: false,
  expires: false,
  ...over,
});
export const execution = (spec: Partial<ExecutionResource['spec']>): ExecutionResource =>
  executionResource({ metadata: KEPT, spec });

export type Row = [sentence: string, observation: Observation, actions: Action[], next: 'again' | number | null];

export function check([, observation, actions, next]: Row): void {
  const decision = decide(observation, NOW, settings);
  expect(decision.actions).toEqual(actions);
  expect(decision.again ? 'again' : decision.requeueMs).toBe(next);
}
export const says = (text: string): string => expect.stringContaining(text) as string;
export const end = (
  phase: 'Cancelled' | 'Failed' | 'Succeeded' | 'PartialSuccess',
  reason: string,
  text: string,
): Action => ({
  kind: 'End',
  end: { phase, reason, message: says(text) },
});
