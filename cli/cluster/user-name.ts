import type { KubernetesApi } from '../../operator/runtime/kubernetes-api.ts';
import type { Resource, ResourceKind } from '../../operator/runtime/resource.ts';

interface SelfSubjectReview extends Resource {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

const SELF_REVIEWS: ResourceKind<SelfSubjectReview> = {
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
};

/** Who the API server takes us for, for the record; null: it does not say (before Kubernetes 1.28). */
export async function readUserName(api: Pick<KubernetesApi, 'create'>): Promise<string | null> {
  const { apiVersion, kind } = SELF_REVIEWS;
  const review = await api.create(SELF_REVIEWS, { apiVersion, kind, metadata: { name: '' } }).catch(() => null);
  return review?.status?.userInfo?.username ?? null;
}
