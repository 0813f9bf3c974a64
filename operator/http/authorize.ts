import type { KubernetesApi } from '../runtime/kubernetes-api.ts';
import type { Resource, ResourceKind } from '../runtime/resource.ts';
import { refusal } from './refusal.ts';

interface TokenReview extends Resource {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

interface SubjectAccessReview extends Resource {
  readonly status?: { readonly allowed?: boolean };
}

const TOKEN_REVIEWS: ResourceKind<TokenReview> = {
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
};
const ACCESS_REVIEWS: ResourceKind<SubjectAccessReview> = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
};

export interface Caller {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  /** What else an authenticator says, above all how far a token reaches. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The bearer token of a request. The API server's proxy keeps `Authorization` to itself, so a caller that comes through it
 * sends the same under another name.
 */
function bearerToken(headers: Readonly<Record<string, unknown>>): string | null {
  for (const name of ['authorization', 'x-smartconnector-authorization']) {
    const value = headers[name];
    const token = typeof value === 'string' ? /^Bearer ([\x21-\x7e]+)$/i.exec(value)?.[1] : undefined;
    if (token !== undefined) return token;
  }
  return null;
}

/** Who a token belongs to, as the API server says; null: to nobody. */
async function authenticate(api: KubernetesApi, token: string): Promise<Caller | null> {
  const review = await api.create(TOKEN_REVIEWS, { ...head(TOKEN_REVIEWS), spec: { token } });
  const user = review?.status?.user;
  if (review?.status?.authenticated !== true || user?.username === undefined) return null;
  const { username, uid, groups = [], extra } = user;
  return {
    username,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Who sends a request. @throws AppError `Unauthenticated` */
export async function requireCaller(api: KubernetesApi, headers: Readonly<Record<string, unknown>>): Promise<Caller> {
  const token = bearerToken(headers);
  const caller = token === null ? null : await authenticate(api, token);
  if (caller !== null) return caller;
  const message =
    token === null
      ? 'send a bearer token, for example that of "kubectl create token"'
      : 'the API server does not know this token';
  throw refusal('Unauthenticated', message);
}

/** Whether the API server lets a caller do this to executions of a namespace. */
export async function mayAccess(
  api: KubernetesApi,
  { username, uid, groups, extra }: Caller,
  verb: 'get' | 'create',
  place: { readonly namespace: string; readonly name?: string },
): Promise<boolean> {
  const resourceAttributes = { group: 'smartconnectors.dev', resource: 'smartconnectorexecutions', verb, ...place };
  const review = await api.create(ACCESS_REVIEWS, {
    ...head(ACCESS_REVIEWS),
    spec: { user: username, uid, groups, extra, resourceAttributes },
  });
  return review?.status?.allowed === true;
}

/** Reviews are answered, not stored: their name means nothing. */
const head = ({
  apiVersion,
  kind,
}: ResourceKind): { apiVersion: string; kind: string; metadata: { name: string } } => ({
  apiVersion,
  kind,
  metadata: { name: '' },
});
