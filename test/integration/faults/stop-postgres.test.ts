import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { openEmbeddedWorld, type EmbeddedWorld } from './embedded-world.ts';
import { SECOND } from './fault-world.ts';
import { runPaused } from './paused-run.ts';

let world: EmbeddedWorld;
let status: number | null;
let undisturbed: unknown;

beforeAll(async () => {
  world = await openEmbeddedWorld();
  status = (await world.run(SECOND)).status;
  undisturbed = await world.fingerprint('second');
});
beforeEach(() => world.reset());
afterAll(() => world.close());

/** In the order in which a run comes to them: each attempt gets further than the one before. */
const PLACES = [
  'execution:before:1',
  'execution:after:1',
  'attempt:before:1',
  'attempt:after:1',
  'intake:before:1',
  'scope:before:1',
  'scopes:before:1',
  'chunk:before:1',
  'chunk:after:1',
  'chunk:before:2',
  'chunk:after:2',
  'outcomes:before:1',
  'report:after:1',
  'result:before:1',
];

test('PostgreSQL stopped at once at every place, one after the other in one execution, costs nothing but attempts', async () => {
  const impatient = [...SECOND, '--wait', '0'];
  for (const [index, place] of PLACES.entries()) {
    const stopped = await runPaused(
      (options) => world.run(impatient, options),
      place,
      () => world.stopServerAtOnce(),
    );
    const { error } = stopped.json() as { error: { code: string; message: string } };
    expect([place, stopped.status, error.code]).toEqual([
      place,
      75,
      expect.stringMatching(/^(DatabaseUnavailable|Postgres57P0[123])$/),
    ]);
    // What to do next, once the command has begun.
    if (!/^(execution|attempt:before)/.test(place)) expect(error.message).toContain('--execution second');
    if (index % 2 === 0) await world.loseWorkspace();
  }
  expect(await world.run(SECOND)).toMatchObject({ status, stderr: '' });
  expect(await world.fingerprint('second')).toEqual(undisturbed);
}, 600_000);

test.each(['intake:before:1', 'scopes:after:1', 'chunk:before:2', 'result:before:1'])(
  'a command that may wait goes on by itself where PostgreSQL was stopped at once at %s',
  async (place) => {
    const outlasted = await runPaused(
      (options) => world.run(SECOND, options),
      place,
      () => world.stopServerAtOnce(),
    );
    expect(outlasted.status).toBe(status);
    expect(await world.fingerprint('second')).toEqual(undisturbed);
  },
);

test('stopped at once when the diff baseline is brought up to date, the run has ended, and the next one does that', async () => {
  const ended = await runPaused(
    (options) => world.run(SECOND, options),
    'baseline:before:1',
    () => world.stopServerAtOnce(),
  );
  expect(ended.status).toBe(status);
  expect(await world.fingerprint('second')).toEqual(undisturbed);
  const next = await world.run(SECOND.map((word) => (word === 'second' ? 'next' : word)));
  const { scopes } = next.json() as RunResult;
  expect(scopes.map((scope) => scope.unchangedByDiff > 0)).toEqual([true, true]);
});
