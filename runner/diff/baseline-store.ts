import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { deletePieces, storePieces } from '../artifacts/piece-store.ts';
import { checkFence, type Execution } from '../executions/executions.ts';
import { durably } from '../faults/fault-point.ts';
import type { HashTotals } from './fold-request.ts';

export interface StoredBaseline {
  readonly signature: string;
  readonly foldedSequence: bigint;
  readonly artifact: string;
  /** Of its hashes; null where an older program stored it. */
  readonly totals: HashTotals | null;
}

/** A baseline as files. */
export interface FoldedBaseline {
  /** Of the last execution that was laid over it. */
  readonly signature: string;
  readonly path: string;
  readonly hashes: string;
  readonly totals: HashTotals;
}

/** The hashes of a stored baseline, beside its entries: most runs need nothing else of it. */
export const hashesOf = (artifact: string): string => `${artifact}/hashes.bin`;

export async function findBaseline(
  client: ClientBase,
  execution: Execution,
  scope: string,
): Promise<StoredBaseline | null> {
  const result = await client.query<{ signature: string; folded: string; artifact: string; totals: HashTotals | null }>(
    `SELECT signature, folded_sequence::text AS folded, artifact, hash_totals AS totals FROM smartconnector.diff_baseline
     WHERE namespace = $1 AND connector = $2 AND scope = $3`,
    [execution.namespace, execution.connector, scope],
  );
  const row = result.rows[0];
  return row === undefined
    ? null
    : { signature: row.signature, foldedSequence: BigInt(row.folded), artifact: row.artifact, totals: row.totals };
}

/** What an execution leaves of the baseline of a scope. */
export interface NewBaseline {
  readonly signature: string;
  /** The last execution that is in it. */
  readonly sequence: string;
  /** Null: the baseline is void. */
  readonly folded: FoldedBaseline | null;
  /** What it was made from. */
  readonly stored: StoredBaseline | null;
}

/** Puts a baseline in the place of the one that it was made from. */
export async function storeBaseline(
  client: ClientBase,
  execution: Execution,
  scope: string,
  next: NewBaseline,
): Promise<void> {
  await client.query('BEGIN');
  try {
    // An execution that is in it itself has ended.
    await checkFence(client, execution, next.sequence === execution.sequence);
    await lockBaseline(client, execution, scope);
    const now = await findBaseline(client, execution, scope);
    // Another execution was faster: what it stored is a later truth, or will be brought up to date by the next one.
    if (now?.artifact === next.stored?.artifact) await replaceBaseline(client, execution, scope, next);
    await durably('baseline', () => client.query('COMMIT'));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Holds the baseline of a scope until the transaction ends. */
export async function lockBaseline(client: ClientBase, execution: Execution, scope: string): Promise<void> {
  const key = `smartconnector baseline ${[execution.namespace, execution.connector, scope].join('/')}`;
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
}

const NO_HASHES: HashTotals = { count: 0, sum: '0' };

/** As storeBaseline, in a transaction of the caller, who holds the lock. */
export async function replaceBaseline(
  client: ClientBase,
  execution: Execution,
  scope: string,
  { signature, sequence, folded, stored }: NewBaseline,
): Promise<void> {
  const artifact = `baseline/${randomUUID()}`;
  if (folded !== null) {
    await storePieces(client, artifact, folded.path);
    await storePieces(client, hashesOf(artifact), folded.hashes);
  }
  await client.query(
    `INSERT INTO smartconnector.diff_baseline (namespace, connector, scope, signature, folded_sequence, artifact, hash_totals)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (namespace, connector, scope) DO UPDATE
     SET signature = excluded.signature, artifact = excluded.artifact, hash_totals = excluded.hash_totals,
         folded_sequence = greatest(smartconnector.diff_baseline.folded_sequence, excluded.folded_sequence)`,
    [
      execution.namespace,
      execution.connector,
      scope,
      signature,
      sequence,
      artifact,
      JSON.stringify(folded?.totals ?? NO_HASHES),
    ],
  );
  if (stored === null) return;
  await deletePieces(client, stored.artifact);
  await deletePieces(client, hashesOf(stored.artifact));
}

/** Notes that the executions up to `sequence` leave a stored baseline as it is. */
export async function passOver(
  client: ClientBase,
  execution: Execution,
  scope: string,
  stored: StoredBaseline,
  sequence: string,
): Promise<void> {
  await durably('baseline', () =>
    client.query(
      `UPDATE smartconnector.diff_baseline SET folded_sequence = greatest(folded_sequence, $4)
       WHERE namespace = $1 AND connector = $2 AND scope = $3 AND artifact = $5`,
      [execution.namespace, execution.connector, scope, sequence, stored.artifact],
    ),
  );
}
