import type { RunError } from '../../core/model/run-result.ts';
import { executionFiles } from '../artifacts/execution-files.ts';
import { makeWorkspace } from '../artifacts/workspace.ts';
import { AttemptHolder, beginAttempt } from '../executions/begin-attempt.ts';
import { requireExecution, type DatabaseContext } from './container-context.ts';
import { endExecution, readStoredEnd } from './end-from-stored.ts';

const EXHAUSTED: RunError = {
  code: 'AttemptsExhausted',
  message:
    'every attempt of this execution died before its end: what was committed is kept and listed, the rest was not processed; ' +
    'see the events of the execution for what ended the attempts, then run the input again',
  details: [],
};

/**
 * Ends an execution from what is stored: after its attempts are used up, or cancelled after its pod is gone. Attempts that
 * still run lose their token.
 */
export async function runFinishContainer(context: DatabaseContext, isCancelled: boolean): Promise<void> {
  const { pool, workspace, executionId, now, log } = context;
  await pool.withConnection((main) =>
    pool.withConnection(async (side) => {
      const known = await requireExecution(main.pg, executionId);
      if (known.result !== null) {
        log.info({ phase: known.result.phase }, 'the execution had ended before');
        return;
      }
      const execution = await beginAttempt(main.pg, side.pg, known, new AttemptHolder());
      const files = await makeWorkspace(executionFiles(workspace, execution.id), execution.attempt);
      const end = await readStoredEnd(main.pg, execution, isCancelled ? null : EXHAUSTED, files);
      const { phase } = await endExecution(main.pg, execution, end, files, now);
      log.info({ phase }, 'the execution has ended');
    }),
  );
}
