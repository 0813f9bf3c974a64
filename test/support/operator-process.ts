import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestApiServer } from './start-api-server.ts';
import { freePort } from './child-program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Programs that tests start again and again begin in half the time. */
export const COMPILE_CACHE = join(tmpdir(), 'smartconnector-compile-cache');

export interface OperatorProcess {
  readonly url: string;
  readonly pid: number;
  /** What it logged, a line each. */
  readonly log: () => readonly string[];
  /** How it ended, once it has. */
  readonly ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Sends it a signal, and does not wait. */
  kill(signal: NodeJS.Signals): void;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts the operator as its image does, on the tests' API server and a database. */
export async function startOperator(
  server: TestApiServer,
  databaseUrl: string,
  options: {
    readonly identity?: string;
    readonly args?: readonly string[];
    readonly kubeconfig?: string;
    /** Where it strikes itself, as SMARTCONNECTOR_FAULT says. */
    readonly fault?: string;
  } = {},
): Promise<OperatorProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'smartconnector-operator-'));
  const port = await freePort();
  const databaseFile = join(directory, 'url');
  await writeFile(databaseFile, databaseUrl, { mode: 0o600 });
  const child = spawn(
    join(ROOT, 'node_modules/.bin/node'),
    [
      '--disable-warning=ExperimentalWarning',
      '--max-semi-space-size=8',
      'operator/main.ts',
      ...['--database-file', databaseFile, '--namespace', 'default', '--runner-image', 'smartconnector:test'],
      ...['--identity', options.identity ?? 'operator-0', '--port', String(port)],
      ...(options.args ?? []),
    ],
    {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'] ?? '',
        KUBECONFIG: options.kubeconfig ?? server.kubeconfig,
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...(options.fault === undefined ? {} : { SMARTCONNECTOR_FAULT: options.fault }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const killNow = (): boolean => child.kill('SIGKILL');
  process.on('exit', killNow);
  const ended = new Promise<{ status: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    log: () => output.split('\n').filter((line) => line !== ''),
    ended,
    kill: (signal) => void child.kill(signal),
    stop: async (signal = 'SIGTERM') => {
      process.off('exit', killNow);
      child.kill(signal);
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
