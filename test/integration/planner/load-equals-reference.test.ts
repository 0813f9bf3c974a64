import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { referenceRun, type PlainRun } from '../../support/oracle/compare.ts';
import {
  countEvents,
  createTables,
  readTrace,
  readWorld,
  resetRecords,
  runLoad,
  writeScopes,
  type LoadResult,
} from '../../support/oracle/database-world.ts';
import { heldWorld } from '../../support/oracle/held-world.ts';
import { plainWorld } from '../../support/oracle/plain-world.ts';
import { randomWorld, type RandomWorld } from '../../support/oracle/random-world.ts';
import { seeded } from '../../support/oracle/seed.ts';
import { freshPool } from '../../support/postgres.ts';

const ALL = 1_000_000;
const WRITTEN = ['Created', 'Updated', 'Unarchived'];

let database: Awaited<ReturnType<typeof freshPool>>;

beforeAll(async () => {
  database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
});

afterAll(async () => {
  await database.drop();
});

/** Every row of a scope is in exactly one status. */
function checkCounts(world: RandomWorld, expected: PlainRun, { counts }: LoadResult): void {
  for (const step of world.connector.steps) {
    const byStatus: Record<string, number> = {};
    for (const { status } of expected.outcomes[step.name] ?? []) byStatus[status] = (byStatus[status] ?? 0) + 1;
    const counted = counts.get(step.index) ?? {};
    expect(counted).toEqual(byStatus);
    expect(Object.values(counted).reduce((sum, count) => sum + count, 0)).toBe(world.rows.get(step.scope)?.length ?? 0);
  }
}

async function checkAtChunkSize(world: RandomWorld, expected: PlainRun, chunkRows: number): Promise<void> {
  const { pool } = database;
  const { scopes, remove } = await writeScopes(world);
  try {
    await resetRecords(pool, world);
    const before = await readTrace(pool);
    if (chunkRows !== 1) checkCounts(world, expected, await runLoad(pool, world, scopes, 'Plan', chunkRows));
    const dry = await runLoad(pool, world, scopes, 'DryRun', chunkRows);
    expect(dry.outcomes, 'outcomes of the dry run').toEqual(expected.outcomes);
    checkCounts(world, expected, dry);
    expect(await readTrace(pool), 'what the dry run left').toEqual(before);

    const live = await runLoad(pool, world, scopes, 'Live', chunkRows);
    expect(live.outcomes, 'outcomes of the live run').toEqual(expected.outcomes);
    checkCounts(world, expected, live);
    const { records, addedOptions } = expected;
    expect(await readWorld(pool, world.objects), 'what the live run left').toEqual({ records, addedOptions });
    const loud = world.connector.steps.filter((step) => step.triggerWorkflows);
    const events = loud.flatMap(({ name }) => expected.outcomes[name] ?? []);
    expect(await countEvents(pool)).toBe(events.filter(({ status }) => WRITTEN.includes(status)).length);
  } finally {
    await remove();
  }
}

async function checkWorld(world: RandomWorld, chunkSizes: readonly number[]): Promise<void> {
  const expected = referenceRun(world);
  await createTables(database.pool, world.objects);
  for (const chunkRows of chunkSizes) await checkAtChunkSize(world, expected, chunkRows);
}

describe('the load stage on PostgreSQL and the planner in memory', () => {
  it('agree on every row and every record of a random run, dry and live, in chunks of 1, 7 and all rows', async () => {
    const worlds = randomWorld({ records: 12, rows: 24, steps: 3 });
    await fc.assert(
      fc.asyncProperty(worlds, (world) => checkWorld(world, [1, 7, ALL])),
      seeded({ numRuns: 30 }),
    );
  });

  it('agree where most rows create a record of their own texts, dry and live, in chunks of 7 and all rows', async () => {
    await fc.assert(
      fc.asyncProperty(plainWorld({ rows: 40 }), (world) => checkWorld(world, [7, ALL])),
      seeded({ numRuns: 30 }),
    );
  });

  it('agree where most rows match one record and bring their own texts, dry and live, in chunks of 1, 7 and all rows', async () => {
    await fc.assert(
      fc.asyncProperty(heldWorld({ rows: 40 }), (world) => checkWorld(world, [1, 7, ALL])),
      seeded({ numRuns: 40 }),
    );
  });

  it('agree on runs of more than a thousand rows, in chunks of 1000 and all rows', async () => {
    const worlds = randomWorld({ records: 40, rows: 1600, minRows: 1200, steps: 2 });
    await fc.assert(
      fc.asyncProperty(worlds, (world) => checkWorld(world, [1000, ALL])),
      seeded({ numRuns: 2, endOnFailure: true }),
    );
  });
});
