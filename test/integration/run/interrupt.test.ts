import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { RunResult } from '../../../core/model/run-result.ts';
import { openCliWorld } from '../../support/cli.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { STOCK_OBJECT, stockConnector, stockFile } from './manifests.ts';

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Waits until a process runs this script on files below the directory; false where the process `pid` ended before. */
async function untilRuns(script: string, directory: string, pid: number): Promise<boolean> {
  for (let status = ' '; status !== '' && !status.includes(') Z '); status = textOf(`/proc/${pid}/stat`)) {
    const commands = readdirSync('/proc').map((name) => (/^\d+$/.test(name) ? textOf(`/proc/${name}/cmdline`) : ''));
    if (commands.some((command) => command.includes(script) && command.includes(directory))) return true;
    await setImmediate();
  }
  return false;
}

test('Ctrl-C while the diff baseline is computed, which every process of the group gets, stops the run and no more', async () => {
  const database = await freshDatabase();
  const world = await openCliWorld(database.url);
  onTestFinished(async () => {
    await world.close();
    await database.drop();
  });
  const manifests = await world.file('m.yaml', `${STOCK_OBJECT}---${stockConnector()}`);
  const input = await world.file('in.csv', stockFile('a=1 b=2'));
  const args = ['run', manifests, '-c', 'stock', '-i', input, '-o', 'json', '--no-report'];
  const interrupt = async (): Promise<readonly [string, number | null, string]> => {
    let interrupted: Promise<boolean> = Promise.resolve(false);
    const run = await world.run(args, {
      leadsGroup: true,
      onStart: (pid) => {
        interrupted = untilRuns('diff/main.ts', world.directory, pid).then(
          (runs) => runs && process.kill(-pid, 'SIGINT'),
        );
      },
    });
    expect(await interrupted).toBe(true);
    return [run.stderr, run.status, (run.json() as RunResult).phase];
  };
  // The run has ended and is only to be laid over the baseline: that is left to the next one, which begins with it.
  expect(await interrupt()).toEqual(['', 0, 'Succeeded']);
  expect(await interrupt()).toEqual(['', 130, 'Cancelled']);
  const third = await world.run(args);
  expect((third.json() as RunResult).scopes).toMatchObject([{ unchangedByDiff: 2 }]);
});
