import type { Readable } from 'node:stream';
import { AppError } from '../../core/errors/app-error.ts';
import { EXECUTIONS, type ExecutionResource } from '../../operator/api/kinds.ts';
import { parseResource } from '../../operator/runtime/parse-resource.ts';
import { readLines } from '../../operator/runtime/read-lines.ts';
import { resourcePath } from '../../operator/runtime/resource-path.ts';
import type { Key } from '../../operator/runtime/resource.ts';
import type { RestApi } from '../../operator/runtime/rest-api.ts';
import { retryTransient, type RetryPorts } from './retry-transient.ts';

/** The server ends a watch after this long; the object is read anew then. */
const WATCH_SECONDS = 60;
const SILENCE_MS = (WATCH_SECONDS + 15) * 1000;
/** Between two looks where there is no watch to be had. */
const LOOK_EVERY_MS = 2000;

export interface FollowPorts extends RetryPorts {
  readonly api: Pick<RestApi, 'get'> & {
    openWatch(...args: Parameters<RestApi['openWatch']>): Promise<Readable>;
  };
  readonly onChange: (execution: ExecutionResource) => void;
}

/**
 * Watches an execution to its end, through outages of the API server.
 *
 * @returns as it ended; null: told to stop before
 * @throws AppError `ExecutionGone` where it was deleted; class transient where an outage lasts
 */
export async function followExecution(key: Key, ports: FollowPorts): Promise<ExecutionResource | null> {
  const { api, signal } = ports;
  while (!signal.aborted) {
    const execution = await retryTransient(() => api.get(EXECUTIONS, key), ports).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (execution === undefined) return null;
    if (execution === null) throw gone(key);
    ports.onChange(execution);
    if (execution.status?.endedAt !== undefined) return execution;
    const ended = await watch(execution, ports).catch((error: unknown) => {
      // Whoever may only get it looks now and then; everything else shows when it is read.
      if (!(error instanceof AppError)) throw error;
      return null;
    });
    if (ended !== null) return ended;
    await ports.pause(LOOK_EVERY_MS);
  }
  return null;
}

/** @returns as it ended; null: the watch is over before that */
async function watch({ metadata }: ExecutionResource, ports: FollowPorts): Promise<ExecutionResource | null> {
  const { api, signal } = ports;
  const query = new URLSearchParams({
    watch: '1',
    fieldSelector: `metadata.name=${metadata.name}`,
    resourceVersion: metadata.resourceVersion,
    timeoutSeconds: String(WATCH_SECONDS),
  });
  const path = `${resourcePath(EXECUTIONS, metadata.namespace)}?${query.toString()}`;
  const source = await api.openWatch(EXECUTIONS, path, SILENCE_MS, signal);
  try {
    for await (const line of readLines(source)) {
      const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: unknown };
      if (type !== 'ADDED' && type !== 'MODIFIED') return null;
      const execution = parseResource(EXECUTIONS, object);
      if (execution.metadata.uid !== metadata.uid) return null;
      ports.onChange(execution);
      if (execution.status?.endedAt !== undefined) return execution;
    }
  } catch (cause) {
    throw new AppError({ code: 'ApiUnavailable', class: 'transient', message: 'the watch broke off', cause });
  } finally {
    source.destroy();
  }
  return null;
}

function gone({ namespace, name }: Key): AppError {
  const message = `execution ${name} of namespace ${namespace} is not there, or was deleted; what it committed stays`;
  return new AppError({ code: 'ExecutionGone', class: 'terminal', message });
}
