import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { parse, stringify } from 'yaml';
import type { RunResult } from '../../core/model/run-result.ts';
import { WORK_NAMES } from '../works.ts';
import type { Engine, Expectation, Job } from './engine.ts';
import { CONNECTOR, MANIFESTS, MEMBER_TABLE } from './member-table.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'bin', 'smartconnector');

/** A terminal around the run, for its progress; neither is part of what is measured. */
const HOLDERS = ['script', 'sh'];

/** Wide enough that no progress is cut. */
const COLUMNS = 200;

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * The product, through its command-line tool. Its progress tells the stages; it is drawn on a terminal only, so the run
 * gets one from `script` of util-linux. Without that program there are no stage times.
 */
export async function openProductEngine(commit: string): Promise<Engine> {
  const hasTerminal = await promisify(execFile)('script', ['--version']).then(
    () => true,
    () => false,
  );
  return {
    name: 'ours',
    version: `smartconnector ${commit}${hasTerminal ? '' : ' (no stage times: there is no program "script")'}`,
    works: WORK_NAMES,
    table: MEMBER_TABLE,
    marksRows: true,
    prepare: () => Promise.resolve(),
    launch: async (job) => {
      const words = [PROGRAM, ...(await runArguments(job))];
      const environment = environmentOf(job);
      if (!hasTerminal) return { command: 'sh', arguments: ['-c', 'exec "$@"', 'sh', ...words], environment };
      const line = `stty cols ${COLUMNS}; exec ${words.map(quote).join(' ')}`;
      return {
        command: 'script',
        arguments: ['--quiet', '--return', '--flush', '--command', line, '/dev/null'],
        environment: { ...environment, SHELL: '/bin/sh' },
        holders: HOLDERS,
      };
    },
    audit,
  };
}

const environmentOf = (job: Job): Record<string, string> => ({
  SMARTCONNECTOR_STATE: join(job.directory, 'state'),
  SMARTCONNECTOR_DATABASE: job.databaseUrl,
});

async function runArguments(job: Job): Promise<string[]> {
  const manifests = await writeManifests(job);
  const { work } = job;
  return [
    ...['run', manifests, '--connector', CONNECTOR, '--input', job.inputPath, '--execution', job.id],
    ...(work.dryRun ? ['--dry-run'] : []),
    ...(work.workbook ? [] : ['--no-report']),
  ];
}

/** The manifests of the benchmark, with the diff check as the work wants it. */
async function writeManifests(job: Job): Promise<string> {
  const folder = join(job.directory, 'manifests');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(MANIFESTS)) {
    const manifest = parse(await readFile(join(MANIFESTS, name), 'utf8')) as {
      kind: string;
      spec: Record<string, unknown>;
    };
    if (manifest.kind === 'SmartConnector') manifest.spec['diffCheck'] = { enabled: job.work.diffCheck };
    await writeFile(join(folder, name), stringify(manifest));
  }
  return folder;
}

/** The same command again gives the result of an execution that has ended, and runs nothing. */
async function readResult(job: Job): Promise<RunResult> {
  const { stdout } = await promisify(execFile)(PROGRAM, [...(await runArguments(job)), '--output', 'json'], {
    env: { ...process.env, ...environmentOf(job) },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as RunResult;
}

/** The counts must be those of the data, and every row that is listed must have its line. */
async function audit(job: Job, expected: Expectation): Promise<readonly string[]> {
  const result = await readResult(job);
  const faults: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    if (found !== wanted) faults.push(`${what} is ${String(found)}, expected ${String(wanted)}`);
  };
  const [step] = result.steps;
  const [scope] = result.scopes;
  expect('phase', result.phase, 'Succeeded');
  expect('rows of the input', result.inputs[0]?.rows, expected.rows);
  if (step === undefined || scope === undefined) return [...faults, 'the result has no step or no scope'];
  const { created, updated } = step;
  const listed = expected.rows - scope.unchangedByDiff;
  if (!job.work.dryRun && expected.rows === expected.written) expect('created and updated', created + updated, listed);
  if (job.work.diffCheck && job.work.after !== null) expect('rows past the diff check', listed, expected.written);
  if (result.outcomes !== null) expect('lines of outcomes', await countLines(result.outcomes), listed);
  if (job.work.workbook) expect('workbook is there', await isFile(result.report), true);
  return faults;
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  // Without any row the file has no bytes at all.
  if (!(await isFile(path))) return lines;
  for await (const part of createReadStream(path).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    for (let at = part.indexOf(10); at !== -1; at = part.indexOf(10, at + 1)) lines += 1;
  }
  return lines;
}

async function isFile(path: string | null): Promise<boolean> {
  if (path === null) return false;
  return stat(path).then(
    (status) => status.isFile() && status.size > 0,
    () => false,
  );
}
