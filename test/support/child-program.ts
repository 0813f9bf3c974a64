import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';

/** A program that a test has started. */
export interface ChildProgram {
  /** What it wrote last, for messages. */
  output(): string;
  hasEnded(): boolean;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export function startProgram(path: string, args: readonly string[]): ChildProgram {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (part: Buffer): void => {
    output = (output + part.toString()).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      hasEnded = true;
      resolve();
    };
    child.on('exit', end);
    child.on('error', (error) => {
      output += error.message;
      end();
    });
  });
  // A killed test run leaves no server behind.
  const killNow = (): boolean => child.kill('SIGKILL');
  process.on('exit', killNow);
  return {
    output: () => output,
    hasEnded: () => hasEnded,
    stop: async (signal = 'SIGTERM') => {
      process.off('exit', killNow);
      if (hasEnded) return;
      child.kill(signal);
      const impatient = setTimeout(killNow, 15_000);
      await ended;
      clearTimeout(impatient);
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
