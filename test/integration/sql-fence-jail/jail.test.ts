import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { candidateLevels } from '../../../runner/chdb/jail-levels.ts';
import { startJailed } from '../../../runner/chdb/jail.ts';
import type { Isolation, JailEnd, JailOptions } from '../../../runner/chdb/jail.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const REPOSITORY = resolve(HERE, '../../..');
const SECRET = 'canary-5f2a1c';
const root = realpathSync(mkdtempSync(join(tmpdir(), 'sql-jail-')));
const canary = join(root, 'canary.txt');
const levels = candidateLevels(process.getuid?.() === 0);

let server: Server;
let port = 0;
let connections = 0;

beforeAll(async () => {
  // The new root must not depend on who may enter the directories above.
  chmodSync(root, 0o700);
  writeFileSync(canary, SECRET);
  server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  port = (server.address() as AddressInfo).port;
  process.env['SQL_JAIL_CANARY'] = SECRET;
});

afterAll(async () => {
  delete process.env['SQL_JAIL_CANARY'];
  await new Promise((done) => server.close(done));
  rmSync(root, { recursive: true, force: true });
});

interface Run {
  readonly isolation: Isolation;
  readonly end: JailEnd;
  readonly report: Record<
    'file' | 'descriptors' | 'environment' | 'processEnvironment' | 'parentEnvironment' | 'network',
    string
  > & {
    readonly results: readonly string[];
  };
  readonly workspace: string;
}

async function runJailed(
  orders: { behaviour?: string; statements?: readonly string[] },
  changes: Partial<JailOptions> = {},
  act: (pid: number, kill: () => void) => void = () => undefined,
): Promise<Run> {
  const directory = mkdtempSync(join(root, 'run-'));
  const workspace = join(directory, 'workspace');
  const tmpDirectory = join(directory, 'tmp');
  mkdirSync(workspace);
  mkdirSync(tmpDirectory);
  const script = { behaviour: 'Report', statements: [], canary, port, ...orders };
  writeFileSync(join(workspace, 'script.json'), JSON.stringify(script));
  const jail = await startJailed({
    argv: [join(HERE, 'inside.ts'), workspace, tmpDirectory],
    workspace,
    tmpDirectory,
    readOnly: [join(REPOSITORY, 'node_modules'), HERE, join(REPOSITORY, 'package.json')],
    memoryBytes: 2 * 1024 ** 3,
    seconds: 60,
    network: false,
    ...changes,
  });
  let output = '';
  jail.child.stdio[3]?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  jail.child.stdout?.resume();
  jail.child.stderr?.resume();
  act(jail.child.pid ?? 0, jail.kill);
  const end = await jail.waitJailed();
  return {
    isolation: jail.isolation,
    end,
    report: JSON.parse(output === '' ? '{}' : output) as Run['report'],
    workspace,
  };
}

