import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Launcher } from './launcher.ts';
import type { Places } from './places.ts';
import { SOCKET_PORT } from './places.ts';
import { failure, lastLines } from './cluster.ts';

const LOG_BYTES_MAX = 8 * 1024 * 1024;
const POLL_MS = 20;
/** Recovery after a crash may have to read up to `max_wal_size` of log. */
const START_POLLS_MAX = 180_000 / POLL_MS;
const START_ATTEMPTS = 40;
const START_AGAIN_MS = 250;
const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5000;

/** Larger than any operating system gives to a process. */
const UNUSED_PID = 2_147_483_646;

/** For one person's machine: modest memory, and nothing lost that was committed. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: String(SOCKET_PORT),
  unix_socket_permissions: '0700',
  shared_buffers: '128MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_connections: '100',
  max_wal_size: '2GB',
  min_wal_size: '80MB',
  wal_compression: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  checkpoint_completion_target: '0.9',
  fsync: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO',
  jit: 'off',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
  logging_collector: 'off',
};

const THROWAWAY: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};

/** A server that this process started. */
export interface RunningServer {
  /** Settles when the server is gone, whoever ended it. */
  readonly exited: Promise<void>;
  /** Ends it: connections are cut, transactions rolled back, a checkpoint written. */
  stop(): Promise<void>;
  /** Ends it at once; the next start recovers. */
  abort(): void;
}

/**
 * Starts the server on an existing data directory and waits until it takes connections.
 *
 * @throws AppError `EmbeddedPostgresFailed` with the end of the server's log.
 */
export async function startServer(places: Places, launcher: Launcher, durable: boolean): Promise<RunningServer> {
  await rotateLog(places.serverLog);
  for (let attempt = 1; ; attempt += 1) {
    await clearStalePid(places);
    // The lock file of a dead server's socket names a process too, and has no such second proof.
    await Promise.all([places.server, `${places.server}.lock`].map((path) => rm(path, { force: true })));
    const { child, exited, readLog } = await spawnServer(places, launcher, durable);
    if (await waitUntilReady(places, child)) {
      return { exited, stop: () => stop(child, exited), abort: () => child.kill('SIGQUIT') };
    }
    const log = await readLog();
    if (attempt === START_ATTEMPTS || !mayStartNext(child, log)) {
      throw failure(`PostgreSQL did not start in ${places.home}: ${lastLines(log)} (log: ${places.serverLog})`);
    }
    await delay(START_AGAIN_MS);
  }
}

/** Whether what kept a server from starting is not its data: it passes, and the next start may come through. */
function mayStartNext(child: ChildProcess, log: string): boolean {
  // Killed, or told to end, while it started.
  if (child.signalCode !== null || /received (smart|fast|immediate) shutdown request/.test(log)) return true;
  // Backends of a server that was killed take a moment to notice.
  return log.includes('pre-existing shared memory block');
}

interface StartedServer {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  /** What this start has logged. */
  readonly readLog: () => Promise<string>;
}

async function spawnServer(places: Places, launcher: Launcher, durable: boolean): Promise<StartedServer> {
  const settings = Object.entries({ ...SETTINGS, ...(durable ? {} : THROWAWAY) });
  const log = await open(places.serverLog, 'a', 0o600);
  try {
    const { size } = await log.stat();
    const child = launcher.start(
      launcher.binaries.postgres,
      ['-D', places.data, '-k', places.runtime, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      log.fd,
    );
    const exited = once(child, 'exit').then(
      () => undefined,
      () => undefined,
    );
    const readLog = async (): Promise<string> =>
      (await readFile(places.serverLog).catch(() => Buffer.alloc(0))).subarray(size).toString('utf8');
    return { child, exited, readLog };
  } finally {
    await log.close();
  }
}

/** False: it ended before. */
async function waitUntilReady(places: Places, child: ChildProcess): Promise<boolean> {
  for (let poll = 0; poll < START_POLLS_MAX; poll += 1) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      return false;
    }
    const lines = (await readFile(join(places.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    // The eighth line is the state of the server; see miscadmin.h of PostgreSQL.
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') {
      return true;
    }
    await delay(POLL_MS);
  }
  child.kill('SIGQUIT');
  throw failure(`PostgreSQL did not become ready in ${places.home}; see ${places.serverLog}`);
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    child.kill(signal);
    const gone = await Promise.race([exited.then(() => true), delay(waitMs, false, { ref: false })]);
    if (gone) {
      return;
    }
  }
}

/**
 * The supervisor holds the lock, so no server of ours is meant to be running. A process that is one all the same lost its
 * supervisor and is ended. A process that merely has the number of a dead server, as after a restart of the machine,
 * would keep PostgreSQL from starting: the number in the file is made one that nobody has. The file itself stays, because
 * PostgreSQL finds in it the shared memory that backends of the dead server may still be using.
 */
async function clearStalePid(places: Places): Promise<void> {
  const file = join(places.data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) {
    return;
  }
  const [first = '', ...rest] = text.split('\n');
  const pid = Number(first);
  if (!Number.isSafeInteger(pid) || pid <= 1) {
    await rm(file, { force: true });
    return;
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!(await isServerOf(pid, places.data))) {
      break;
    }
    process.kill(pid, signal);
    for (let poll = 0; poll < FAST_SHUTDOWN_MS / POLL_MS && (await isServerOf(pid, places.data)); poll += 1) {
      await delay(POLL_MS);
    }
  }
  if (await isServerOf(pid, places.data)) {
    throw failure(`another PostgreSQL (process ${pid}) works in ${places.data} and does not end; end it and try again`);
  }
  if (rest.length > 0 && (await stat(file).catch(() => null)) !== null) {
    await writeFile(file, [String(UNUSED_PID), ...rest].join('\n'));
  }
}

/** A server's working directory is its data directory. Without /proc PostgreSQL's own check decides. */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === data;
  } catch {
    return false;
  }
}

async function rotateLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (status) => status.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) {
    await rename(path, `${path}.1`);
  }
}
