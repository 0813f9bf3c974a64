import type { ExecutionResource } from '../../../operator/api/kinds.ts';
import type { Key } from '../../../operator/runtime/resource.ts';
import { EXIT, exitStatusOf } from '../../exit-status.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { followExecution } from '../follow.ts';
import { describeExecution, describeProgress, renderExecution } from '../render-execution.ts';

/** `kubectl smartconnector follow EXECUTION`: to its end; the exit status says what that was. */
export async function followCommand(context: ClusterContext, key: Key): Promise<number> {
  const { terminal, output, api, retry } = context;
  let told = '';
  const onChange = (execution: ExecutionResource): void => {
    if (output === 'json') return;
    const { state, line } = describeProgress(execution);
    const isEnd = execution.status?.endedAt !== undefined;
    // Each state once, for whoever reads it later; its progress as it goes, for whoever looks on.
    if (state !== told && !isEnd) terminal.err(line);
    else if (!isEnd) terminal.progress(line);
    told = state;
  };
  const ended = await followExecution(key, { ...retry, api, onChange });
  terminal.progress('');
  if (ended === null) {
    const { namespace, name } = key;
    terminal.err(
      `note: execution ${name} goes on; see it to its end with "kubectl smartconnector follow ${name} -n ${namespace}", ` +
        `or stop it with "kubectl smartconnector cancel ${name} -n ${namespace}"`,
    );
    return EXIT.cancelled;
  }
  terminal.out(output === 'json' ? JSON.stringify(describeExecution(ended)) : renderExecution(ended));
  return exitStatusOf(ended.status?.phase ?? 'Failed');
}
