import { expect, test } from 'vitest';
import { prepareOnce } from '../../../operator/database/prepare-once.ts';

function setUp() {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const pending: (() => void)[] = [];
  let failure: Error | null = null;
  const prepare = prepareOnce(
    (namespace) => {
      asked.push(namespace);
      if (failure !== null) return Promise.reject(failure);
      return new Promise<void>((resolve) => pending.push(resolve));
    },
    () => clock.ms,
  );
  return {
    asked,
    clock,
    prepare,
    finish: () => pending.forEach((end) => end()),
    fail: (error: Error | null) => (failure = error),
  };
}

test('those that ask while it is done, and soon after, share one preparation', async () => {
  const { asked, clock, prepare, finish } = setUp();
  const both = Promise.all([prepare('a'), prepare('a'), prepare('b')]);
  finish();
  await both;
  clock.ms = 2000;
  await prepare('a');
  expect(asked).toEqual(['a', 'b']);
});

test('later it is done again: what was prepared may be gone', async () => {
  const { asked, clock, prepare, finish } = setUp();
  const first = prepare('a');
  finish();
  await first;
  clock.ms = 2001;
  const second = prepare('a');
  finish();
  await second;
  expect(asked).toEqual(['a', 'a']);
});

test('a failure is told to all who wait for it, and not remembered', async () => {
  const { asked, prepare, finish, fail } = setUp();
  fail(new Error('away'));
  const all = await Promise.allSettled([prepare('a'), prepare('a')]);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fail(null);
  const again = prepare('a');
  finish();
  await again;
  expect(asked).toEqual(['a', 'a']);
});
