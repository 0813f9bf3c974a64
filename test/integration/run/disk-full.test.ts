import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunError, RunResult } from '../../../core/model/run-result.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { STOCK_OBJECT, stockConnector } from './manifests.ts';

const ROWS = 20_000;

const tmpfs = (directory: string, options: string): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'pipe' });
};

/** Only root may mount a file system of a certain size; elsewhere this tier is left out, and says so. */
function canMount(): boolean {
  const directory = join('/tmp', `smartconnector-mount-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  try {
    tmpfs(directory, 'size=64k');
    execFileSync('umount', [directory]);
    return true;
  } catch {
    console.warn('no file system can be mounted here: the tests of full disks are left out');
    return false;
  }
}

describe.skipIf(!canMount())('a disk that runs full', () => {
  let database: TestDatabase;
  let pool: SqlPool;
  let world: CliWorld;
  let disk: string;

  beforeAll(async () => {
    database = await freshDatabase();
    pool = openPool(database.url);
    world = await openCliWorld(database.url);
    disk = join(world.directory, 'state');
    mkdirSync(disk);
    tmpfs(disk, 'size=64m');
    const lines = Array.from({ length: ROWS }, (_, row) => `s${row},${row % 97},${(row * 2654435761).toString(36)}\n`);
    await world.file('in.csv', `sku,amount,note\n${lines.join('')}`);
  });
  afterAll(async () => {
    execFileSync('umount', [disk]);
    await pool.close();
    await world.close();
    await database.drop();
  });

  /** From too small for the input to large enough for all but the report. */
  test.each([300, 1000, 1600, 2200, 2600, 2800, 3000, 3200, 3500])(
    'of %i KiB: the run ends with 75 and goes on when there is space, wherever it stood; nothing is lost',
    async (kibibytes) => {
      const namespace = `disk-${kibibytes}`;
      const inNamespace = (text: string): string => text.replace('metadata: {', `metadata: {namespace: ${namespace}, `);
      const manifests = await world.file(
        `${namespace}.yaml`,
        `${inNamespace(STOCK_OBJECT)}---${inNamespace(stockConnector({ diffCheck: false }))}`,
      );
      const options = ['-c', 'stock', '-i', 'in.csv', '-o', 'json', '--chunk-rows', '5000', '--execution', namespace];
      const run = () => world.run(['run', manifests, ...options]);
      execFileSync('find', [disk, '-mindepth', '1', '-delete']);
      tmpfs(disk, `remount,size=${kibibytes}k`);
      const full = await run();
      const { error } = full.json() as { error: RunError };
      expect([full.status, error.code]).toEqual([
        75,
        expect.stringMatching(/^(DiskFault|ScopeCutOff|ReportNotWritten)$/),
      ]);
      expect(error.message).toMatch(/space|incomplete/);

      tmpfs(disk, 'remount,size=64m');
      const ended = await run();
      expect([ended.stderr, ended.status]).toEqual(['', 0]);
      const { steps } = ended.json() as RunResult;
      expect(steps[0]).toMatchObject({ created: ROWS, notProcessed: 0 });
      const { rows } = await pool.query({
        text: `SELECT count(*)::int AS records, count(DISTINCT sku)::int AS keys FROM "kz_${namespace}".stock`,
        values: [],
      });
      expect(rows).toEqual([{ records: ROWS, keys: ROWS }]);
    },
  );
});
