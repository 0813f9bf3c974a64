import { KubeConfig } from '@kubernetes/client-node';
import { invalid, messageOf } from '../../core/errors/app-error.ts';

export interface KubeOptions {
  /** A file in place of KUBECONFIG and `~/.kube/config`. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface ClusterAccess {
  readonly config: KubeConfig;
  readonly namespace: string;
}

/**
 * The cluster, the user and the namespace that kubectl would take: certificates, tokens and exec plugins are as its
 * configuration says.
 *
 * @throws AppError `Invalid` where there is no such configuration or context
 */
export function loadClusterAccess({ kubeconfig, context, namespace }: KubeOptions): ClusterAccess {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw invalid(`the kubeconfig cannot be read: ${messageOf(error)}; name another one with --kubeconfig FILE`);
  }
  // What is taken where there is no configuration: nobody's cluster.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw invalid('there is no kubeconfig: name one with --kubeconfig FILE or in KUBECONFIG');
  }
  const names = config.getContexts().map(({ name }) => name);
  if (context !== undefined) {
    if (!names.includes(context)) {
      throw invalid(`--context ${context}: the kubeconfig has ${names.length === 0 ? 'none' : names.join(', ')}`);
    }
    config.setCurrentContext(context);
  }
  const current = config.getContextObject(config.getCurrentContext());
  if (current === null || config.getCurrentCluster() === null) {
    throw invalid('the kubeconfig names no current context; choose one with --context NAME');
  }
  return { config, namespace: namespace ?? current.namespace ?? 'default' };
}
