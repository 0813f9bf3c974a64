import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../core/model/outcome.ts';
import type { RunResult } from '../../../core/model/run-result.ts';
import { artifactId, fetchArtifact, findArtifact } from '../../../runner/artifacts/artifact-store.ts';
import type { Snapshot } from '../../../runner/executions/executions.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { openContainerWorld, readSnapshot, statuses, type ContainerWorld } from '../../support/container-world.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';

const folder = join(import.meta.dirname, '../../../examples/price-list');
const first = join(folder, 'price-list-2026-11-02.csv');
const second = join(folder, 'price-list-2026-11-09.csv');

/** What two runs of the same input may differ in: ids, times, and where the files are. */
const comparable = ({ execution, durationMs, report, outcomes, ...result }: RunResult): object => ({
  ...result,
  hasFiles: execution !== '' && durationMs >= 0 && report !== null && outcomes !== null,
});
const plain = ({ row, step, status, reason, after, errors, warnings }: Outcome): string =>
  JSON.stringify([step, row, status, reason, withoutTimes(after), errors, warnings]);
const withoutTimes = (values: Outcome['after']): object | null =>
  values && Object.fromEntries(Object.entries(values).filter(([field]) => field !== 'loaded_at' && field !== 'vendor'));

describe('an execution in containers', () => {
  let containers: ContainerWorld;
  let snapshot: Snapshot;
  let cli: CliWorld;
  let cliDatabase: TestDatabase;
  let cliPool: SqlPool;

  beforeAll(async () => {
    containers = await openContainerWorld();
    snapshot = await readSnapshot([folder], 'price-list');
    cliDatabase = await freshDatabase();
    cliPool = openPool(cliDatabase.url);
    cli = await openCliWorld(cliDatabase.url);
  });
  afterAll(async () => {
    await containers.close();
    await cliPool.close();
    await cliDatabase.drop();
    await cli.close();
  });

  const runCli = async (id: string, input: string, ...more: string[]): Promise<RunResult> => {
    const args = ['run', folder, '--connector', 'price-list', '--input', input, '--output', 'json', '--execution', id];
    return (await cli.run([...args, ...more])).json() as RunResult;
  };
  const cliOutcomes = async (id: string): Promise<Outcome[]> =>
    (await cli.run(['outcomes', id])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome);
  const records = async (pool: SqlPool): Promise<unknown> => {
    const products = `SELECT p.sku, p.name, p.price, p.archived_at, v.name AS vendor
      FROM kz_sales.product p LEFT JOIN kz_sales.vendor v ON v.id = p.vendor ORDER BY p.sku, p.name`;
    return (await pool.query({ text: products, values: [] })).rows;
  };

  test.each([
    ['a dry run on an empty database', 'dry', 'DryRun', first],
    ['the first live run', 'live', 'Live', first],
    ['a dry run of the next file', 'next-dry', 'DryRun', second],
    ['the live run of the next file, which skips what the first one left unchanged', 'next', 'Live', second],
    ['the same file once more, of which the diff check leaves nothing', 'again', 'Live', second],
  ] as const)('%s gives the counts, warnings, outcomes and records of the command line', async (_, id, mode, input) => {
    const expected = await runCli(id, input, ...(mode === 'DryRun' ? ['--dry-run'] : []));
    await containers.start(id, snapshot, { mode, input });
    expect(statuses(await containers.attempt(id))).toEqual([0, 0, 0]);
    const result = await containers.result(id);
    expect(comparable(result)).toEqual(comparable(expected));
    expect(result).toMatchObject({ report: artifactId.report(id), outcomes: artifactId.outcomes(id) });
    expect((await containers.outcomes(id)).map(plain)).toEqual((await cliOutcomes(id)).map(plain));
    if (mode === 'Live') expect(await records(containers.pool)).toEqual(await records(cliPool));
    expect((await containers.find(id)).phase).toBe(expected.phase);
  });

  test('leaves its report, its outcomes and its scopes in PostgreSQL, and nothing in its workspace', async () => {
    await containers.start('files', snapshot, { input: first });
    const workspace = await containers.workspace();
    for (const stage of ['intake', 'sql', 'load']) {
      expect((await containers.run(stage, 'files', workspace)).status).toBe(0);
    }
    await containers.pool.withConnection(async ({ pg }) => {
      const report = join(workspace, 'report.xlsx');
      await fetchArtifact(pg, artifactId.report('files'), report);
      expect(await findArtifact(pg, artifactId.report('files'))).toMatchObject({
        kind: 'Report',
        fileName: 'files.xlsx',
      });
      const { rows } = await containers.pool.query({
        text: `SELECT kind, count(*)::int AS count FROM smartconnector.artifact WHERE execution_id = 'files' GROUP BY kind ORDER BY kind`,
        values: [],
      });
      expect(rows).toEqual([
        { kind: 'Input', count: 1 },
        { kind: 'OutcomeIndex', count: 1 },
        { kind: 'Outcomes', count: 1 },
        { kind: 'Report', count: 1 },
        { kind: 'Scope', count: 6 },
      ]);
    });
    expect(await readdir(join(workspace, 'work'))).toEqual([]);
  });

  test('takes a mounted file in place of a stored one', async () => {
    await containers.start('mounted', snapshot, { mode: 'DryRun', inputName: 'price-list-2026-11-02.csv' });
    const workspace = await containers.workspace();
    const intake = await containers.run('intake', 'mounted', workspace, {
      args: ['--volume', dirname(first), '--input', basename(first)],
    });
    expect(intake.status).toBe(0);
    expect((await containers.run('sql', 'mounted', workspace)).status).toBe(0);
    expect((await containers.run('load', 'mounted', workspace)).status).toBe(0);
    expect((await containers.result('mounted')).inputs).toEqual([{ table: 'price_list', rows: 2416 }]);
  });
});
