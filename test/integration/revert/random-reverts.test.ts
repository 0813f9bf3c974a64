import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../core/model/outcome.ts';
import type { RunResult } from '../../../core/model/run-result.ts';
import { isSameValue } from '../../../core/planner/field-value.ts';
import type { NetEffect } from '../../../core/revert/net-effect.ts';
import { executionFiles } from '../../../runner/artifacts/execution-files.ts';
import { AttemptHolder } from '../../../runner/executions/begin-attempt.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { endExecution, findExecution } from '../../../runner/executions/executions.ts';
import { storeObjects } from '../../../runner/executions/objects.ts';
import { quotedTable } from '../../../runner/postgres/object-table.ts';
import { readRecords } from '../../../runner/postgres/records.ts';
import { readNetEffects } from '../../../runner/revert/net-effects.ts';
import { runRevert } from '../../../runner/revert/run-revert.ts';
import { readOutcomes } from '../../../runner/stages/outcome-file.ts';
import {
  createTables,
  readTrace,
  resetRecords,
  runLoad,
  writeScopes,
  type LoadResult,
} from '../../support/oracle/database-world.ts';
import { randomWorld, type RandomWorld } from '../../support/oracle/random-world.ts';
import { seeded } from '../../support/oracle/seed.ts';
import { freshPool } from '../../support/postgres.ts';

type Values = Readonly<Record<string, Outcome['row'] | string | boolean | readonly string[] | null>>;

/** A record as it is compared: by `object id`. */
interface State {
  readonly archived: boolean;
  readonly values: Values;
}

/** What somebody does to a record between the run and its revert. */
const DISTURBANCES = ['edit', 'clear', 'archive', 'delete'] as const;
type Disturbance = (typeof DISTURBANCES)[number];

/** In this many of the records, by their place: what is done to them. */
type Disturbances = readonly (readonly [place: number, Disturbance])[];

let database: Awaited<ReturnType<typeof freshPool>>;
let stateDirectory: string;

beforeAll(async () => {
  database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  stateDirectory = await mkdtemp(join(tmpdir(), 'smartconnector-revert-'));
});

afterAll(async () => {
  await database.drop();
  await rm(stateDirectory, { recursive: true, force: true });
});

async function readStates({ objects }: RandomWorld): Promise<Map<string, State>> {
  const states = new Map<string, State>();
  for (const object of objects) {
    await database.pool.withConnection(async (connection) => {
      for await (const { id, archived_at, ...rest } of readRecords(connection, object, { archived: true })) {
        const values = Object.fromEntries(object.fields.map(({ name }) => [name, rest[name] ?? null]));
        states.set(`${object.name} ${String(id)}`, { archived: archived_at !== null, values });
      }
    });
  }
  return states;
}

async function disturb(world: RandomWorld, keys: readonly string[], disturbances: Disturbances): Promise<void> {
  const statements: Readonly<Record<Disturbance, (table: string) => string>> = {
    edit: (table) => `UPDATE ${table} SET note = 'somebody else' WHERE id = $1`,
    clear: (table) => `UPDATE ${table} SET title = NULL WHERE id = $1`,
    archive: (table) => `UPDATE ${table} SET archived_at = coalesce(archived_at, '2020-01-01') WHERE id = $1`,
    delete: (table) => `DELETE FROM ${table} WHERE id = $1`,
  };
  for (const [place, what] of disturbances) {
    const [name = '', id = ''] = (keys[place % Math.max(keys.length, 1)] ?? '').split(' ');
    const object = world.objects.find((one) => one.name === name);
    if (object === undefined) continue;
    await database.pool.query({ text: statements[what](quotedTable(object.namespace, name)), values: [id] });
  }
}

/** What a revert must leave, said without its planner: the states before the run, after it, and now. */
function expectedStates(
  world: RandomWorld,
  load: Pick<LoadResult, 'outcomes'>,
  before: ReadonlyMap<string, State>,
  after: ReadonlyMap<string, State>,
  now: ReadonlyMap<string, State>,
): Map<string, State> {
  const written = new Map<string, Set<string>>();
  for (const step of world.connector.steps) {
    for (const outcome of load.outcomes[step.name] ?? []) {
      if (outcome.record === null || !['Created', 'Updated', 'Unarchived'].includes(outcome.status)) continue;
      const key = `${step.object.name} ${outcome.record}`;
      written.set(key, new Set([...(written.get(key) ?? []), ...Object.keys(outcome.after)]));
    }
  }
  const expected = new Map<string, State>();
  for (const [key, state] of now) {
    const [old, left, names] = [before.get(key), after.get(key), written.get(key)];
    if (left === undefined || names === undefined) {
      expected.set(key, state);
      continue;
    }
    const fields = world.objects.find((one) => one.name === key.split(' ')[0])?.fields ?? [];
    const same = (name: string, one: Values, other: Values): boolean => {
      const field = fields.find((each) => each.name === name);
      return field !== undefined && isSameValue(field, (one[name] ?? null) as string, (other[name] ?? null) as string);
    };
    if (old === undefined) {
      const untouched = fields.every(({ name }) => same(name, state.values, left.values));
      expected.set(key, { archived: state.archived || untouched, values: state.values });
      continue;
    }
    const values = { ...state.values };
    let changed = false;
    for (const name of names) {
      if (same(name, state.values, old.values)) continue;
      if (same(name, state.values, left.values)) values[name] = old.values[name] ?? null;
      else changed = true;
    }
    const archived = old.archived && !left.archived ? state.archived || !changed : state.archived;
    expected.set(key, { archived, values });
  }
  return expected;
}

