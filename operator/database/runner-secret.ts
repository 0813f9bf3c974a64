import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors/app-error.ts';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import type { KubernetesApi } from '../runtime/kubernetes-api.ts';
import type { Resource, ResourceKind } from '../runtime/resource.ts';
import { ensureNamespaceRole, roleName } from './namespace-role.ts';

interface SecretResource extends Resource {
  readonly data?: Readonly<Record<string, string>>;
}

const SECRETS: ResourceKind<SecretResource> = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' };

/** The Secret of each namespace that holds the credential of its database role, under the key `url`. */
export const RUNNER_SECRET = 'smartconnector-runner-database';

export interface RunnerAccessPorts {
  readonly api: KubernetesApi;
  readonly pool: SqlPool;
  /** Of the operator itself. */
  readonly databaseUrl: string;
  /** Where runner pods find the server, if elsewhere: `host:port`. */
  readonly databaseHost: string | null;
}

/**
 * Sees to it that runners of a namespace can reach its records, and nothing else. The credential stands in the Secret only:
 * where that is gone or says something else, the role gets a new password.
 */
export async function ensureRunnerAccess(ports: RunnerAccessPorts, namespace: string): Promise<void> {
  const key = { namespace, name: RUNNER_SECRET };
  const secret = await ports.api.get(SECRETS, key);
  const { hasLogin } = await ensureNamespaceRole(ports.pool, namespace, null);
  if (hasLogin && secret !== null && isOf(secret, buildRunnerUrl(ports, namespace, ''))) return;
  const password = randomBytes(24).toString('base64url');
  await ensureNamespaceRole(ports.pool, namespace, password);
  const data = { url: Buffer.from(buildRunnerUrl(ports, namespace, password)).toString('base64') };
  const labels = { 'app.kubernetes.io/managed-by': 'smartconnector' };
  const created =
    secret === null
      ? await ports.api.create(SECRETS, {
          apiVersion: SECRETS.apiVersion,
          kind: SECRETS.kind,
          metadata: { ...key, labels },
          type: 'Opaque',
          data,
        })
      : await ports.api.patch(SECRETS, key, { metadata: { labels }, data });
  if (created !== null) return;
  const message = `Secret ${namespace}/${RUNNER_SECRET} was made or removed by somebody else in the same moment`;
  throw new AppError({ code: 'Conflict', class: 'waiting', message });
}

/** The URL of the operator with the role of the namespace. */
function buildRunnerUrl({ databaseUrl, databaseHost }: RunnerAccessPorts, namespace: string, password: string): string {
  const url = new URL(databaseUrl);
  url.username = encodeURIComponent(roleName(namespace));
  url.password = password;
  if (databaseHost !== null) url.host = databaseHost;
  return url.href;
}

/** Whether a Secret holds this URL, whatever its password. */
function isOf(secret: SecretResource, expected: string): boolean {
  const text = Buffer.from(secret.data?.['url'] ?? '', 'base64').toString('utf8');
  const url = URL.parse(text);
  if (url === null || url.password === '') return false;
  url.password = '';
  return url.href === expected;
}
