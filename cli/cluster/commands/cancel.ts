import { AppError } from '../../../core/errors/app-error.ts';
import { EXECUTIONS } from '../../../operator/api/kinds.ts';
import type { Key } from '../../../operator/runtime/resource.ts';
import { EXIT } from '../../exit-status.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { describeExecution } from '../render-execution.ts';
import { retryTransient } from '../retry-transient.ts';

/** `kubectl smartconnector cancel EXECUTION`: asks it to stop at its next chunk. */
export async function cancelCommand({ api, terminal, output, retry }: ClusterContext, key: Key): Promise<number> {
  const cancelled = await retryTransient(() => api.patch(EXECUTIONS, key, { spec: { cancel: true } }), retry);
  if (cancelled === null) throw noExecution(key);
  const { status } = cancelled;
  const hasEnded = status?.endedAt !== undefined;
  const text = hasEnded ? `${key.name} has ended: ${status.phase ?? ''}` : `${key.name}: asked to stop`;
  terminal.out(output === 'json' ? JSON.stringify(describeExecution(cancelled)) : text);
  return EXIT.succeeded;
}

export function noExecution({ namespace, name }: Key): AppError {
  const message = `there is no execution ${name} in namespace ${namespace}; "kubectl -n ${namespace} get sce" lists them`;
  return new AppError({ code: 'ExecutionNotFound', class: 'terminal', message });
}
