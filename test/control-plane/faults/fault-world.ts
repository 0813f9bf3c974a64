import { API_VERSION, CONFIG_MAPS, CONNECTORS, EXECUTIONS, OBJECTS } from '../../../operator/api/kinds.ts';
import type { ConnectorResource, ExecutionResource } from '../../../operator/api/kinds.ts';
import { roleName } from '../../../operator/database/namespace-role.ts';
import type { Resource, ResourceKind } from '../../../operator/runtime/resource.ts';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { quoteIdentifier, raw, sql, type SqlText } from '../../../runner/postgres/sql.ts';
import { startApiServer, type TestApiServer } from '../../support/api-server.ts';
import { awaitObject } from '../../support/await-object.ts';
import { startGarbageCollector } from '../../support/garbage-collector.ts';
import { startLocalKubelet, type LocalKubelet } from '../../support/local-kubelet.ts';
import { startInProcess, type InProcessOperator, type InProcessOptions } from '../../support/operator-in-process.ts';
import { startOperator, type OperatorProcess } from '../../support/operator-process.ts';
import { freshDatabase, testServer, type TestDatabase } from '../../support/postgres.ts';
import { watchStatuses, type StatusWatch } from '../../support/status-watch.ts';

type StartOptions = Parameters<typeof startOperator>[2];

