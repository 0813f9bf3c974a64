import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { API_VERSION, CONNECTORS, EXECUTIONS } from '../../../operator/api/kinds.ts';
import { ArtifactLinks } from '../../../operator/http/artifact-link.ts';
import { buildEndpoint } from '../../../operator/http/build-endpoint.ts';
import { whyNotReady } from '../../../operator/http/readiness.ts';
import { TransferSlots } from '../../../operator/http/transfer-limits.ts';
import { storeArtifact, type NewArtifact } from '../../../runner/artifacts/artifact-store.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import type { TestApiServer } from '../../support/api-server.ts';
import { openDatabaseProxy, type DatabaseProxy } from '../../support/database-proxy.ts';
import { freshPool } from '../../support/postgres.ts';

export const MAX_BYTES = 100_000;

/** The endpoint of an operator, with nothing of the rest of it. */
export interface Endpoint {
  readonly url: string;
  readonly links: ArtifactLinks;
  /** On the database itself. */
  readonly pool: SqlPool;
  /** Between the endpoint and the database. */
  readonly proxy: DatabaseProxy;
  /** What was logged, a line each. */
  readonly logged: readonly string[];
  store(
    artifact: Partial<NewArtifact> & { readonly id: string; readonly namespace: string },
    content: Buffer,
  ): Promise<void>;
  stop(): Promise<void>;
}

export async function startEndpoint(
  server: TestApiServer,
  options: { readonly slots?: TransferSlots; readonly watchNamespace?: string } = {},
): Promise<Endpoint> {
  const database = await freshPool();
  await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  const proxy = await openDatabaseProxy(database.url);
  const files = openPool(proxy.url, { maxConnections: 4, connectTimeoutMs: 5000 });
  const links = new ArtifactLinks('http://smartconnector.example', Buffer.from('a key of the tests'));
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const http = buildEndpoint({
    api: server.api,
    links,
    files,
    registry: new Registry(),
    log,
    slots: options.slots ?? new TransferSlots(4),
    watchNamespace: options.watchNamespace ?? null,
    notReady: () => whyNotReady({ stop: new AbortController().signal, reflectors: [], pool: files, log }),
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    links,
    pool: database.pool,
    proxy,
    logged,
    store: async (artifact, content) => {
      const whole = { executionId: null, kind: 'Input', fileName: 'a.csv', ...artifact } as const;
      await database.pool.withConnection(({ pg }) => storeArtifact(pg, whole, pieces(content)));
    },
    stop: async () => {
      await http.close();
      await files.close();
      await proxy.close();
      await database.drop();
    },
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source of pieces is asynchronous
async function* pieces(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

/** A namespace with a connector `list` that takes a file, and `nightly` that takes none. */
export async function connectorNamespace(server: TestApiServer): Promise<string> {
  const namespace = await server.freshNamespace();
  const common = {
    executionVariables: [{ name: 'name', scope: 'list', type: 'String' }],
    loadSteps: [
      {
        name: 'people',
        object: 'person',
        scope: 'list',
        matching: [{ field: 'name', variable: 'name' }],
        mapping: [{ field: 'name', variables: ['name'] }],
      },
    ],
  };
  const create = (name: string, spec: object) =>
    server.api.create(CONNECTORS, {
      apiVersion: API_VERSION,
      kind: CONNECTORS.kind,
      metadata: { namespace, name },
      spec: { ...common, ...spec },
    });
  await create('list', { type: 'Spreadsheet', spreadsheet: { maxBytes: String(MAX_BYTES) } });
  const sql = { script: 'CREATE TABLE output.list AS SELECT 1 AS name' };
  await create('nightly', { type: 'Scheduler', scheduler: { schedule: '0 3 * * *' }, sql });
  return namespace;
}

/** A user of a namespace who may do this to executions, and nothing else. @returns a token */
export async function userWho(
  server: TestApiServer,
  namespace: string,
  name: string,
  verbs: readonly string[],
): Promise<string> {
  const kubectl = (...args: string[]): Promise<string> => server.kubectl(['-n', namespace, ...args]);
  await kubectl('create', 'serviceaccount', name);
  if (verbs.length > 0) {
    const verb = `--verb=${verbs.join(',')}`;
    await kubectl('create', 'role', name, verb, `--resource=${EXECUTIONS.plural}.smartconnectors.dev`);
    await kubectl('create', 'rolebinding', name, `--role=${name}`, `--serviceaccount=${namespace}:${name}`);
  }
  return (await kubectl('create', 'token', name)).trim();
}
