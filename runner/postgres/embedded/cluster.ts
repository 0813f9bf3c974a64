import { lchown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError } from '../../../core/errors/app-error.ts';
import type { Launcher, ProgramResult } from './launcher.ts';
import type { Places } from './places.ts';

/**
 * Fixed so that sorting, lower-casing and character classes are the same on every machine. Before 17 PostgreSQL has no locales
 * of its own; the C library's of that name orders texts in the same way.
 */
const localeArguments = (version: string): readonly string[] => [
  '--encoding=UTF8',
  ...(Number(version) < 17
    ? ['--locale=C.UTF-8']
    : ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']),
];

/**
 * Makes the data directory where there is none. It is made beside its place and renamed, so that a half-made one never
 * stands there.
 *
 * @param uid the user who runs this.
 * @param newPassword made by the caller, for a new directory.
 * @returns the password of the database user `postgres`.
 */
export async function ensureCluster(
  places: Places,
  launcher: Launcher,
  uid: number,
  newPassword: string,
  durable: boolean,
): Promise<string> {
  const version = await readFile(join(places.data, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) {
    return initialize(places, launcher, newPassword, durable);
  }
  await checkVersion(places, launcher, version.trim());
  const owner = launcher.owner ?? uid;
  const { uid: found } = await stat(places.data);
  if (found !== owner) {
    if (launcher.owner === null) {
      throw failure(
        `${places.data} belongs to uid ${found}, and this runs as uid ${uid}; run as that user, or choose another --state directory`,
      );
    }
    await changeOwner(places.data, owner);
  }
  const password = await readFile(places.password, 'utf8').catch(() => null);
  if (password === null) {
    throw failure(
      `${places.password} is gone, and without it nobody can connect to the database in ${places.data}; bring it back, or choose another --state directory`,
    );
  }
  return password.trim();
}

async function initialize(places: Places, launcher: Launcher, password: string, durable: boolean): Promise<string> {
  const fresh = join(places.home, 'new');
  await rm(fresh, { recursive: true, force: true });
  await rm(places.data, { recursive: true, force: true });
  await mkdir(join(fresh, 'data'), { recursive: true, mode: 0o700 });
  const passwordFile = join(fresh, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  // initdb insists on a user with a name, which the server's own uid does not have.
  const named = launcher.owner === null ? null : await firstNamedUser();
  if (named !== null) {
    await changeOwner(fresh, named);
  }
  const programArguments = [
    `--pgdata=${join(fresh, 'data')}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    ...localeArguments(await readVersion(launcher)),
    ...(durable ? [] : ['--no-sync']),
  ];
  const result = await runInitdb(launcher, named, programArguments);
  if (result.status !== 0) {
    throw failure(`initdb failed in ${places.home}: ${lastLines(result.output)}`);
  }
  if (launcher.owner !== null) {
    await changeOwner(join(fresh, 'data'), launcher.owner);
  }
  await writeFile(places.password, `${password}\n`, { mode: 0o600 });
  await rename(join(fresh, 'data'), places.data);
  if (durable) {
    await syncDirectory(places.home);
  }
  await rm(fresh, { recursive: true, force: true });
  return password;
}

/** A user without a name (a numeric uid in a container) gets one in a user namespace, where the system grants that. */
async function runInitdb(
  launcher: Launcher,
  named: number | null,
  programArguments: readonly string[],
): Promise<ProgramResult> {
  const direct = await launcher.runNamed(named, launcher.binaries.initdb, programArguments);
  if (direct.status === 0 || !direct.output.includes('could not look up effective user ID')) {
    return direct;
  }
  const mapped = await launcher.runNamed(named, 'unshare', [
    '--user',
    `--map-user=${await firstNamedUser()}`,
    launcher.binaries.initdb,
    ...programArguments,
  ]);
  if (mapped.status === 0) {
    return mapped;
  }
  throw failure(
    'this user has no entry in /etc/passwd, which PostgreSQL needs to make a new database; add one, run once as a user that has one, or name a server with --database postgres://…',
  );
}

async function firstNamedUser(): Promise<number> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const nobody = lines.find((fields) => fields[0] === 'nobody') ?? lines.find((fields) => Number(fields[2]) > 0);
  const uid = Number(nobody?.[2]);
  if (!Number.isSafeInteger(uid) || uid <= 0) {
    throw failure('PostgreSQL needs a user other than root, and /etc/passwd names none; add one such as nobody');
  }
  return uid;
}

/** The major version of the programs; '' where they do not say it. */
async function readVersion(launcher: Launcher): Promise<string> {
  const { output } = await launcher.runNamed(launcher.owner, launcher.binaries.postgres, ['--version']);
  return /(\d+)\./.exec(output)?.[1] ?? '';
}

async function checkVersion(places: Places, launcher: Launcher, version: string): Promise<void> {
  const program = await readVersion(launcher);
  if (program !== '' && program !== version) {
    throw failure(
      `the database in ${places.data} was made by PostgreSQL ${version} and this is ${program}; choose another --state directory, or copy the data over with pg_dump`,
    );
  }
}

async function changeOwner(directory: string, uid: number): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), uid, uid);
  }
  await lchown(directory, uid, uid);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The end of a log, short enough for a message. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('; ').slice(-1000);
}

/** The embedded server cannot run here; the message says why and what to do. */
export function failure(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'EmbeddedPostgresFailed', class: 'terminal', message, cause });
}
