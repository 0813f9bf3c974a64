import { execFile } from 'node:child_process';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TIMEOUT_MS = 600_000;

async function run(command: string, args: readonly string[], directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: directory, timeout: TIMEOUT_MS });
  return stdout.trim();
}

/** Does `work` in a directory once: what an earlier benchmark finished is used again. */
async function once(directory: string, work: () => Promise<unknown>): Promise<void> {
  const mark = join(directory, '.installed');
  if (await access(mark).then(() => true, () => false)) return; // prettier-ignore
  await mkdir(directory, { recursive: true });
  await work();
  await writeFile(mark, '');
}

/** Python packages in an environment of their own. @returns its directory */
export async function installPython(directory: string, requirements: readonly string[]): Promise<string> {
  await once(directory, async () => {
    await run('python3', ['-m', 'venv', directory], directory);
    await run(join(directory, 'bin', 'pip'), ['install', '--quiet', ...requirements], directory);
  });
  return directory;
}

/** Debian packages unpacked into a directory, so that the system stays as it is. @returns the directory */
export async function unpackDebian(directory: string, packages: readonly string[]): Promise<string> {
  await once(directory, async () => {
    await run('apt-get', ['download', '-qq', ...packages], directory);
    for (const name of await readdir(directory)) {
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', name, '.'], directory);
    }
  });
  return directory;
}

/** The first line that a program prints, as its version. */
export async function versionOf(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    env: { ...process.env, ...environment },
    timeout: TIMEOUT_MS,
  });
  return stdout.trim().split('\n').at(0) ?? '';
}
