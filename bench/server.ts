import { join } from 'node:path';
import pg from 'pg';
import { openEmbeddedPostgres } from '../runner/postgres/embedded.ts';
import { quoteIdentifier } from '../runner/postgres/sql.ts';
import { listProcesses, readProcess } from './measure/processes.ts';

/** The PostgreSQL that everything of one benchmark runs against. */
export interface Server {
  /** `PostgreSQL 18.4 on …`. */
  readonly version: string;
  readonly majorVersion: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Bytes of write-ahead log since the beginning. */
  walPosition(): Promise<number>;
  /** Processor time of all its processes so far; null where it does not run on this machine. */
  cpuSeconds(): number | null;
  /** An empty database, instead of the one of that name. @returns its URL */
  freshDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Leaves nothing for the next run to pay: vacuum of the database, then a checkpoint. */
  settle(databaseUrl: string): Promise<void>;
  close(): Promise<void>;
}

const SHOWN_SETTINGS = [
  'fsync', 'synchronous_commit', 'full_page_writes', 'wal_level', 'wal_compression', 'shared_buffers', 'work_mem',
  'maintenance_work_mem', 'max_wal_size', 'checkpoint_timeout', 'jit', 'max_parallel_workers_per_gather',
]; // prettier-ignore

/**
 * The server of the URL, or the embedded one with the settings that it always has, kept below `directory`.
 *
 * @param url null for the embedded one; its user must be allowed to make databases and checkpoints
 */
export async function openServer(url: string | null, directory: string): Promise<Server> {
  const embedded = url === null ? await openEmbeddedPostgres({ stateDirectory: join(directory, 'server') }) : null;
  const serverUrl = url ?? embedded?.url ?? '';
  const client = new pg.Client({ connectionString: serverUrl, application_name: 'bench' });
  await client.connect();
  const one = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>> =>
    (await client.query<Record<string, unknown>>(text, values)).rows[0] ?? {};
  const { version, number, backend } = await one(
    `SELECT version() AS version, current_setting('server_version_num')::int AS number, pg_backend_pid() AS backend`,
  );
  const { rows } = await client.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY ($1) ORDER BY name',
    [SHOWN_SETTINGS],
  );
  const postmaster = localPostmaster(Number(backend));
  const dropDatabase = async (name: string): Promise<void> => {
    await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
  };
  return {
    version: String(version),
    majorVersion: Math.floor(Number(number) / 10_000),
    settings: Object.fromEntries(rows.map(({ name, value }) => [name, value])),
    walPosition: async () =>
      Number((await one("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 AS bytes"))['bytes']),
    cpuSeconds: () => (postmaster === null ? null : treeCpuSeconds(postmaster)),
    freshDatabase: async (name) => {
      await dropDatabase(name);
      await client.query(`CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`);
      return databaseUrl(serverUrl, name);
    },
    dropDatabase,
    settle: async (database) => {
      await withClient(database, (one) => one.query('VACUUM (ANALYZE)'));
      await client.query('CHECKPOINT');
    },
    close: async () => {
      await client.end();
      await embedded?.release();
    },
  };
}

/** The URL with another database; the embedded server's has no host before the path. */
function databaseUrl(url: string, name: string): string {
  const [address = '', parameters] = url.split('?');
  const slash = address.indexOf('/', address.indexOf('://') + 3);
  const base = slash === -1 ? address : address.slice(0, slash);
  return `${base}/${encodeURIComponent(name)}${parameters === undefined ? '' : `?${parameters}`}`;
}

/** Runs `work` on one connection that is closed afterwards. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The server's first process, if the backend's number is that of a process of PostgreSQL on this machine. */
function localPostmaster(backend: number): number | null {
  const state = readProcess(backend);
  return state?.command.startsWith('postgres') === true ? state.parent : null;
}

/** The postmaster waits for its children, so the time of ended backends is in its own figures. */
function treeCpuSeconds(postmaster: number): number {
  return listProcesses()
    .map(readProcess)
    .filter((state) => state !== null)
    .filter((state) => state.pid === postmaster || state.parent === postmaster)
    .reduce((sum, state) => sum + state.cpuSeconds + state.childCpuSeconds, 0);
}
