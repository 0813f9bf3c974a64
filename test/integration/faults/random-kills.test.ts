import fc from 'fast-check';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from '../../support/oracle/seed.ts';
import { openEmbeddedWorld, type EmbeddedWorld } from './embedded-world.ts';
import { SECOND } from './fault-world.ts';
import { killHard, processesAt, processTree } from './process-tree.ts';

/** `RUNS=100 npm test -- random-kills` for an hour of it. */
const RUNS = Number(process.env['RUNS'] ?? '4');

const VICTIMS = ['Command', 'OneOfTheTree', 'WholeTree', 'Server', 'ServerAtOnce', 'CommandAndServer'] as const;

interface Strike {
  readonly victim: (typeof VICTIMS)[number];
  /** When, of the time that a run takes. */
  readonly moment: number;
  /** Which of the tree, as a share of it. */
  readonly place: number;
  readonly losesWorkspace: boolean;
}

const strikes = fc.array(
  fc.record<Strike>({
    victim: fc.constantFrom(...VICTIMS),
    moment: fc.double({ min: 0.02, max: 1.1, noNaN: true }),
    place: fc.double({ min: 0, max: 0.999, noNaN: true }),
    losesWorkspace: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
);

let world: EmbeddedWorld;
let calmMs: number;
let status: number | null;
let undisturbed: unknown;

beforeAll(async () => {
  world = await openEmbeddedWorld();
  const start = performance.now();
  ({ status } = await world.run(SECOND));
  calmMs = performance.now() - start;
  undisturbed = await world.fingerprint('second');
});
afterAll(() => world.close());

/** The processes that a strike kills; PostgreSQL is also stopped at once, which is not a kill. */
async function victimsOf({ victim, place }: Strike, pid: number): Promise<readonly number[]> {
  const tree = await processTree(pid);
  const server = await world.serverPid();
  const servers = server === null ? [] : [server];
  switch (victim) {
    case 'Command':
      return [pid];
    case 'OneOfTheTree':
      return [tree[Math.floor(place * tree.length)] ?? pid];
    case 'WholeTree':
      return tree;
    case 'Server':
      return servers;
    case 'ServerAtOnce':
      return [];
    case 'CommandAndServer':
      return [pid, ...servers];
  }
}

/** One attempt with a strike in it. A command that lost only its server goes on, and may end by itself. */
async function attempt(strike: Strike): Promise<void> {
  let pid = 0;
  const running = world.run(SECOND, { leadsGroup: true, onStart: (id) => (pid = id) });
  await Promise.race([delay(strike.moment * calmMs), running]);
  for (const one of await victimsOf(strike, pid)) killHard(one);
  if (strike.victim === 'ServerAtOnce') await world.stopServerAtOnce();
  const { status: ended, signal, stdout, stderr } = await running;
  // Killed, or told what to do; or it came through. Nothing else is a way to end.
  if (signal !== 'SIGKILL') expect([status, 75], `ended with ${ended}\n${stdout}\n${stderr}`).toContain(ended);
  // What it started does not outlive it.
  const workplaces = ['work', 'folds'].map((folder) => join(world.state, folder));
  await expect.poll(() => processesAt(workplaces), { timeout: 20_000 }).toEqual([]);
  if (strike.losesWorkspace) await world.loseWorkspace();
}

test(
  'whoever is killed, whenever and how often: the run that goes on to its end is as if nothing had been',
  async () => {
    await fc.assert(
      fc.asyncProperty(strikes, async (all) => {
        await world.reset();
        for (const strike of all) await attempt(strike);
        const resumed = await world.run(SECOND);
        expect([resumed.status, resumed.stderr]).toEqual([status, '']);
        expect(await world.fingerprint('second')).toEqual(undisturbed);
      }),
      // A smaller case of one that failed by its moment proves nothing.
      seeded({ numRuns: RUNS, endOnFailure: true }),
    );
  },
  RUNS * 180_000,
);
