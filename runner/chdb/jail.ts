import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lchownSync, lstatSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINE_ENVIRONMENT } from './engine-environment.ts';
import { isDiskExceeded } from './jail-disk.ts';
import { buildCommand, candidateLevels, NOBODY } from './jail-levels.ts';
import type { JailLevel, JailSpec } from './jail-levels.ts';
import { measureMemoryBytes } from './jail-memory.ts';
import { releaseMemory } from './release-memory.ts';

export interface JailOptions {
  /** Script and arguments for node; absolute paths. */
  readonly argv: readonly string[];
  /** Absolute path of a directory; read and written by the process, at the same path. */
  readonly workspace: string;
  /** Absolute paths that the process needs to read: code and its packages. Everything else is out of sight. */
  readonly readOnly: readonly string[];
  /** Most memory of its own that the process may hold. */
  readonly memoryBytes: number;
  /** Wall-clock time from the start; null: `handOver` says. */
  readonly seconds: number | null;
  /** Whether the process may reach the network. */
  readonly network: boolean;
  /** Absolute path of an empty directory for the process alone. */
  readonly tmpDirectory: string;
  /** The largest file that the process may write; 64 GiB without. */
  readonly fileBytes?: number;
  /** What may lie in its temporary directory at once; 64 GiB without. The last GiB of a file system stays free anyway. */
  readonly diskBytes?: number;
  /** Tries this level and those below only; for tests. */
  readonly bestLevel?: JailLevel;
}

/** How far the process is shut in: what was granted and what was not, in one sentence for a person. */
export interface Isolation {
  readonly level: JailLevel;
  /** Files outside of its paths, and other processes, are out of sight. */
  readonly files: boolean;
  /** The network is out of reach. */
  readonly network: boolean;
  /** It runs as a user that owns nothing else. */
  readonly user: boolean;
  readonly sentence: string;
}

export type JailEnd =
  | { readonly kind: 'Exited'; readonly code: number }
  | { readonly kind: 'MemoryExceeded' }
  | { readonly kind: 'TimeExceeded' }
  | { readonly kind: 'DiskExceeded' }
  | { readonly kind: 'Killed'; readonly signal: NodeJS.Signals };

export interface Jail {
  /** Standard input, output and error are pipes, and so is file descriptor 3, free for results. */
  readonly child: ChildProcess;
  readonly isolation: Isolation;
  /**
   * For a process that was started before its work was there: what lies in the workspace by now is given to its user, and its
   * time begins.
   *
   * @param seconds wall-clock time from now
   */
  readonly handOver: (seconds: number) => void;
  /** Resolves once the process has ended and its pipes are drained. Rejects when it could not be started. */
  readonly waitJailed: () => Promise<JailEnd>;
  /** Ends the process and everything that it started. */
  readonly kill: () => void;
}

const DEFAULT_FILE_BYTES = 64 * 1024 ** 3;
const DEFAULT_DISK_BYTES = 64 * 1024 ** 3;
const MEMORY_POLL_MS = 50;
const DISK_POLL_MS = 500;
/** What watching leaves behind makes the room for young objects larger and larger, and Node alone never gives it back. */
const RELEASE_MS = 5000;

type Limit = 'MemoryExceeded' | 'TimeExceeded' | 'DiskExceeded';
/** Nothing of the caller's: no credential can be where there are no variables. */
const ENVIRONMENT = { TZ: 'UTC', ...ENGINE_ENVIRONMENT };

const PROBE_MS = 20_000;

const levels = new Map<string, Promise<JailLevel>>();

/**
 * Starts node on a script that will run untrusted SQL, shut in as far as the system grants: see `JailLevel`. Always with an
 * environment of its own, in a session and process group of its own, and with memory, time and file size held from
 * outside. At the level `User` the workspace and the temporary directory are given to the user `nobody`.
 */
