import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MappingModel, StepModel } from '../../../core/model/connector.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import type { World } from '../../../core/planner/reference.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import {
  connector,
  field,
  mapping,
  object,
  ref,
  relationship,
  rows,
  rule,
  scope,
  step,
} from '../../support/oracle/builders.ts';
import { plainRecords, type PlainRun } from '../../support/oracle/compare.ts';
import {
  forgetRuns,
  loadRun,
  readChanges,
  readOrder,
  recordOrder,
  replay,
  type CommittedChunk,
  type ConcurrentRun,
} from '../../support/oracle/concurrent-runs.ts';
import { createTables, readWorld, resetRecords, writeScopes } from '../../support/oracle/database-world.ts';
import type { OracleRecord } from '../../support/oracle/oracle.ts';
import { stepsOf } from '../../support/oracle/random-steps.ts';
import { COLUMNS, rowsOf, V } from '../../support/oracle/random-values.ts';
import { randomWorld } from '../../support/oracle/random-world.ts';
import { seeded } from '../../support/oracle/seed.ts';
import { freshPool } from '../../support/postgres.ts';

/** Runs at once on the same objects; the last one is a dry run. */
interface Race {
  readonly objects: readonly ObjectModel[];
  readonly records: readonly OracleRecord[];
  readonly runs: readonly ConcurrentRun[];
  /** How many turns of the others each statement waits for, over and over. */
  readonly pauses: readonly number[];
  readonly buildsIndexes: boolean;
}

let database: Awaited<ReturnType<typeof freshPool>>;

beforeAll(async () => {
  database = await freshPool({ maxConnections: 12 });
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  await recordOrder(database.pool);
});

afterAll(async () => {
  await database.drop();
});

const chunkRows = fc.constantFrom(1, 1, 2, 3, 5, 50);
const pauses = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 5, 20), { minLength: 20, maxLength: 60 });

/** What other runs write in between is seen in the step's own object; other objects are looked into as they were. */
function isOwnLookup({ source }: MappingModel, { object: own }: StepModel): boolean {
  return source.kind !== 'Lookup' || source.object.name === own.name;
}

function withOwnLookups(steps: readonly StepModel[]): StepModel[] {
  return steps.map((one) => {
    const kept = one.mappings.filter((each) => isOwnLookup(each, one));
    const title = one.object.fields[0];
    const mappings = kept.length > 0 || title === undefined ? kept : [mapping(title, V.text)];
    return { ...one, mappings };
  });
}

/** Everything at random: rules, mappings, options that rows add, archived records. */
const anyRace: fc.Arbitrary<Race> = randomWorld({ records: 8, rows: 1, steps: 1 }).chain(({ objects, records }) => {
  const run = fc.record({
    steps: fc.integer({ min: 1, max: 2 }).chain((count) => stepsOf(objects, count)),
    rows: rowsOf(4, 14, records.length),
    more: rowsOf(0, 5, records.length),
    chunkRows,
  });
  return fc
    .record({ runs: fc.array(run, { minLength: 3, maxLength: 4 }), pauses, buildsIndexes: fc.nat(19) })
    .map((random): Race => ({
      objects,
      records,
      pauses: random.pauses,
      buildsIndexes: random.buildsIndexes === 0,
      runs: random.runs.map((one, index) => ({
        id: `run-${index}`,
        mode: index === random.runs.length - 1 ? 'DryRun' : 'Live',
        chunkRows: one.chunkRows,
        rows: new Map([
          ['rows', one.rows],
          ['more', one.more],
        ]),
        connector: connector({
          name: `connector-${index}`,
          steps: withOwnLookups(one.steps),
          scopes: [scope('rows', COLUMNS), scope('more', COLUMNS)],
        }),
      })),
    }));
});

const VENDOR = object('vendor', [field('name'), field('note'), relationship('best', 'product')]);
const PRODUCT = object('product', [field('sku'), field('note'), relationship('maker', 'vendor')]);
const NAME = ref('name');
const SKU = ref('sku');
const NOTE = ref('note');

/** Writes one object, then the other, which refers to the first by the key that the row has just brought in. */
function crossing(first: ObjectModel, second: ObjectModel): readonly StepModel[] {
  const keys = { vendor: NAME, product: SKU } as const;
  return [first, second].map((model, index) => {
    const key = keys[model.name as 'vendor' | 'product'];
    const [keyField, note, reference] = model.fields;
    if (keyField === undefined || note === undefined || reference === undefined) throw new Error('three fields');
    const overwriting = { conflictResolution: 'OverwriteClearIfBlank' } as const;
    const other = first.fields[0] ?? keyField;
    const lookup: MappingModel = mapping(reference, [], {
      ...overwriting,
      source: { kind: 'Lookup', object: first, field: other, variable: first === VENDOR ? NAME : SKU },
    });
    const mappings = [mapping(keyField, key), mapping(note, NOTE, overwriting), ...(index === 0 ? [] : [lookup])];
    return step(model, [rule(keyField, key)], mappings, { index, name: model.name });
  });
}

