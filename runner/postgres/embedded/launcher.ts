import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError } from '../../../core/errors/app-error.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { Places } from './places.ts';

/** Nobody has this uid in the usual allocations, so that no other program can reach what the server owns. */
export const SERVER_UID = 60_876;

/** Only what PostgreSQL needs: nothing of the caller's environment, which may hold credentials, reaches the server. */
export const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** How programs of PostgreSQL are started on this machine. */
export interface Launcher {
  readonly binaries: PostgresBinaries;
  /** The user that owns the data directory; null: whoever runs this. */
  readonly owner: number | null;
  /** Starts a program that lives on its own; output goes to the file descriptor `log`. */
  start(program: string, programArguments: readonly string[], log: number): ChildProcess;
  /** Runs a program to its end, as another user where `uid` says so and this runs as root. */
  runNamed(uid: number | null, program: string, programArguments: readonly string[]): Promise<ProgramResult>;
}

export interface ProgramResult {
  /** Null: it could not be started, or a signal ended it. */
  readonly status: number | null;
  /** The last of what it wrote, both streams. */
  readonly output: string;
}

/** A way to run a program as another user: a prefix, and whether Node itself changes the user. */
interface Way {
  readonly prefix: (uid: number) => readonly string[];
  readonly plain: boolean;
}

const asCaller: Way = { prefix: () => [], plain: false };
const asServerUser: Way = { prefix: () => [], plain: true };
/** Like the server user, but able to pass through directories that are closed to it. */
const withCapability = (capability: string): Way => ({
  plain: false,
  prefix: (uid) => [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${uid}`,
    '--clear-groups',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
  ],
});

/**
 * Finds how the server can run here. PostgreSQL refuses to run as root: a root user starts it under a uid of its own,
 * and where that uid may not pass the directories above, with the one capability to do so.
 *
 * @param uid the user who runs this.
 * @throws AppError `EmbeddedPostgresRoot` where there is no way, naming what to do.
 */
export async function chooseLauncher(uid: number, binaries: PostgresBinaries, places: Places): Promise<Launcher> {
  if (uid !== 0) {
    return buildLauncher(asCaller, binaries, null);
  }
  await chown(places.runtime, SERVER_UID, SERVER_UID);
  for (const way of [asServerUser, withCapability('dac_read_search'), withCapability('dac_override')]) {
    if (!(await canWrite(way, places.home))) {
      continue;
    }
    const reachable = (await canRun(way, binaries)) ? binaries : await copyBinaries(binaries, places.programs);
    if (reachable === binaries || (await canRun(way, reachable))) {
      return buildLauncher(way, reachable, SERVER_UID);
    }
  }
  throw new AppError({
    code: 'EmbeddedPostgresRoot',
    class: 'terminal',
    message: `PostgreSQL does not run as root, and the user it would run as (uid ${SERVER_UID}) cannot reach ${places.home}; choose a --state directory whose parents every user may enter (for example under /var/tmp), run as another user, or name a server with --database postgres://…`,
  });
}

async function buildLauncher(way: Way, binaries: PostgresBinaries, owner: number | null): Promise<Launcher> {
  const guard = await deathSignalPrefix();
  return {
    binaries,
    owner,
    start: (program, programArguments, log) =>
      spawn(...commandAs(way, owner, [...guard, program, ...programArguments]), {
        ...userOf(way, owner),
        cwd: '/',
        env: ENVIRONMENT,
        stdio: ['ignore', log, log],
      }),
    runNamed: (uid, program, programArguments) => runAs(way, uid, [program, ...programArguments]),
  };
}

/**
 * `setpriv --pdeathsig`, where there is one: the server then stops also when its supervisor is killed. Elsewhere the next
 * command finds the orphan and stops it.
 */
async function deathSignalPrefix(): Promise<readonly string[]> {
  const prefix = ['setpriv', '--pdeathsig=INT'];
  return (await runAs(asCaller, null, [...prefix, 'true'])).status === 0 ? prefix : [];
}

async function canWrite(way: Way, home: string): Promise<boolean> {
  const probe = await mkdtemp(join(home, 'probe-'));
  try {
    await chown(probe, SERVER_UID, SERVER_UID);
    const { status } = await runAs(way, SERVER_UID, ['/bin/sh', '-c', ': > "$1/file"', 'sh', probe]);
    return status === 0;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** `--version` is not enough: only the server itself looks for its own path with the real user's rights. */
async function canRun(way: Way, binaries: PostgresBinaries): Promise<boolean> {
  const { status, output } = await runAs(way, SERVER_UID, [binaries.postgres, '-C', 'port', '-D', '/nonexistent']);
  return (
    status !== null &&
    !/could not locate my own executable|cannot open shared object|invalid binary/.test(output) &&
    status < 126
  );
}

/** The programs where both users can reach them: the server's, and the one with a name that initdb wants. */
async function copyBinaries(binaries: PostgresBinaries, programs: string): Promise<PostgresBinaries> {
  const native = join(programs, 'native');
  await rm(programs, { recursive: true, force: true });
  await mkdir(programs);
  await chmod(programs, 0o755);
  await cp(binaries.native, native, { recursive: true, verbatimSymlinks: true });
  return { native, initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

function commandAs(way: Way, uid: number | null, command: readonly string[]): [string, string[]] {
  const [program = '', ...rest] = [...(uid === null ? [] : way.prefix(uid)), ...command];
  return [program, rest];
}

function userOf(way: Way, uid: number | null): { uid?: number; gid?: number } {
  return way.plain && uid !== null ? { uid, gid: uid } : {};
}

/** Runs a program to its end; a program that cannot be started is status null. */
function runAs(way: Way, uid: number | null, command: readonly string[]): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(...commandAs(way, uid, command), {
      ...userOf(way, uid),
      cwd: '/',
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-8000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => {
      resolve({ status: null, output: error.message });
    });
    child.once('close', (status) => {
      resolve({ status, output });
    });
  });
}
