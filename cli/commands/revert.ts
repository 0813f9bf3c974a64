import { resolve } from 'node:path';
import { executionFiles } from '../../runner/artifacts/execution-files.ts';
import { runRevert, type RevertRunRequest } from '../../runner/revert/run-revert.ts';
import { exitStatusOf } from '../exit-status.ts';
import { renderRun } from '../render-run.ts';
import { outlastOutages } from '../outlast-outages.ts';
import { outagePorts, runPorts } from '../run-ports.ts';
import { withDatabase } from '../session.ts';
import { checkTargetFile } from '../target-file.ts';
import type { CommandContext } from '../command-context.ts';
import { parseChunkRows, parseExecutionId } from './run.ts';

export interface RevertOptions {
  readonly dryRun?: boolean;
  /** A path with --report, false with --no-report. */
  readonly report?: string | false;
  readonly execution?: string;
  readonly chunkRows: string;
  /** Seconds. */
  readonly wait: string;
}

/** `smartconnector revert EXECUTION`: exit status as of `run`. */
export async function revertCommand(context: CommandContext, reverts: string, options: RevertOptions): Promise<number> {
  const { config, terminal, now } = context;
  const id = parseExecutionId(options.execution, now());
  const chunkRows = parseChunkRows(options.chunkRows);
  const report = options.report ?? executionFiles(config.stateDirectory, id).report;
  if (typeof options.report === 'string') await checkTargetFile('--report', resolve(options.report));
  const outage = outagePorts(context, options.wait, `smartconnector revert ${reverts} --execution ${id}`);
  const request: RevertRunRequest = {
    id,
    reverts,
    mode: options.dryRun === true ? 'DryRun' : 'Live',
    chunkRows,
    triggeredBy: config.user,
    startedAt: now().toISOString(),
    reportPath: report === false ? null : resolve(report),
    stateDirectory: config.stateDirectory,
  };
  const result = await outlastOutages(
    (up) => withDatabase(config, (pool) => runRevert(request, runPorts(context, pool, outage.holder, up))),
    outage,
  );
  terminal.progress('');
  terminal.out(config.output === 'json' ? JSON.stringify(result) : renderRun(result));
  return exitStatusOf(result.phase);
}
