import { AppError } from '../core/errors/app-error.ts';
import { PODS } from './api/kinds.ts';
import type { KubernetesApi } from './runtime/kubernetes-api.ts';
import type { Resource } from './runtime/resource.ts';

interface Containers {
  readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] };
}

const CONTAINER = 'operator';

/**
 * The image that this operator runs: its runners have the same one, so that both know the same schema.
 *
 * @param place where its pod is, which has the identity for a name
 * @throws AppError `RunnerImageUnknown`
 */
export async function readOwnImage(
  api: KubernetesApi,
  { namespace, identity }: { readonly namespace: string; readonly identity: string },
): Promise<string> {
  const pod: (Resource & Containers) | null = await api.get(PODS, { namespace, name: identity });
  const image = pod?.spec?.containers?.find(({ name }) => name === CONTAINER)?.image;
  if (image !== undefined) return image;
  throw new AppError({
    code: 'RunnerImageUnknown',
    class: 'terminal',
    message: `there is no pod ${namespace}/${identity} with a container ${CONTAINER} to take the image of runners from; give --runner-image`,
  });
}
