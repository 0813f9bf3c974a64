import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { afterFirst, fingerprint, openFaultWorld, SECOND, type FaultWorld } from './fault-world.ts';
import { runPaused } from './paused-run.ts';

/** Rows that are to be loaded; the one that is Rejected comes late, and is counted as that, reached or not. */
const VENDORS = 7;
const PRODUCTS = 135;

/** A process that has ended in the meantime is as good. */
function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has.
  }
}

describe('SIGTERM', () => {
  let start: FaultWorld;
  beforeAll(async () => {
    start = await afterFirst();
  });
  afterAll(() => start.close());

  const inWorld = async (work: (world: FaultWorld) => Promise<void>): Promise<void> => {
    const world = await openFaultWorld(start);
    try {
      await work(world);
    } finally {
      await world.close();
    }
  };

  test.each([
    ['input:before:1', null, null],
    ['intake:before:1', null, null],
    ['scope:before:1', null, null],
    ['chunk:before:1', 0, PRODUCTS],
    ['chunk:before:3', 0, 55],
  ] as const)(
    'at %s ends as Cancelled with 130, and what was not reached is NotProcessed',
    async (fault, vendors, products) => {
      await inWorld(async (world) => {
        const stopped = await runPaused(
          (options) => world.run(SECOND, options),
          fault,
          (pid) => Promise.resolve(process.kill(pid, 'SIGTERM')),
        );
        expect(stopped.status).toBe(130);
        const result = stopped.json() as RunResult;
        expect(result.phase).toBe('Cancelled');
        if (vendors !== null) expect(result.steps.map((step) => step.notProcessed)).toEqual([vendors, products]);
        const [chunks] = await world.query(`SELECT coalesce(sum(row_count), 0)::int AS rows FROM smartconnector.chunk`);
        const said = result.steps.reduce((sum, step) => sum + step.notProcessed, 0);
        if (vendors !== null) expect(Number(chunks?.['rows']) - 210 + said).toBe(VENDORS + PRODUCTS);
        await fingerprint(world, 'second');
        // It has ended, and the same file again loads the rest.
        expect(await world.run(SECOND)).toMatchObject({ status: 130, stdout: stopped.stdout });
        const next = await world.run(SECOND.map((word) => (word === 'second' ? 'next' : word)));
        const { steps, phase } = next.json() as RunResult;
        expect([phase, ...steps.map((step) => step.notProcessed)]).toEqual(['PartialSuccess', 0, 0]);
      });
    },
  );

  test.each(['outcomes:before:1', 'report:before:1', 'result:before:1', 'workspace:before:1', 'baseline:before:1'])(
    'at %s, when everything is committed, lets the run end as it would have',
    async (fault) => {
      await inWorld(async (world) => {
        const ended = await runPaused(
          (options) => world.run(SECOND, options),
          fault,
          (pid) => Promise.resolve(process.kill(pid, 'SIGTERM')),
        );
        expect([ended.status, (ended.json() as RunResult).phase]).toEqual([3, 'PartialSuccess']);
      });
    },
  );

  test('given twice ends the command at once, and the execution goes on where it was', async () => {
    const calm = await openFaultWorld(start);
    await inWorld(async (world) => {
      await calm.run(SECOND);
      let again: NodeJS.Timeout | undefined;
      const hurried = await runPaused(
        (options) => world.run(SECOND, options),
        'chunk:before:3',
        // Two that come together are one to a stopped process: another after it has gone on.
        (pid) => {
          process.kill(pid, 'SIGTERM');
          again = setInterval(() => interrupt(pid), 1);
          return Promise.resolve();
        },
      ).finally(() => clearInterval(again));
      expect(hurried).toMatchObject({ status: 130, stdout: '' });
      expect(await world.run(SECOND)).toMatchObject({ status: 3, stderr: '' });
      expect(await fingerprint(world, 'second')).toEqual(await fingerprint(calm, 'second'));
    });
    await calm.close();
  });
});
