import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError } from '../../../core/errors/app-error.ts';

/** Files of one embedded server. */
export interface Places {
  /** `<state>/postgres`. */
  readonly home: string;
  readonly data: string;
  readonly lock: string;
  readonly password: string;
  readonly serverLog: string;
  readonly supervisorLog: string;
  /** Sockets: a short path, since the address of a Unix socket holds at most 107 bytes. Mode 0700. */
  readonly runtime: string;
  /** Programs of PostgreSQL, where the server's user could not reach the installed ones. */
  readonly programs: string;
  /** Where the server takes connections. */
  readonly server: string;
  /** Where commands meet the supervisor. */
  readonly control: string;
}

const SOCKET_PATH_BYTES = 100;
const LONGEST_SOCKET_NAME = '/.s.PGSQL.5432.lock';

/** The port in the name of the server's socket; nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/**
 * The places of the server under a state directory, which is made where it is not there. The directory of sockets has a
 * random name that is written down in the state directory: commands with another TMPDIR meet the same server, and
 * those in a state directory that was removed and made again never meet the server of the old one.
 *
 * @param temporaryDirectory where the directory of sockets is made; /tmp where this is too deep.
 */
export async function resolvePlaces(stateDirectory: string, temporaryDirectory: string): Promise<Places> {
  const made = join(stateDirectory, 'postgres');
  await mkdir(made, { recursive: true });
  const home = await realpath(made);
  const runtime = await agreeOnRuntime(home, temporaryDirectory);
  return {
    home,
    data: join(home, 'data'),
    lock: join(home, 'lock'),
    password: join(home, 'password'),
    serverLog: join(home, 'postgres.log'),
    supervisorLog: join(home, 'supervisor.log'),
    runtime,
    server: join(runtime, `.s.PGSQL.${SOCKET_PORT}`),
    programs: `${runtime}-programs`,
    control: join(runtime, 'control'),
  };
}

/** Makes the directory of sockets, or checks that the one there is no trap that another user laid in /tmp. */
export async function makeRuntimeDirectory(runtime: string, allowedOwners: readonly number[]): Promise<void> {
  await mkdir(runtime, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw error;
    }
  });
  const status = await lstat(runtime);
  if (!status.isDirectory() || !allowedOwners.includes(status.uid) || (status.mode & 0o077) !== 0) {
    throw new AppError({
      code: 'EmbeddedPostgresUnsafe',
      class: 'terminal',
      message: `${runtime} is not a private directory of this user; remove it, or choose another --state directory`,
    });
  }
}

/** Of several commands that come first at once, one writes the name down (a link is made once) and all read it. */
async function agreeOnRuntime(home: string, temporaryDirectory: string): Promise<string> {
  const record = join(home, 'sockets');
  const known = await readRecord(record, home);
  if (known !== null) {
    return known;
  }
  const proposal = `${record}.${randomUUID()}`;
  const runtime = chooseRuntime(temporaryDirectory);
  await writeFile(proposal, JSON.stringify({ home, runtime }), { mode: 0o600 });
  try {
    await link(proposal, record);
    return runtime;
  } catch {
    const agreed = await readRecord(record, home);
    if (agreed !== null) {
      return agreed;
    }
    // The record is that of the directory this one was copied from.
    await rename(proposal, record);
    return (await readRecord(record, home)) ?? runtime;
  } finally {
    await rm(proposal, { force: true });
  }
}

function chooseRuntime(temporaryDirectory: string): string {
  const name = `smartconnector-${randomUUID().slice(0, 18)}`;
  const preferred = join(temporaryDirectory, name);
  const longest = Buffer.byteLength(preferred + LONGEST_SOCKET_NAME);
  return longest <= SOCKET_PATH_BYTES ? preferred : join('/tmp', name);
}

async function readRecord(path: string, home: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === 'object' && value !== null && 'home' in value && 'runtime' in value;
    return known && value.home === home && typeof value.runtime === 'string' ? value.runtime : null;
  } catch {
    return null;
  }
}