/** Two or three live connectors that write A→B and B→A with the same keys. */
const crossingRace: fc.Arbitrary<Race> = fc
  .record({
    runs: fc.array(
      fc.record({
        list: fc.array(
          fc.record({
            name: fc.constantFrom('a', 'b', 'c', 'd'),
            sku: fc.constantFrom('1', '2', '3', '4'),
            note: fc.constantFrom('x', 'y', 'z'),
          }),
          { minLength: 6, maxLength: 20 },
        ),
        chunkRows,
      }),
      { minLength: 3, maxLength: 4 },
    ),
    pauses,
  })
  .map((random): Race => ({
    objects: [VENDOR, PRODUCT],
    records: [],
    pauses: random.pauses,
    buildsIndexes: false,
    runs: random.runs.map(({ list, chunkRows: size }, index) => ({
      id: `run-${index}`,
      mode: index === random.runs.length - 1 ? 'DryRun' : 'Live',
      chunkRows: size,
      rows: new Map([['rows', rows([NAME, SKU, NOTE], list)]]),
      connector: connector({
        name: `connector-${index}`,
        steps: index % 2 === 0 ? crossing(VENDOR, PRODUCT) : crossing(PRODUCT, VENDOR),
        scopes: [scope('rows', [NAME, SKU, NOTE])],
      }),
    })),
  }));

/** Holds a statement back until others have sent as many as the list says, or have nothing to send. */
function buildPause(list: readonly number[]): () => Promise<void> {
  let sent = 0;
  let next = 0;
  return async () => {
    const turns = list[next++ % list.length] ?? 0;
    const until = sent + turns;
    for (let idle = 0; sent < until && idle < 50 * turns; idle++) await setImmediate();
    sent += 1;
  };
}

function worldOf({ objects, records }: Race): World {
  return {
    records: new Map(objects.map(({ name }) => [name, records.filter((record) => record.object === name)])),
    addedOptions: new Set(),
  };
}

function plainWorld(objects: readonly ObjectModel[], world: World): Pick<PlainRun, 'records' | 'addedOptions'> {
  const records = [...world.records].flatMap(([name, list]) => list.map((record) => ({ ...record, object: name })));
  const addedOptions: Record<string, string[]> = {};
  for (const key of world.addedOptions) {
    const [name = '', fieldName = '', label = ''] = JSON.parse(key) as string[];
    addedOptions[`${name}.${fieldName}`] = [...(addedOptions[`${name}.${fieldName}`] ?? []), label].sort();
  }
  return { records: plainRecords(objects, records), addedOptions };
}

/** The chunks that a snapshot holds: of each object the first ones, as many as it was changed. */
function chunksIn(
  race: Race,
  order: readonly CommittedChunk[],
  before: ReadonlyMap<string, number>,
  seen: ReadonlyMap<string, number>,
): CommittedChunk[] {
  const left = new Map([...seen].map(([name, change]) => [name, change - (before.get(name) ?? 0)]));
  return order.filter(({ execution, step: index }) => {
    const name = race.runs.find((run) => run.id === execution)?.connector.steps[index]?.object.name ?? '';
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count > 0;
  });
}

async function checkRace(race: Race): Promise<void> {
  const { pool } = database;
  const { objects, runs } = race;
  await createTables(pool, objects);
  const [first] = runs;
  if (first === undefined) return;
  await resetRecords(pool, { ...race, connector: first.connector, rows: first.rows });
  await forgetRuns(pool);
  const before = await pool.withConnection(({ pg }) => readChanges(pg));
  const written = await Promise.all(
    runs.map((run) => writeScopes({ ...race, connector: run.connector, rows: run.rows })),
  );
  try {
    const settings = { pause: buildPause(race.pauses), buildsIndexes: race.buildsIndexes };
    const results = await Promise.all(
      runs.map((run, index) => loadRun(pool, run, objects, written[index]?.scopes ?? new Map(), settings)),
    );
    const dryId = runs.at(-1)?.id;
    const order = (await readOrder(pool)).filter(({ execution }) => execution !== dryId);

    const world = worldOf(race);
    const expected = replay(runs, objects, order, world);
    for (const [index, run] of runs.entries()) {
      if (run.mode === 'Live') expect(results[index]?.outcomes, run.id).toEqual(expected.get(run.id));
    }
    expect(await readWorld(pool, objects), 'what the runs left').toEqual(plainWorld(objects, world));

    const dry = runs.at(-1);
    const result = results.at(-1);
    if (dry === undefined || result === undefined) return;
    const snapshot = worldOf(race);
    replay(runs, objects, chunksIn(race, order, before, result.seen), snapshot);
    const whole = dry.connector.steps.map(({ index }) => ({ execution: dry.id, step: index, chunk: 0 }));
    const predicted = replay([{ ...dry, chunkRows: 1_000_000 }], objects, whole, snapshot);
    expect(result.outcomes, 'the dry run, on its snapshot').toEqual(predicted.get(dry.id));
  } finally {
    for (const { remove } of written) await remove();
  }
}

describe('runs at once come to what their chunks come to one after another', () => {
  it.each([
    ['random connectors on the same objects, and a dry run', anyRace, 60],
    ['connectors that write two objects in opposite order, and a dry run', crossingRace, 40],
  ])('%s', async (_name, races, numRuns) => {
    await fc.assert(fc.asyncProperty(races, checkRace), seeded({ numRuns, endOnFailure: true }));
  });
});