interface Reverted {
  readonly result: RunResult;
  readonly outcomes: readonly unknown[];
}

async function revert(
  reverts: string,
  id: string,
  mode: 'Live' | 'DryRun',
  chunkRows: number,
  failAt = Infinity,
): Promise<Reverted> {
  let chunks = 0;
  const now = (): Date => {
    chunks += 1;
    if (chunks > failAt) throw new Error('the process dies here');
    return new Date();
  };
  const request = { id, reverts, mode, chunkRows, stateDirectory, triggeredBy: null, reportPath: null };
  const result = await runRevert(
    { ...request, startedAt: new Date().toISOString() },
    {
      pool: database.pool,
      now,
      signal: new AbortController().signal,
      holder: new AttemptHolder(),
      onProgress: () => undefined,
    },
  );
  const files = executionFiles(stateDirectory, id);
  const outcomes: unknown[] = [];
  for await (const outcome of readOutcomes(files.outcomes, files.outcomeIndex, null)) outcomes.push(outcome);
  return { result, outcomes };
}

/** Ends the execution that runLoad left, as a run does. */
async function endLoad(world: RandomWorld, id: string, counts: LoadResult['counts']): Promise<number> {
  const steps = world.connector.steps.map((step) => {
    const { Created = 0, Updated = 0, Unarchived = 0 } = counts.get(step.index) ?? {};
    return { name: step.name, created: Created, updated: Updated, unarchived: Unarchived };
  });
  await database.pool.withConnection(async ({ pg }) => {
    await storeObjects(pg, world.objects);
    const execution = await findExecution(pg, id);
    if (execution === null) throw new Error(`no execution ${id}`);
    await endExecution(pg, execution, { phase: 'Succeeded', steps } as unknown as RunResult, new Date().toISOString());
  });
  return steps.reduce((sum, step) => sum + step.created + step.updated + step.unarchived, 0);
}

/** The effects come out the same, however many ranges of ids they are brought together in. */
async function checkParts({ connector, objects }: RandomWorld): Promise<void> {
  await mkdir(stateDirectory, { recursive: true });
  const path = join(stateDirectory, 'spill');
  for (const { name } of objects) {
    const steps = connector.steps.filter((step) => step.object.name === name);
    const effectsOf = (partRows: number): Promise<NetEffect[]> =>
      database.pool.withConnection(async ({ pg }) => {
        const writing = { executionId: 'Live-7', steps, written: 24 * steps.length };
        const effects: NetEffect[] = [];
        for await (const effect of readNetEffects(pg, writing, path, partRows)) effects.push(effect);
        return effects;
      });
    const whole = await effectsOf(1000);
    expect(whole.map((effect) => effect.record)).toEqual([...new Set(whole.map((effect) => effect.record))].sort());
    expect(await effectsOf(2)).toEqual(whole);
  }
}

async function checkWorld(world: RandomWorld, disturbances: Disturbances, chunkRows: number): Promise<void> {
  await rm(stateDirectory, { recursive: true, force: true });
  await createTables(database.pool, world.objects);
  await resetRecords(database.pool, world);
  const { scopes, remove } = await writeScopes(world);
  try {
    const before = await readStates(world);
    const load = await runLoad(database.pool, world, scopes, 'Live', 7);
    const written = await endLoad(world, 'Live-7', load.counts);
    if (written === 0) {
      await expect(revert('Live-7', 'none', 'Live', chunkRows)).rejects.toMatchObject({ code: 'NothingToRevert' });
      return;
    }
    const after = await readStates(world);
    await disturb(world, [...after.keys()], disturbances);
    const now = await readStates(world);
    const expected = expectedStates(world, load, before, after, now);

    await checkParts(world);

    const trace = await readTrace(database.pool);
    const dry = await revert('Live-7', 'dry', 'DryRun', chunkRows);
    expect(await readTrace(database.pool), 'what the dry run left').toEqual(trace);

    await revert('Live-7', 'live', 'Live', chunkRows, 1).catch(() => undefined);
    await rm(stateDirectory, { recursive: true, force: true });
    const live = await revert('Live-7', 'live', 'Live', chunkRows);
    expect(live.outcomes, 'a resumed revert and its dry run').toEqual(dry.outcomes);
    expect(live.result.steps).toEqual(dry.result.steps);
    expect(await readStates(world), 'what the revert left').toEqual(expected);

    const again = await revert('Live-7', 'again', 'Live', chunkRows);
    expect(await readStates(world), 'what a second revert left').toEqual(expected);
    expect(again.result.steps.map((step) => step.updated + step.unarchived + step.created)).toEqual(
      again.result.steps.map(() => 0),
    );
    if (live.result.steps.every((step) => step.updated === 0)) return;
    await revert('live', 'back', 'Live', chunkRows);
    expect(await readStates(world), 'what the revert of the revert left').toEqual(now);
  } finally {
    await remove();
  }
}

describe('the revert of a random run', () => {
  it('gives back what was there where nobody changed it, predicts it, resumes, and can itself be reverted', async () => {
    const disturbances = fc.array(fc.tuple(fc.nat(60), fc.constantFrom(...DISTURBANCES)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        randomWorld({ records: 12, rows: 24, steps: 3 }),
        disturbances,
        fc.constantFrom(1, 3, 1000),
        checkWorld,
      ),
      seeded({ numRuns: 6 }),
    );
  });
});
