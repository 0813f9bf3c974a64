import { invalid } from '../core/errors/app-error.ts';
import { AttemptHolder } from '../runner/executions/begin-attempt.ts';
import type { SqlPool } from '../runner/postgres/pool.ts';
import type { RevertPorts } from '../runner/revert/run-revert.ts';
import type { CommandContext } from './command-context.ts';
import type { OutagePorts } from './outlast-outages.ts';
import { renderProgress } from './terminal.ts';

/** What a run or revert gets of its command. */
export function runPorts(
  { config, terminal, now, signal }: CommandContext,
  pool: SqlPool,
  holder: AttemptHolder,
  up: () => void,
): RevertPorts {
  return {
    pool,
    now,
    signal,
    holder,
    onProgress: (progress) => {
      up();
      terminal.progress(renderProgress(progress));
      if (progress.stage === 'Waiting' && config.output === 'text' && !config.showProgress) {
        terminal.err(`note: ${renderProgress(progress)}`);
      }
    },
  };
}

/** How a run or revert meets a database that goes away. */
export function outagePorts(
  { terminal, now, signal }: CommandContext,
  waitSeconds: string,
  resume: string,
): OutagePorts {
  const seconds = parseWait(waitSeconds);
  return {
    holder: new AttemptHolder(),
    signal,
    now,
    waitMs: seconds * 1000,
    onOutage: (error) => {
      terminal.err(`note: ${error.message}; waiting for it, for ${seconds} s at most`);
    },
    resume,
  };
}

function parseWait(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seconds)) return seconds;
  throw invalid('--wait: give a whole number of seconds');
}
