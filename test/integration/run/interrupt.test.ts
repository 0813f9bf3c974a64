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
  await world.run(args);
  let interrupted: Promise<boolean> = Promise.resolve(false);
  const second = await world.run(args, {
    leadsGroup: true,
    onStart: (pid) => {
      interrupted = untilRuns('diff/main.ts', world.directory, pid).then(
        (runs) => runs && process.kill(-pid, 'SIGINT'),
      );
    },
  });
  expect([await interrupted, second.stderr, second.status]).toEqual([true, '', 130]);
  expect(second.json()).toMatchObject({ phase: 'Cancelled' });
  const third = await world.run(args);
  expect((third.json() as RunResult).scopes).toMatchObject([{ unchangedByDiff: 2 }]);
});
