import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkQueue, type WorkQueueOptions } from '../../../../operator/runtime/work-queue.ts';

const key = (name: string): { namespace: string; name: string } => ({ namespace: 'sales', name });

/** A queue on a clock that stands still until it is moved. */
function openQueue(options: Partial<WorkQueueOptions> = {}) {
  let nowMs = 0;
  let timers: { dueMs: number; call: () => void }[] = [];
  const queue = new WorkQueue({
    now: () => nowMs,
    later: (ms, call) => {
      const timer = { dueMs: nowMs + ms, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    ...options,
  });
  const advance = (ms: number): void => {
    nowMs += ms;
    const due = timers.filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
    timers = timers.filter(({ dueMs }) => dueMs > nowMs);
    for (const { call } of due) call();
  };
  const take = async (): Promise<string> => (await queue.take())?.key.name ?? 'closed';
  return { queue, advance, take, timers: () => timers.length };
}

describe('a queue of keys', () => {
  it('has a key once, however often it comes', async () => {
    const { queue, take } = openQueue();
    for (const name of ['a', 'a', 'b', 'a']) queue.add(key(name));
    expect([await take(), await take(), queue.depth]).toEqual(['a', 'b', 0]);
  });

  it('hands out a key that comes while it is worked on once more, and not before that is done', async () => {
    const { queue, take } = openQueue();
    queue.add(key('a'));
    await take();
    queue.add(key('a'));
    queue.add(key('b'));
    expect([await take(), queue.depth]).toEqual(['b', 0]);
    queue.done(key('a'));
    expect(await take()).toBe('a');
  });

  it('doubles the pause of a key that fails again, up to the longest, until it is forgiven', () => {
    const { queue } = openQueue({ longestBackoffMs: 30 });
    const pauses = [1, 2, 3, 4, 5].map(() => queue.addFailed(key('a')));
    expect(pauses).toEqual([5, 10, 20, 30, 30]);
    expect(queue.addFailed(key('b'))).toBe(5);
    queue.forgive(key('a'));
    expect(queue.addFailed(key('a'))).toBe(5);
  });

  it('lets only so many failures of all keys be tried again within a second', () => {
    const { queue } = openQueue({ retriesPerSecond: 10, burst: 2 });
    expect(['a', 'b', 'c', 'd'].map((name) => queue.addFailed(key(name)))).toEqual([5, 5, 100, 200]);
  });

  it('waits for the earliest of the times that it was told, and no longer where the key comes by itself', async () => {
    const { queue, advance, take, timers } = openQueue();
    queue.addAfter(key('a'), 100);
    queue.addAfter(key('a'), 50);
    queue.addAfter(key('a'), 200);
    advance(50);
    expect([queue.depth, timers()]).toEqual([1, 0]);
    await take();
    queue.done(key('a'));
    queue.addAfter(key('a'), 100);
    queue.add(key('a'));
    expect([queue.depth, timers()]).toEqual([1, 0]);
  });

  it('hands out nothing once it is closed, and lets go of who waits', async () => {
    const { queue, take, timers } = openQueue();
    const waiting = take();
    queue.addAfter(key('b'), 100);
    queue.close();
    queue.add(key('a'));
    expect([await waiting, await take(), timers()]).toEqual(['closed', 'closed', 0]);
  });

  it('never has a key worked on twice at once, and forgets none, whatever the order', async () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c'), what: fc.constantFrom('add', 'take', 'done') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { queue, take } = openQueue();
        const active = new Set<string>();
        const wanted = new Set<string>();
        const takeOne = async (): Promise<void> => {
          const name = await take();
          expect(active.has(name)).toBe(false);
          active.add(name);
          wanted.delete(name);
        };
        for (const { name, what } of steps) {
          if (what === 'add') {
            queue.add(key(name));
            wanted.add(name);
          } else if (what === 'take' && queue.depth > 0) await takeOne();
          else if (what === 'done' && active.delete(name)) queue.done(key(name));
        }
        for (const name of [...active]) {
          active.delete(name);
          queue.done(key(name));
        }
        while (queue.depth > 0) await takeOne();
        expect([...wanted]).toEqual([]);
      }),
    );
  });
});
