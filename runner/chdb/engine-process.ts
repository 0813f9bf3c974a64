import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors/app-error.ts';

/**
 * Runs a script of ours that uses ClickHouse in a process of its own, without environment, so that its memory is given
 * back when it ends.
 *
 * @param fault the start of the message where it fails
 * @throws AppError `EngineProcess` (transient)
 */
export async function runEngineProcess(script: URL, args: readonly string[], fault: string): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(script), ...args], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return;
  const message = `${fault} (exit ${code ?? 'by signal'}): ${errors.slice(-2000)}`;
  throw new AppError({ code: 'EngineProcess', class: 'transient', message });
}
