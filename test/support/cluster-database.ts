import pg from 'pg';
import { forwardPort } from './cluster.ts';

/** A session with the trial database through a way of its own: pods come and go between two of them. */
async function openSession(): Promise<{ readonly client: pg.Client; readonly close: () => Promise<void> }> {
  const forward = await forwardPort('pod/postgres-0', 5432);
  const connectionString = `postgres://smartconnector:trial@127.0.0.1:${forward.port}/smartconnector`;
  const client = new pg.Client({ connectionString });
  // Tests take the server away, too.
  client.on('error', () => undefined);
  const close = async (): Promise<void> => {
    await client.end().catch(() => undefined);
    forward.close();
  };
  try {
    await client.connect();
  } catch (error) {
    forward.close();
    throw error;
  }
  return { client, close };
}

/** Asks the trial database. */
export async function queryDatabase<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const session = await openSession();
  try {
    return (await session.client.query<Row>(text, [...values])).rows;
  } finally {
    await session.close();
  }
}

export interface HeldRow {
  /** Until somebody waits for the row. */
  readonly untilAwaited: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/** Locks the row that a SELECT gives, so that whoever writes it stops right there, however fast they are. */
export async function holdRow(select: string, values: readonly unknown[]): Promise<HeldRow> {
  const { client, close } = await openSession();
  await client.query('BEGIN');
  const { rowCount } = await client.query(`${select} FOR UPDATE`, [...values]);
  if (rowCount !== 1) throw new Error(`${String(rowCount)} rows to hold: ${select}`);
  return {
    untilAwaited: async () => {
      const awaited = 'SELECT FROM pg_stat_activity WHERE pg_blocking_pids(pid) @> ARRAY[pg_backend_pid()]';
      // One question after another; the clock within a transaction stands, what others do does not.
      do await client.query('SELECT pg_stat_clear_snapshot()');
      while ((await client.query(awaited)).rowCount === 0);
    },
    release: close,
  };
}
