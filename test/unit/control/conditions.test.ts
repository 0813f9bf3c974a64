import { describe, expect, it } from 'vitest';
import {
  mergeConditions,
  observedGeneration,
  standingConditions,
  type Standing,
} from '../../../core/control/conditions.ts';
import { computeKstatus, type StatusHolder } from '../../../core/control/kstatus.ts';
import { statusFaults } from '../../../core/control/status-invariants.ts';
import type { Condition } from '../../../core/generated/types.ts';

const BEFORE = '2026-01-31T06:00:00.000Z';
const NOW = '2026-01-31T07:00:00.000Z';

const condition = (type: string, status: Condition['status'], more: Partial<Condition> = {}): Condition => ({
  type,
  status,
  observedGeneration: 2,
  lastTransitionTime: BEFORE,
  reason: 'Because',
  message: 'because',
  ...more,
});

const holder = (conditions: Condition[], more: object = {}, deletionTimestamp?: string) => ({
  metadata: { generation: 2, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
  status: { observedGeneration: 2, conditions, ...more },
});

describe('conditions of an object', () => {
  const wanted = { type: 'Ready', reason: 'Other', message: 'now it is otherwise' } as const;

  it('keep the time of the transition while the status stays, whatever else changes', () => {
    const [merged] = mergeConditions([condition('Ready', 'True')], [{ ...wanted, status: 'True' }], 3, NOW);
    expect(merged).toEqual({ ...wanted, status: 'True', observedGeneration: 3, lastTransitionTime: BEFORE });
  });

  it('take the time of now where the status changes, or was not there', () => {
    const before = [condition('Ready', 'Unknown')];
    const merged = mergeConditions(
      before,
      [
        { ...wanted, status: 'True' },
        { ...wanted, type: 'Active', status: 'True' },
      ],
      2,
      NOW,
    );
    expect(merged.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([NOW, NOW]);
  });

  it('are gone when they are not wanted', () => {
    const merged = mergeConditions([condition('Stalled', 'True')], [{ ...wanted, status: 'True' }], 2, NOW);
    expect(merged.map(({ type }) => type)).toEqual(['Ready']);
  });

  it('are cut before the API server would refuse them, and never inside of a character', () => {
    const message = `${'x'.repeat(4094)}😀😀`;
    const [merged] = mergeConditions([], [{ ...wanted, status: 'True', message }], 2, NOW);
    expect(merged?.message).toBe(`${'x'.repeat(4094)}…`);
  });

  it.each<[Standing['kind'], string]>([
    ['Ready', 'Current'],
    ['Reconciling', 'InProgress'],
    ['Stalled', 'Failed'],
  ])('that stand for %s are %s to kstatus and break no rule, for a first and a later generation', (kind, expected) => {
    for (const before of [undefined, -1, 1, 2]) {
      const standing = { kind, reason: 'Because', message: 'because' };
      const conditions = mergeConditions([], standingConditions(standing), 2, NOW);
      const object = holder(conditions, { observedGeneration: observedGeneration(standing, 2, before) });
      expect(computeKstatus(object)).toBe(expected);
      expect(statusFaults(object)).toEqual([]);
    }
  });
});

describe('kstatus', () => {
  const ready = condition('Ready', 'True');
  it.each<[string, StatusHolder, string]>([
    ['an object that was never looked at', holder([], { observedGeneration: -1 }), 'InProgress'],
    ['an object of an older generation, though Ready', holder([ready], { observedGeneration: 1 }), 'InProgress'],
    ['an object that is being deleted, whatever it says', holder([ready], {}, NOW), 'Terminating'],
    ['Ready True', holder([ready]), 'Current'],
    ['Ready False', holder([condition('Ready', 'False')]), 'InProgress'],
    ['Ready Unknown', holder([condition('Ready', 'Unknown')]), 'InProgress'],
    ['Reconciling True beside Ready', holder([ready, condition('Reconciling', 'True')]), 'InProgress'],
    ['Reconciling False beside Ready', holder([ready, condition('Reconciling', 'False')]), 'Current'],
    ['Stalled True', holder([condition('Ready', 'False'), condition('Stalled', 'True')]), 'Failed'],
    ['Stalled False', holder([ready, condition('Stalled', 'False')]), 'Current'],
    ['no condition', holder([]), 'Current'],
    ['no status', { metadata: { generation: 1 } }, 'Current'],
  ])('takes %s as %s', (_name, object, expected) => {
    expect(computeKstatus(object)).toBe(expected);
  });
});

describe('the rules by which others read conditions', () => {
  const [ready, notReady] = [condition('Ready', 'True'), condition('Ready', 'False')];
  it.each<[string, ReturnType<typeof holder>, string]>([
    [
      'Ready beside Stalled',
      holder([ready, condition('Stalled', 'True')]),
      'Ready is True beside Reconciling or Stalled',
    ],
    ['no Ready', holder([condition('Active', 'True')]), 'there is no Ready'],
    [
      'Reconciling with Ready unknown',
      holder([condition('Ready', 'Unknown'), condition('Reconciling', 'True')]),
      'Reconciling is True and Ready not False',
    ],
    [
      'Stalled with Ready unknown',
      holder([condition('Ready', 'Unknown'), condition('Stalled', 'True')]),
      'Stalled is True and Ready not False',
    ],
    [
      'Reconciling and Stalled, even where one is False',
      holder([notReady, condition('Stalled', 'True'), condition('Reconciling', 'False')]),
      'Reconciling and Stalled are both there',
    ],
    [
      'a generation to come',
      holder([notReady], { observedGeneration: 3 }),
      'the status speaks of a generation to come',
    ],
    [
      'Ready of an older generation',
      holder([ready], { observedGeneration: 1 }),
      'Ready is True for an older generation',
    ],
    [
      'Ready beside an older condition',
      holder([ready, condition('Active', 'True', { observedGeneration: 1 })]),
      'Ready is True beside a condition of an older generation',
    ],
    ['a condition twice', holder([notReady, notReady]), 'a condition is there twice'],
    [
      'a reason of several words',
      holder([condition('Ready', 'False', { reason: 'no idea' })]),
      'a reason is not one CamelCase word',
    ],
  ])('find %s', (_name, object, fault) => {
    expect(statusFaults(object)).toContain(fault);
  });

  it('find nothing in a good status', () => {
    expect(statusFaults(holder([ready, condition('Active', 'False')]))).toEqual([]);
  });
});
