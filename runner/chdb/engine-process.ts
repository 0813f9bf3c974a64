import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors/app-error.ts';
import { ENGINE_ENVIRONMENT } from './engine-environment.ts';
import { dyingWithParent } from './jail-levels.ts';
import { releaseMemory } from './release-memory.ts';

/**
 * Runs a script of ours that uses ClickHouse in a process of its own, with nothing of the caller's environment, so that its
 * memory is given back when it ends.
 *
 * @param fault the start of the message where it fails
 * @param signal aborted: the process is killed, which is a failure; null: it goes on to its end
 * @throws AppError `EngineProcess` (transient)
 */
export async function runEngineProcess(
  script: URL,
  args: readonly string[],
  fault: string,
  signal: AbortSignal | null,
): Promise<void> {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', fileURLToPath(script), ...args];
  const [program = '', ...rest] = dyingWithParent(command);
  releaseMemory();
  const child = spawn(program, rest, {
    env: ENGINE_ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C goes to every process of the terminal's group: it asks an execution to stop, and must not break it.
    detached: true,
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const kill = (): void => void child.kill('SIGKILL');
  if (signal?.aborted === true) kill();
  signal?.addEventListener('abort', kill);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  ).finally(() => signal?.removeEventListener('abort', kill));
  if (code === 0) return;
  const how = code === null ? 'its process was killed' : `exit ${code}`;
  const said = errors === '' ? '' : `: ${errors.slice(-2000)}`;
  const message = `${fault} (${how})${said}`;
  throw new AppError({ code: 'EngineProcess', class: 'transient', message });
}