export async function startJailed(options: JailOptions): Promise<Jail> {
  const isSuperuser = process.getuid?.() === 0;
  const spec: JailSpec = {
    node: realpathSync(process.execPath),
    argv: options.argv,
    workspace: realpathSync(options.workspace),
    tmpDirectory: realpathSync(options.tmpDirectory),
    readOnly: options.readOnly.map((path) => realpathSync(path)),
    network: options.network,
    fileBytes: options.fileBytes ?? DEFAULT_FILE_BYTES,
  };
  mkdirSync(join(spec.tmpDirectory, 'jail-root'), { recursive: true });
  const level = await findLevel(spec, isSuperuser, options.bestLevel);
  const giveFiles = (): void => {
    if (level === 'User') [spec.workspace, spec.tmpDirectory].forEach(giveToNobody);
  };
  giveFiles();
  const command = buildCommand(level, spec, isSuperuser) ?? { file: spec.node, args: spec.argv };
  const child = spawn(command.file, command.args, {
    cwd: spec.workspace,
    env: ENVIRONMENT,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const { waitJailed, kill, beginClock } = watch(child, options);
  if (options.seconds !== null) beginClock(options.seconds);
  const handOver = (seconds: number): void => {
    giveFiles();
    beginClock(seconds);
  };
  return { child, isolation: describe(level, isSuperuser, spec.network), handOver, waitJailed, kill };
}

/** The best level that works here for these paths, found by running node in it once. */
function findLevel(spec: JailSpec, isSuperuser: boolean, best: JailLevel | undefined): Promise<JailLevel> {
  const key = JSON.stringify([spec.readOnly, spec.network, best ?? '', isSuperuser, spec.argv[0]]);
  const known = levels.get(key) ?? probeLevels(spec, isSuperuser, best);
  levels.set(key, known);
  return known;
}

async function probeLevels(spec: JailSpec, isSuperuser: boolean, best: JailLevel | undefined): Promise<JailLevel> {
  const candidates = candidateLevels(isSuperuser);
  for (const level of candidates.slice(best === undefined ? 0 : Math.max(0, candidates.indexOf(best)))) {
    if (await works(level, spec, isSuperuser)) return level;
  }
  return 'None';
}

async function works(level: JailLevel, spec: JailSpec, isSuperuser: boolean): Promise<boolean> {
  const script = `const fs = require('fs'); for (const path of process.argv.slice(1)) fs.accessSync(path, fs.constants.R_OK);`;
  const paths = [...spec.readOnly, ...spec.argv.slice(0, 1)];
  const command = buildCommand(level, { ...spec, argv: ['-e', script, '--', ...paths] }, isSuperuser);
  if (command === null) return false;
  const probe = spawn(command.file, command.args, { env: ENVIRONMENT, stdio: 'ignore', timeout: PROBE_MS });
  try {
    const [status] = (await once(probe, 'close')) as [number | null];
    return status === 0;
  } catch {
    // It could not be started.
    return false;
  }
}

interface Watched extends Pick<Jail, 'waitJailed' | 'kill'> {
  readonly beginClock: (seconds: number) => void;
}

function watch(child: ChildProcess, options: Pick<JailOptions, 'memoryBytes' | 'tmpDirectory' | 'diskBytes'>): Watched {
  let exceeded: Limit | null = null;
  let isOver = false;
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  };
  const exceed = (limit: Limit): void => {
    exceeded ??= limit;
    kill();
  };
  let clock: NodeJS.Timeout | undefined;
  const beginClock = (seconds: number): void => {
    clearTimeout(clock);
    if (!isOver) clock = setTimeout(() => exceed('TimeExceeded'), seconds * 1000);
  };
  const memory = setInterval(() => {
    if (child.pid !== undefined && measureMemoryBytes(child.pid) > options.memoryBytes) exceed('MemoryExceeded');
  }, MEMORY_POLL_MS);
  const release = setInterval(releaseMemory, RELEASE_MS);
  const { tmpDirectory, diskBytes = DEFAULT_DISK_BYTES } = options;
  let disk: NodeJS.Timeout | undefined;
  const pollDisk = async (): Promise<void> => {
    // What cannot be measured any more is gone, and so is the process soon.
    if (await isDiskExceeded(tmpDirectory, diskBytes).catch(() => false)) exceed('DiskExceeded');
    else if (!isOver) waitForDisk();
  };
  const waitForDisk = (): void => {
    disk = setTimeout(() => void pollDisk(), DISK_POLL_MS);
  };
  waitForDisk();
  const ended = new Promise<JailEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (exceeded !== null) resolve({ kind: exceeded });
      else if (signal !== null) resolve({ kind: 'Killed', signal });
      else resolve({ kind: 'Exited', code: code ?? 1 });
    });
  }).finally(() => {
    clearTimeout(clock);
    clearInterval(memory);
    clearInterval(release);
    clearTimeout(disk);
    isOver = true;
  });
  // Whoever does not wait still must not fall over a process that could not be started.
  ended.catch(() => undefined);
  return { waitJailed: () => ended, kill, beginClock };
}

/** What vanishes meanwhile is given to nobody: the input may still be read beside this, and `handOver` comes after that. */
function giveToNobody(path: string): void {
  try {
    lchownSync(path, NOBODY, NOBODY);
    if (!lstatSync(path).isDirectory()) return;
    for (const name of readdirSync(path)) giveToNobody(join(path, name));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

const isGone = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

function describe(level: JailLevel, isSuperuser: boolean, network: boolean): Isolation {
  const files = level === 'User' || level === 'Root' || level === 'UserNamespace';
  const closed = level !== 'Limits' && level !== 'None' && !network;
  const user = level === 'User';
  const granted: string[] = [];
  const missing: string[] = [];
  const judge = (holds: boolean, good: string, bad: string): unknown =>
    holds ? granted.push(good) : missing.push(bad);
  judge(
    files,
    'a root directory, mounts and processes of its own',
    'a root directory of its own (what this user can read is in reach, other processes included)',
  );
  judge(closed, 'no network', network ? 'a closed network (an external source is declared)' : 'a closed network');
  const rights = level === 'None' ? 'with all its rights' : 'without its capabilities';
  judge(user, 'a user of its own', `a user of its own${isSuperuser ? ` (it runs as the superuser ${rights})` : ''}`);
  judge(level !== 'None', 'a limit on the size of files', 'a limit on the size of files');
  granted.push('an empty environment, a process group of its own, limits on memory and time');
  const lacking = missing.length === 0 ? '' : ` Not granted: ${missing.join('; ')}.`;
  return { level, files, network: closed, user, sentence: `The SQL process has ${granted.join('; ')}.${lacking}` };
}
