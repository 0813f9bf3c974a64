import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oracleRun, referenceRun } from '../../support/oracle/compare.ts';
import { seeded } from '../../support/oracle/seed.ts';
import { randomWorld } from '../../support/oracle/random-world.ts';

describe('the planner and the rules written down a second time', () => {
  it('agree on every row, every record and every added option of a random run', () => {
    fc.assert(
      fc.property(randomWorld({ records: 8, rows: 9, steps: 3 }), (world) => {
        expect(referenceRun(world)).toEqual(oracleRun(world));
      }),
      seeded({ numRuns: 600 }),
    );
  });
});