/** Hostile statements as chDB gets them without any fence. */
function hostile(): string[] {
  const path = `'${canary}'`;
  return [
    // Without patience: an unreachable network is tried once.
    'SET http_max_tries = 1, connect_timeout = 1, s3_retry_attempts = 0, backup_restore_s3_retry_attempts = 0',
    'SET external_storage_connect_timeout_sec = 1, postgresql_connection_attempt_timeout = 1, connections_with_failover_max_tries = 1',
    `SELECT * FROM file(${path}, 'LineAsString', 'x String')`,
    `SELECT file(${path})`,
    `SELECT * FROM default.\`${canary}\``,
    `SELECT arrayMap(file, [${path}])`,
    `CREATE DATABASE f ENGINE = Filesystem('/')`,
    `SELECT * FROM f.\`${canary.slice(1)}\``,
    `CREATE TABLE default.c (x String) ENGINE = File(LineAsString, ${path})`,
    `SELECT * FROM default.c`,
    `CREATE DICTIONARY default.d (x String) PRIMARY KEY x SOURCE(FILE(path ${path} format 'LineAsString')) LIFETIME(0) LAYOUT(COMPLEX_KEY_HASHED())`,
    `SELECT * FROM default.d`,
    `SELECT * FROM file('/proc/self/environ', 'LineAsString', 'x String')`,
    `SELECT * FROM file('/proc/*/environ', 'LineAsString', 'x String')`,
    `SELECT * FROM filesystem('/tmp')`,
    `SELECT 'overwritten' INTO OUTFILE ${path} TRUNCATE FORMAT LineAsString`,
    `INSERT INTO FUNCTION file(${path}, 'LineAsString', 'x String') SELECT 'overwritten'`,
    `SELECT * FROM url('http://127.0.0.1:${String(port)}/', 'LineAsString', 'x String')`,
    `SELECT * FROM postgresql('127.0.0.1:${String(port)}', 'd', 't', 'u', 'p')`,
    `SELECT * FROM mysql('127.0.0.1:${String(port)}', 'd', 't', 'u', 'p')`,
    `SELECT * FROM remote('127.0.0.1:${String(port)}', system.one)`,
    `SELECT * FROM s3('http://127.0.0.1:${String(port)}/bucket/key.csv', NOSIGN, 'CSV', 'x String')`,
  ];
}

