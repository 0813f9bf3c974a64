import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunMode } from '../../../core/model/outcome.ts';
import type { RunResult } from '../../../core/model/run-result.ts';
import { buildRecordIds } from '../../../core/planner/record-id.ts';
import { executionFiles } from '../../../runner/artifacts/execution-files.ts';
import { AttemptHolder } from '../../../runner/executions/begin-attempt.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import type { RunProgress } from '../../../runner/executions/progress.ts';
import { readOutcomes } from '../../../runner/stages/outcome-file.ts';
import { runExecution } from '../../../runner/stages/run-execution.ts';
import { recordIdSalt } from '../../../runner/stages/run-facts.ts';
import { plainOutcome, referenceRun, START_MS, type PlainOutcome } from '../../support/oracle/compare.ts';
import { createTables, readWorld, resetRecords } from '../../support/oracle/database-world.ts';
import { randomWorld, type RandomWorld } from '../../support/oracle/random-world.ts';
import { seeded } from '../../support/oracle/seed.ts';
import { freshPool } from '../../support/postgres.ts';

const ALL = 1_000_000;

let database: Awaited<ReturnType<typeof freshPool>>;
let state: string;

beforeAll(async () => {
  database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  state = await mkdtemp(join(tmpdir(), 'smartconnector-run-'));
});

afterAll(async () => {
  await database.drop();
  await rm(state, { recursive: true, force: true });
});

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** The rows of all scopes as one file, mixed; its column `part` tells them apart. */
function renderFile(world: RandomWorld): string {
  const variables = world.connector.scopes[0]?.variables ?? [];
  const lines = world.connector.scopes.flatMap(({ name }) =>
    (world.rows.get(name) ?? []).map(({ row, values }) => ({
      row,
      cells: [
        name,
        ...values.map((value) => (value === null ? '' : typeof value === 'string' ? value : value.join(','))),
      ],
    })),
  );
  const mixed = lines.sort((left, right) => left.row - right.row).map(({ cells }) => cells);
  return [['part', ...variables.map(({ name }) => name)], ...mixed]
    .map((cells) => `${cells.map(quote).join(',')}\n`)
    .join('');
}

/** The world with a script that takes the file apart again, and rows that typing alone makes. */
function asConnector(world: RandomWorld, threads: number): RandomWorld {
  const { connector } = world;
  const statements = connector.scopes.map(
    ({ name, variables }) =>
      `CREATE TABLE output.${name} AS SELECT _row, ${variables.map((one) => one.column).join(', ')} FROM input.page_idx_0 WHERE part = '${name}';`,
  );
  const origin = { path: 'spec.sql.script', file: null, firstLine: 1, indent: 0 };
  return {
    ...world,
    connector: {
      ...connector,
      sql: { script: statements.join('\n'), origin, sample: null, parameters: {}, settings: {} },
      limits: { ...connector.limits, threads },
    },
    rows: new Map(
      [...world.rows].map(([name, rows]) => [name, rows.map((row) => ({ ...row, rejected: false, problems: [] }))]),
    ),
  };
}

async function run(
  { connector, objects }: RandomWorld,
  id: string,
  mode: Extract<RunMode, 'Live' | 'DryRun'>,
  chunkRows: number,
  inputPath: string,
): Promise<{
  readonly result: RunResult;
  readonly outcomes: Readonly<Record<string, readonly PlainOutcome[]>>;
  readonly loaded: readonly RunProgress[];
}> {
  const loaded: RunProgress[] = [];
  const result = await runExecution(
    {
      id,
      snapshot: { connector, objects },
      mode,
      inputPath,
      inputName: 'input.csv',
      diffCheck: false,
      chunkRows,
      scheduledTime: null,
      triggeredBy: null,
      startedAt: new Date(START_MS).toISOString(),
      reportPath: null,
      stateDirectory: state,
      allowDestructiveMigration: () => false,
    },
    {
      pool: database.pool,
      now: () => new Date(START_MS),
      signal: new AbortController().signal,
      onProgress: (progress) => {
        if (progress.stage === 'Load') loaded.push(progress);
      },
      holder: new AttemptHolder(),
      readSecrets: () => Promise.resolve({}),
    },
  );
  const files = executionFiles(state, id);
  const outcomes: Record<string, PlainOutcome[]> = Object.fromEntries(connector.steps.map(({ name }) => [name, []]));
  for await (const outcome of readOutcomes(files.outcomes, files.outcomeIndex, null)) {
    outcomes[outcome.step]?.push(plainOutcome(outcome));
  }
  return { result, outcomes, loaded };
}

let runs = 0;

async function checkWorld(random: RandomWorld, threads: number, chunkRows: number): Promise<void> {
  const world = asConnector(random, threads);
  await createTables(database.pool, world.objects);
  await resetRecords(database.pool, world);
  const inputPath = join(state, 'input.csv');
  await writeFile(inputPath, renderFile(world));
  for (const mode of ['DryRun', 'Live'] as const) {
    const id = `run-${++runs}`;
    const idOf = (step: number, row: number): string => buildRecordIds(START_MS, recordIdSalt(id), step)(row);
    const expected = referenceRun(world, idOf);
    const { result, outcomes, loaded } = await run(world, id, mode, chunkRows, inputPath);
    expect(result.error, mode).toBeUndefined();
    expect(outcomes, `outcomes of the ${mode}`).toEqual(expected.outcomes);
    // Told before its first chunk, and after its last one.
    for (const { name } of world.connector.steps) {
      const steps = loaded.filter(({ step }) => step === name);
      expect([steps[0]?.rowsDone, steps.at(-1)?.rowsDone], name).toEqual([0, steps[0]?.rowsTotal]);
    }
    const { records, addedOptions } = mode === 'Live' ? expected : referenceRun({ ...world, rows: new Map() });
    expect(await readWorld(database.pool, world.objects), `what the ${mode} left`).toEqual({ records, addedOptions });
  }
}

describe('a run from a file to records and the planner in memory', () => {
  it.each([
    { threads: 1, chunkRows: 7, rows: 40, numRuns: 3 },
    { threads: 4, chunkRows: ALL, rows: 40, numRuns: 3 },
    { threads: 4, chunkRows: 1000, rows: 1600, numRuns: 1 },
  ])(
    'agree on every row and every record, the script on $threads threads, in chunks of $chunkRows, files of $rows rows',
    async ({ threads, chunkRows, rows, numRuns }) => {
      const worlds = randomWorld({ records: 12, rows, minRows: Math.ceil(rows * 0.75), steps: 3 });
      await fc.assert(
        fc.asyncProperty(worlds, (world) => checkWorld(world, threads, chunkRows)),
        seeded({ numRuns, endOnFailure: true }),
      );
    },
  );
});
