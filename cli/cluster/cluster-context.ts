import { setTimeout as delay } from 'node:timers/promises';
import { invalid } from '../../core/errors/app-error.ts';
import { ApiConnection } from '../../operator/runtime/api-connection.ts';
import { RestApi } from '../../operator/runtime/rest-api.ts';
import type { Terminal } from '../terminal.ts';
import { loadClusterAccess, type KubeOptions } from './kubeconfig.ts';
import { directEndpoint, proxiedEndpoint, type OperatorEndpoint } from './operator-endpoint.ts';
import type { RetryPorts } from './retry-transient.ts';

export interface ClusterOptions extends KubeOptions {
  readonly output?: string;
  readonly server?: string;
  readonly operatorNamespace: string;
  /** Seconds. */
  readonly wait: string;
}

/** What the commands of the cluster work with; made once a call. */
export interface ClusterContext {
  readonly api: RestApi;
  readonly endpoint: OperatorEndpoint;
  readonly namespace: string;
  readonly output: 'text' | 'json';
  readonly terminal: Terminal;
  readonly now: () => Date;
  readonly retry: RetryPorts;
  readonly close: () => void;
}

export interface ProcessPorts {
  readonly terminal: Terminal;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** @throws AppError `Invalid` for options that cannot be */
export function openCluster(options: ClusterOptions, { terminal, signal }: ProcessPorts): ClusterContext {
  const waitMs = parseWait(options.wait);
  const { config, namespace } = loadClusterAccess(options);
  const connection = new ApiConnection(config, 'kubectl-smartconnector');
  const { server, operatorNamespace } = options;
  return {
    api: new RestApi(connection),
    endpoint: server === undefined ? proxiedEndpoint(connection, operatorNamespace) : directEndpoint(server),
    namespace,
    output: options.output === 'json' ? 'json' : 'text',
    terminal,
    now: () => new Date(),
    retry: {
      signal,
      waitMs,
      monotonicNow: () => performance.now(),
      pause: (ms) => delay(ms, undefined, { signal }).catch(() => undefined),
      onOutage: (error) => terminal.err(`note: ${error.message}; waiting up to ${waitMs / 1000} s`),
    },
    close: () => connection.close(),
  };
}

function parseWait(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seconds * 1000)) return seconds * 1000;
  throw invalid('--wait: give a whole number of seconds');
}
