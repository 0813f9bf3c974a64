import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSqlProcess } from '../../../runner/sql/sql-process.ts';
import { connector } from '../../support/oracle/builders.ts';
import { runStage, variable } from './stage-fixture.ts';

const CASE = {
  script: `CREATE VIEW output.t AS SELECT sku, toString(toUnixTimestamp('2026-07-01 00:00:00')) AS zone, price FROM input.items`,
  scopes: { t: [variable('sku'), variable('zone'), variable('price', { type: 'Number' })] },
  change: { timeZone: 'America/Denver' },
} as const;

test('a process that was started before its input was there makes of it what one does that starts after it', async () => {
  const after = await runStage(CASE);
  const before = await runStage({ ...CASE, startsFirst: true });
  expect(before.failure).toBeNull();
  const midnight = String(Date.UTC(2026, 6, 1, 6) / 1000);
  expect(before.rows['t']?.map(({ values }) => values[1])).toEqual([midnight, midnight, midnight]);
  expect({ ...before, scopes: [] }).toEqual({ ...after, scopes: [] });
  expect(before.scopes.map(({ rows, rejected }) => [rows, rejected])).toEqual(
    after.scopes.map(({ rows, rejected }) => [rows, rejected]),
  );
});

test('the limit of the time of a script holds in one that was started before, too', async () => {
  const script = `CREATE VIEW output.t AS SELECT toString(count()) AS x FROM numbers(1000000000000) WHERE sin(number) > 2`;
  const { failure } = await runStage({
    script,
    scopes: { t: [variable('x')] },
    limits: { seconds: 1 },
    startsFirst: true,
  });
  expect(failure?.code).toBe('TimeLimit');
});

test('a process for which nothing comes is ended, and leaves nothing of its own', async () => {
  const workspace = await mkdtemp(join(tmpdir(), 'sql-early-'));
  try {
    const process = await startSqlProcess(connector({}), workspace);
    const ended = once(process.jail.child, 'exit');
    await process.dispose();
    await ended;
    expect(await readdir(workspace)).toEqual(['scopes']);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
});

test('files that come and go in the workspace while a process starts do it no harm', async () => {
  const workspace = await mkdtemp(join(tmpdir(), 'sql-early-'));
  const program = `
    const fs = require('fs');
    for (let n = 0; ; n++) {
      for (let file = 0; file < 200; file++) fs.writeFileSync(process.argv[1] + '/' + file, '');
      if (n === 0) console.log('begun');
      for (let file = 0; file < 200; file++) fs.unlinkSync(process.argv[1] + '/' + file);
    }`;
  const writer = spawn(process.execPath, ['--eval', program, workspace], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(writer.stdout, 'data');
    for (let start = 0; start < 5; start++) await (await startSqlProcess(connector({}), workspace)).dispose();
  } finally {
    writer.kill('SIGKILL');
    await once(writer, 'close');
    await rm(workspace, { recursive: true, force: true });
  }
});
