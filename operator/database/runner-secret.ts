import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors/app-error.ts';
import { openPool, type SqlPool } from '../../runner/postgres/pool.ts';
import { durably } from '../../runner/faults/fault-point.ts';
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
 * Sees to it that runners of a namespace can reach its records, and nothing else. The credential stands in the Secret only,
 * and the role follows it: of two operators that make one at once, the Secret that came first holds.
 *
 * @returns the URL by which the operator itself comes to the database as that role
 */
export async function ensureRunnerAccess(ports: RunnerAccessPorts, namespace: string): Promise<string> {
  const password = await ensureSecret(ports, namespace);
  await ensureNamespaceRole(ports.pool, namespace, password);
  return buildRunnerUrl({ databaseUrl: ports.databaseUrl, databaseHost: null }, namespace, password);
}

/**
 * Runs `work` as the role of a namespace. Whoever has that role's credential may put functions of his own into checks, casts
 * and policies of its tables, and they run with the rights of whoever changes such a table: the operator must not do that as
 * itself, nor by `SET ROLE`, which they could take back.
 *
 * @param url as ensureRunnerAccess returns it
 */
export async function withNamespacePool<T>(url: string, work: (pool: SqlPool) => Promise<T>): Promise<T> {
  const pool = openPool(url, { maxConnections: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

/** @returns the password in the Secret of the namespace; a new one where that is gone or no such thing */
async function ensureSecret(ports: RunnerAccessPorts, namespace: string): Promise<string> {
  const key = { namespace, name: RUNNER_SECRET };
  const found = await ports.api.get(SECRETS, key);
  const kept = found === null ? null : urlIn(found);
  const password = kept !== null && PASSWORD.test(kept.password) ? kept.password : newPassword();
  const url = buildRunnerUrl(ports, namespace, password);
  if (kept?.href === url) return password;
  const data = { url: Buffer.from(url).toString('base64') };
  const labels = { 'app.kubernetes.io/managed-by': 'smartconnector' };
  const { apiVersion, kind } = SECRETS;
  const written = await durably('runner-secret', () =>
    found === null
      ? ports.api.create(SECRETS, { apiVersion, kind, metadata: { ...key, labels }, type: 'Opaque', data })
      : ports.api.patch(SECRETS, key, { metadata: { labels, resourceVersion: found.metadata.resourceVersion }, data }),
  );
  if (written !== null) return password;
  const message = `Secret ${namespace}/${RUNNER_SECRET} was made or removed by somebody else in the same moment`;
  throw new AppError({ code: 'Conflict', class: 'waiting', message });
}

/** Of characters that mean themselves in a URL; one that a person put there may be none, or too short to be one. */
const PASSWORD = /^[A-Za-z0-9_-]{32}$/;
const newPassword = (): string => randomBytes(24).toString('base64url');

/** The URL of the operator with the role of the namespace. */
function buildRunnerUrl(
  { databaseUrl, databaseHost }: Pick<RunnerAccessPorts, 'databaseUrl' | 'databaseHost'>,
  namespace: string,
  password: string,
): string {
  const url = new URL(databaseUrl);
  url.username = encodeURIComponent(roleName(namespace));
  url.password = password;
  if (databaseHost !== null) url.host = databaseHost;
  return url.href;
}

/** Null: it holds none. */
const urlIn = (secret: SecretResource): URL | null =>
  URL.parse(Buffer.from(secret.data?.['url'] ?? '', 'base64').toString('utf8'));