/** An API server, a database and what runs Jobs, with an operator that tests disturb. */
export interface FaultWorld {
  readonly server: TestApiServer;
  readonly pool: SqlPool;
  /** Where the operator finds its database. */
  readonly databaseUrl: string;
  readonly kubelet: LocalKubelet;
  /** Judges every status that is written. */
  readonly statuses: StatusWatch;
  /** A new namespace with the object `vendor` and a file `a.csv` in the ConfigMap `input`. */
  freshNamespace(): Promise<string>;
  operator(options?: StartOptions & { readonly databaseUrl?: string }): Promise<OperatorProcess>;
  /** As `operator`, within this process: cheap to kill and to start again. */
  inProcess(options?: InProcessOptions & { readonly databaseUrl?: string }): Promise<InProcessOperator>;
  /** A copy of the database as it is now: what a backup and its restoration come to. Nobody may be at work in it. */
  copyDatabase(): Promise<TestDatabase>;
  rows(statement: SqlText): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

export async function openFaultWorld(): Promise<FaultWorld> {
  const database = await freshDatabase();
  const pool = openPool(database.url);
  const databases = [database];
  const server = await startApiServer();
  const kubelet = startLocalKubelet(server.api);
  const collector = startGarbageCollector(server.api);
  const statuses = watchStatuses(server.api);
  const namespaces: string[] = [];
  const operators: Pick<OperatorProcess, 'stop'>[] = [];
  return {
    server,
    pool,
    databaseUrl: database.url,
    kubelet,
    statuses,
    freshNamespace: async () => {
      const namespace = await server.freshNamespace();
      namespaces.push(namespace);
      await createSurroundings(server, namespace);
      return namespace;
    },
    operator: async ({ databaseUrl = database.url, ...options } = {}) => {
      const operator = await startOperator(server, databaseUrl, options);
      operators.push(operator);
      return operator;
    },
    inProcess: async ({ databaseUrl = database.url, ...options } = {}) => {
      const operator = await startInProcess(server, databaseUrl, options);
      operators.push(operator);
      return operator;
    },
    copyDatabase: async () => {
      await onServer((admin) =>
        admin.query(sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${database.name}`),
      );
      const copy = await freshDatabase(database);
      databases.push(copy);
      return copy;
    },
    rows: async (statement) => (await pool.query(statement)).rows,
    close: async () => {
      await Promise.all(operators.map((operator) => operator.stop('SIGKILL')));
      await kubelet.stop();
      collector.stop();
      statuses.stop();
      await server.stop();
      await pool.close();
      for (const one of databases) await one.drop();
      await onServer((admin) => dropRoles(admin, namespaces));
    },
  };
}

async function onServer(work: (admin: SqlPool) => Promise<unknown>): Promise<void> {
  const admin = openPool((await testServer()).url, { maxConnections: 1 });
  await work(admin);
  await admin.close();
}

/** Roles belong to the server: those of runners outlive the databases that they were made for. */
async function dropRoles(admin: SqlPool, namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) {
    await admin.query(sql`DROP ROLE IF EXISTS ${raw(quoteIdentifier(roleName(namespace)))}`);
  }
}

async function createSurroundings({ api }: TestApiServer, namespace: string): Promise<void> {
  await api.create(OBJECTS, {
    apiVersion: API_VERSION,
    kind: OBJECTS.kind,
    metadata: { name: 'vendor', namespace },
    spec: { displayName: 'Vendor', fields: [{ name: 'name', type: 'Text' }] },
  });
  await api.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'input', namespace },
    data: { 'a.csv': 'name\nAcme\nBolt\n', 'sample.csv': 'name\nSample\n' },
  });
}

const LOAD_VENDORS = {
  executionVariables: [{ name: 'name', scope: 'vendors', type: 'String' }],
  loadSteps: [
    {
      name: 'vendors',
      object: 'vendor',
      scope: 'vendors',
      matching: [{ field: 'name', variable: 'name' }],
      mapping: [{ field: 'name', variables: ['name'] }],
    },
  ],
};

/** A connector that loads names from a file, by way of SQL. */
export const FILE_CONNECTOR = {
  type: 'Spreadsheet',
  spreadsheet: { tables: [{ name: 'list' }] },
  sql: {
    script: 'CREATE TABLE output.vendors AS SELECT _row, name FROM input.list;',
    sample: { configMapKeyRef: { name: 'input', key: 'sample.csv' } },
  },
  ...LOAD_VENDORS,
};

/** The same without SQL: it needs no validation. */
export const PLAIN_CONNECTOR = {
  ...FILE_CONNECTOR,
  sql: undefined,
  executionVariables: [{ name: 'name', scope: 'list', type: 'String' }],
  loadSteps: [{ ...LOAD_VENDORS.loadSteps[0], scope: 'list' }],
};

/** A connector that loads one name a slot. Its slots are a month apart: none comes due while a test runs. */
export const MONTHLY_CONNECTOR = {
  type: 'Scheduler',
  scheduler: { schedule: '0 0 1 * *', startingDeadline: '99999h' },
  sql: { script: 'CREATE TABLE output.vendors AS SELECT toString(schedule_trigger_time) AS name FROM input.schedule;' },
  ...LOAD_VENDORS,
};

export async function createConnector(
  { server: { api } }: FaultWorld,
  namespace: string,
  name: string,
  spec: object,
): Promise<void> {
  await api.create(CONNECTORS, {
    apiVersion: API_VERSION,
    kind: CONNECTORS.kind,
    metadata: { name, namespace },
    spec,
  });
}

export async function createExecution(
  { server: { api } }: FaultWorld,
  namespace: string,
  name: string,
  connector: string,
  spec: object = {},
): Promise<ExecutionResource | null> {
  return api.create(EXECUTIONS, {
    apiVersion: API_VERSION,
    kind: EXECUTIONS.kind,
    metadata: { name, namespace },
    spec: { connector, input: { configMapKeyRef: { name: 'input', key: 'a.csv' } }, ...spec },
  });
}

/** A file of so many names, in the ConfigMap `many`: of more than one chunk where there are more than 10,000. */
export async function createManyNames(
  { server: { api } }: FaultWorld,
  namespace: string,
  rows: number,
): Promise<{ readonly input: object }> {
  const names = Array.from({ length: rows }, (_, row) => `vendor-${row}`);
  await api.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'many', namespace },
    data: { 'a.csv': `name\n${names.join('\n')}\n` },
  });
  return { input: { configMapKeyRef: { name: 'many', key: 'a.csv' } } };
}

/** Stops a container of the next Job of an execution as it begins. @returns lets it go on */
export function holdContainer(kubelet: LocalKubelet, execution: string, container: string): Promise<() => void> {
  const begun = Promise.withResolvers<() => void>();
  kubelet.onContainer = (job, name, process) => {
    if (!job.startsWith(`${execution}-`) || name !== container) return;
    kubelet.onContainer = () => undefined;
    process.kill('SIGSTOP');
    begun.resolve(() => void process.kill('SIGCONT'));
  };
  return begun.promise;
}

/** Creates an execution, and stops a container of its Job as it begins. @returns lets it go on */
export async function createHeld(
  world: FaultWorld,
  namespace: string,
  name: string,
  connector: string,
  container = 'load',
): Promise<() => void> {
  const begun = holdContainer(world.kubelet, name, container);
  await createExecution(world, namespace, name, connector);
  return begun;
}

/** Has the load of an execution stop itself once so many chunks are committed. @returns lets it go on, once it has stopped */
export function stopAfterChunks(kubelet: LocalKubelet, execution: string, chunks: number): Promise<() => void> {
  const stopped = Promise.withResolvers<() => void>();
  const isIt = (job: string, container: string): boolean =>
    job.startsWith(`${execution}-`) && job.endsWith('-1') && container === 'load';
  kubelet.faultOf = (job, container) => (isIt(job, container) ? `chunk:after:${chunks}:stop` : undefined);
  kubelet.onContainer = (job, container, process) => {
    if (!isIt(job, container)) return;
    process.stderr?.on('data', (text: string) => {
      if (text.includes('SIGSTOP at chunk')) stopped.resolve(() => void process.kill('SIGCONT'));
    });
  };
  return stopped.promise;
}

export const isActive = ({ status }: ConnectorResource): boolean => status?.activation?.state === 'Active';

/** It has ended, and there is nothing left to do for it. */
export const isDone = ({ status, metadata }: ExecutionResource): boolean =>
  status?.endedAt !== undefined && (metadata.finalizers ?? []).length === 0;

export function awaitConnector(
  { server: { api } }: FaultWorld,
  namespace: string,
  name: string,
  isWanted: (connector: ConnectorResource) => boolean = isActive,
  longestMs?: number,
): Promise<ConnectorResource> {
  return awaitObject(api, CONNECTORS, { namespace, name }, isWanted, longestMs);
}

export function awaitExecution(
  { server: { api } }: FaultWorld,
  namespace: string,
  name: string,
  isWanted: (execution: ExecutionResource) => boolean = isDone,
  longestMs?: number,
): Promise<ExecutionResource> {
  return awaitObject(api, EXECUTIONS, { namespace, name }, isWanted, longestMs);
}

/** Names of what is there. */
export async function namesOf(
  { server: { api } }: FaultWorld,
  kind: ResourceKind,
  namespace: string,
): Promise<string[]> {
  const found: readonly Resource[] = await api.list(kind, { namespace });
  return found.map(({ metadata }) => metadata.name).sort();
}

/** The names that records of a namespace have, a line for each record. */
export async function vendorsOf(world: FaultWorld, namespace: string): Promise<string[]> {
  const found = await world.rows({
    text: `SELECT name FROM "${roleName(namespace)}".vendor ORDER BY name`,
    values: [],
  });
  return found.map(({ name }) => String(name));
}

/** How many Jobs of an execution there are or were, and how often its runs began. */
export async function effortOf(world: FaultWorld, namespace: string, name: string): Promise<string> {
  const [row] = await world.rows(sql`
    SELECT uid, attempts, coalesce(e.attempt, 0)::int AS begun FROM smartconnector.execution_request r
    LEFT JOIN smartconnector.execution e ON e.id = r.uid WHERE r.namespace = ${namespace} AND r.name = ${name}`);
  const uid = String(row?.['uid']).replaceAll('-', '').slice(0, 8);
  const jobs = world.kubelet.jobs.filter((job) => job.includes(`-${uid}-`)).length;
  return `${jobs} Jobs, ${String(row?.['attempts'])} planned, ${String(row?.['begun'])} begun`;
}
