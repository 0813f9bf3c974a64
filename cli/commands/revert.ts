import { resolve } from 'node:path';
import { executionFiles } from '../../runner/artifacts/execution-files.ts';
import { runRevert } from '../../runner/revert/run-revert.ts';
import { exitStatusOf } from '../exit-status.ts';
import { renderRun } from '../render-run.ts';
import { withDatabase } from '../session.ts';
import { checkTargetFile } from '../target-file.ts';
import { renderProgress } from '../terminal.ts';
import { parseChunkRows, parseExecutionId, type CommandContext } from './run.ts';

export interface RevertOptions {
  readonly dryRun?: boolean;
  /** A path with --report, false with --no-report. */
  readonly report?: string | false;
  readonly execution?: string;
  readonly chunkRows: string;
}

/** `smartconnector revert EXECUTION`: exit status as of `run`. */
export async function revertCommand(context: CommandContext, reverts: string, options: RevertOptions): Promise<number> {
  const { config, terminal, now, signal } = context;
  const id = parseExecutionId(options.execution, now());
  const chunkRows = parseChunkRows(options.chunkRows);
  const report = options.report ?? executionFiles(config.stateDirectory, id).report;
  if (typeof options.report === 'string') await checkTargetFile('--report', resolve(options.report));
  const result = await withDatabase(config, (pool) =>
    runRevert(
      {
        id,
        reverts,
        mode: options.dryRun === true ? 'DryRun' : 'Live',
        chunkRows,
        triggeredBy: config.user,
        startedAt: now().toISOString(),
        reportPath: report === false ? null : resolve(report),
        stateDirectory: config.stateDirectory,
      },
      {
        pool,
        now,
        signal,
        onProgress: (progress) => {
          terminal.progress(renderProgress(progress));
        },
      },
    ),
  );
  terminal.progress('');
  terminal.out(config.output === 'json' ? JSON.stringify(result) : renderRun(result));
  return exitStatusOf(result.phase);
}
