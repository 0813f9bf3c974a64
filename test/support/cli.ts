import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/smartconnector', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  /** What killed it. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON; throws where it is none. */
  json(): unknown;
}

export interface CliOptions {
  readonly onStart?: (pid: number) => void;
  /** Makes the tool the leader of a process group, as a shell does: signals to the group reach what it started too. */
  readonly leadsGroup?: boolean;
  /** Beside the variables of the test itself. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets standard error as it comes. */
  readonly onError?: (text: string) => void;
}

export interface CliWorld {
  readonly directory: string;
  /** Writes a file into the directory and gives its path. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  /** Runs the command-line tool as its user would, as a process of its own. */
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  close(): Promise<void>;
}

/** A directory of manifests and files, with a state directory or a database of its own. */
export async function openCliWorld(database: string | null = null): Promise<CliWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'smartconnector-cli-'));
  const common = ['--state', join(directory, 'state'), ...(database === null ? [] : ['--database', database])];
  return {
    directory,
    file: async (name, content) => {
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    run: (args, options) =>
      new Promise((resolve, reject) => {
        const child = spawn(PROGRAM, [...common, ...args], {
          cwd: directory,
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: options?.leadsGroup === true,
          env: { ...process.env, ...options?.environment },
        });
        let stdout = '';
        let stderr = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          stderr += text;
          options?.onError?.(text);
        });
        child.on('error', reject);
        child.on('close', (status, signal) => {
          resolve({ status, signal, stdout, stderr, json: () => JSON.parse(stdout) as unknown });
        });
        if (child.pid !== undefined) options?.onStart?.(child.pid);
      }),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