describe('what a level says and what it holds agree', () => {
  test.each(levels)('%s', async (bestLevel) => {
    const { isolation, end, report } = await runJailed({}, { bestLevel });
    expect(end).toEqual({ kind: 'Exited', code: 0 });
    expect(levels.indexOf(isolation.level)).toBeGreaterThanOrEqual(levels.indexOf(bestLevel));
    expect(report.environment + report.processEnvironment).not.toContain(SECRET);
    // Standard streams and the pipe for results; the others are the runtime's own.
    expect(
      report.descriptors.split(' ').filter((target) => !/^(?:pipe|socket|anon_inode):|^\/dev\//u.test(target)),
    ).toEqual([]);
    if (isolation.files) expect(report.file + report.parentEnvironment).not.toContain(SECRET);
    else expect(isolation.sentence).toContain('Not granted: a root directory of its own');
    expect(report.file).toContain(isolation.files ? 'ENOENT' : SECRET);
    expect(report.network).toContain(isolation.network ? 'refused: ' : 'connected');
    if (!isolation.network) expect(isolation.sentence).toContain('a closed network');
    if (!isolation.user) expect(isolation.sentence).toContain('a user of its own');
  });
});

test('hostile SQL without the fence reaches neither file nor variable nor socket at the best level', async () => {
  connections = 0;
  // Some of these make the engine take what it can get; what they reach is asked here, not what they take.
  const { isolation, end, report } = await runJailed({ statements: hostile() }, { memoryBytes: 8 * 1024 ** 3 });
  expect(end).toEqual({ kind: 'Exited', code: 0 });
  expect(report.results).toHaveLength(hostile().length);
  expect(readFileSync(canary, 'utf8')).toBe(SECRET);
  if (!isolation.files) expect(isolation.sentence).toContain('what this user can read is in reach');
  else expect(report.results.filter((result) => result.includes(SECRET))).toEqual([]);
  if (!isolation.network) expect(isolation.sentence).toContain('Not granted: a closed network');
  else expect(connections).toBe(0);
});

test('a declared external source opens the network, and says so', async () => {
  connections = 0;
  const statements = [
    `SELECT * FROM url('http://127.0.0.1:${String(port)}/', 'LineAsString', 'x String') SETTINGS http_max_tries = 1`,
  ];
  const { isolation, report } = await runJailed({ statements }, { network: true });
  expect(report.network).toBe('connected');
  expect(connections).toBeGreaterThan(1);
  expect(isolation.sentence).toContain('an external source is declared');
});

describe('how it ends is known', () => {
  test('by itself, with its exit status', async () => {
    expect((await runJailed({ behaviour: 'Exit' })).end).toEqual({ kind: 'Exited', code: 7 });
  });
  test('by a signal of its own', async () => {
    expect((await runJailed({ behaviour: 'Abort' })).end.kind).toBe('Killed');
  });
  test('by memory', async () => {
    const { end } = await runJailed({ behaviour: 'Allocate' }, { memoryBytes: 300 * 1024 ** 2 });
    expect(end).toEqual({ kind: 'MemoryExceeded' });
  });
  test('by time', async () => {
    expect((await runJailed({ behaviour: 'Spin' }, { seconds: 1 })).end).toEqual({ kind: 'TimeExceeded' });
  });
  test('by the one who started it', async () => {
    const { end } = await runJailed({ behaviour: 'Spin' }, {}, (_, kill) => kill());
    expect(end).toEqual({ kind: 'Killed', signal: 'SIGKILL' });
  });
  test.each(levels)('by SYSTEM SHUTDOWN, which reaches no process outside, at level %s', async (bestLevel) => {
    const { end } = await runJailed({ statements: ['SYSTEM SHUTDOWN'] }, { bestLevel, seconds: 30 });
    expect(['Exited', 'Killed']).toContain(end.kind);
  });
});

describe('limits', () => {
  test('files together do not take more than their room', async () => {
    const statements = [
      'CREATE TABLE default.big ENGINE = MergeTree ORDER BY tuple() AS SELECT randomString(1000) AS x FROM numbers(100000000)',
    ];
    const { end } = await runJailed({ statements }, { diskBytes: 64 * 1024 ** 2 });
    expect(end).toEqual({ kind: 'DiskExceeded' });
  });
  test('chDB is stopped when it holds more memory than allowed', async () => {
    const statements = [
      'SET max_memory_usage = 0',
      'SELECT length(groupArray(randomString(1000))) FROM numbers(100000000)',
    ];
    const { end } = await runJailed({ statements }, { memoryBytes: 700 * 1024 ** 2 });
    expect(end).toEqual({ kind: 'MemoryExceeded' });
  });
  test('a file does not grow beyond its size', async () => {
    const statements = [
      "INSERT INTO FUNCTION file('big.tsv', 'TSV', 'x String') SELECT randomPrintableASCII(1000) FROM numbers(100000)",
    ];
    const { isolation, end, report } = await runJailed({ statements }, { fileBytes: 4 * 1024 ** 2 });
    if (end.kind === 'Exited') expect(report.results[0]).toContain('refused');
    else expect(end.kind).toBe('Killed');
    expect(isolation.level).not.toBe('None');
  });
});

test('code below directories that other users cannot enter still runs at the best level', async () => {
  const home = join(root, 'home', 'repository');
  mkdirSync(home, { recursive: true });
  chmodSync(join(root, 'home'), 0o700);
  writeFileSync(join(home, 'package.json'), '{"type": "module"}');
  writeFileSync(
    join(home, 'code.ts'),
    "import { writeSync } from 'node:fs';\nwriteSync(3, JSON.stringify({ file: 'ran' }));\n",
  );
  const { isolation, report } = await runJailed({}, { argv: [join(home, 'code.ts')], readOnly: [home] });
  expect(report.file).toBe('ran');
  expect(isolation.level).toBe((await runJailed({})).isolation.level);
});

test('code that only its owner may read costs the own user, not the own root directory', async () => {
  const home = mkdtempSync(join(root, 'private-'));
  copyFileSync(join(REPOSITORY, 'package.json'), join(home, 'package.json'));
  writeFileSync(
    join(home, 'code.ts'),
    "import { writeSync } from 'node:fs';\nwriteSync(3, JSON.stringify({ file: 'ran' }));\n",
  );
  chmodSync(join(home, 'code.ts'), 0o600);
  const { isolation, report } = await runJailed({}, { argv: [join(home, 'code.ts')], readOnly: [home] });
  expect(report.file).toBe('ran');
  expect(isolation.user).toBe(false);
  expect(isolation.files).toBe((await runJailed({})).isolation.files);
});
