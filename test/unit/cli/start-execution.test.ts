import { expect, test } from 'vitest';
import type { ClusterContext } from '../../../cli/cluster/cluster-context.ts';
import { cancelCommand } from '../../../cli/cluster/commands/cancel.ts';
import { runCommand } from '../../../cli/cluster/commands/run.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import { EXECUTIONS } from '../../../operator/api/kinds.ts';
import type { NewResource } from '../../../operator/runtime/kubernetes-api.ts';
import type { ResourceKind } from '../../../operator/runtime/resource.ts';

const CONNECTOR = { metadata: { namespace: 'sales', name: 'nightly' }, spec: { type: 'Scheduler' } };
const OPTIONS = { diffCheck: true, follow: false };
const AWAY = new AppError({ code: 'ApiUnavailable', class: 'transient', message: 'away' });

/** A cluster that answers each request for executions as it is told, in turn. */
function cluster(...answers: ('Lost' | 'Refused' | 'Done')[]) {
  const stored = new Set<string>();
  const printed: string[] = [];
  const answer = <T>(done: () => T): Promise<T> => {
    const next = answers.shift() ?? 'Done';
    if (next === 'Refused') return Promise.reject(AWAY);
    const result = done();
    return next === 'Lost' ? Promise.reject(AWAY) : Promise.resolve(result);
  };
  const api = {
    get: () => Promise.resolve(CONNECTOR),
    create: (kind: ResourceKind, { metadata: { name } }: NewResource) => {
      if (kind !== EXECUTIONS) return Promise.resolve(null);
      return answer(() => {
        const isNew = !stored.has(name);
        stored.add(name);
        return isNew ? {} : null;
      });
    },
    patch: () => answer(() => ({ metadata: {}, status: {} })),
  };
  const retry = {
    signal: new AbortController().signal,
    waitMs: 60_000,
    monotonicNow: () => 0,
    pause: () => Promise.resolve(),
    onOutage: () => undefined,
  };
  const terminal = { out: (text: string) => void printed.push(text), err: () => undefined, progress: () => undefined };
  const context = { api, retry, terminal, namespace: 'sales', output: 'text', now: () => new Date() };
  return { stored, printed, context: context as unknown as ClusterContext };
}

test.each<[string, Parameters<typeof cluster>]>([
  ['at once', []],
  ['after an outage', ['Refused', 'Refused']],
  ['though the answer was lost', ['Lost']],
])('an execution is created once: %s', async (_case, answers) => {
  const { stored, printed, context } = cluster(...answers);
  expect(await runCommand(context, 'nightly', OPTIONS)).toBe(0);
  expect([...stored]).toEqual(printed);
  expect(printed).toHaveLength(1);
});

test('an execution is cancelled after an outage', async () => {
  const { printed, context } = cluster('Lost', 'Refused');
  expect(await cancelCommand(context, { namespace: 'sales', name: 'one' })).toBe(0);
  expect(printed).toEqual(['one: asked to stop']);
});
