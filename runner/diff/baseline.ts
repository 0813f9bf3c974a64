import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import { deletePieces, fetchPieces, storePieces } from '../artifacts/piece-store.ts';
import { listForBaseline, type Execution } from '../executions/executions.ts';
import { readStateBytes } from '../load/chunk-store.ts';
import type { FoldRequest } from './fold-sql.ts';
import { baselineSignature } from './signature.ts';

export interface BaselinePorts {
  readonly client: ClientBase;
  /** A directory of its own for files in between; made and removed here. */
  readonly directory: string;
  /** Where the scope file of an execution is kept, whether it is still there or not. */
  readonly scopePath: (executionId: string, scope: string) => string;
}

interface StoredBaseline {
  readonly signature: string;
  readonly foldedSequence: bigint;
  readonly artifact: string;
}

export interface FoldOptions {
  /** Whether the execution itself is laid over it too. */
  readonly include: boolean;
  /** Stores the result; a dry run leaves no trace. */
  readonly persist: boolean;
  /** Where the hashes of a scope go, for the SQL stage to compare with; null: nowhere. */
  readonly hashes: ((scope: string) => string) | null;
}

/** The hashes of a stored baseline, beside its entries: most runs need nothing else of it. */
const hashesOf = (artifact: string): string => `${artifact}/hashes`;

/**
 * Brings the diff baseline of every scope of a connector up to the execution: the stored baseline, with each live
 * execution since then laid over it in order. Nothing is written while an execution loads: its checkpoints, which commit
 * with its records, say which hashes no longer count.
 */
export async function foldBaselines(
  execution: Execution,
  ports: BaselinePorts,
  options: FoldOptions,
): Promise<RunWarning[]> {
  const { connector } = execution.snapshot;
  const warnings: RunWarning[] = [];
  await mkdir(ports.directory, { recursive: true, mode: 0o700 });
  try {
    for (const scope of new Set(connector.steps.map((step) => step.scope))) {
      const reset = await foldScope(execution, scope, ports, options);
      if (!reset) continue;
      const message =
        `scope ${scope}: the variables or load steps changed since the last run, so the diff check starts afresh: ` +
        'every row was processed';
      warnings.push({ code: 'DiffBaselineReset', message, count: 1 });
    }
  } finally {
    await rm(ports.directory, { recursive: true, force: true });
  }
  return warnings;
}

/** @returns whether a baseline was there and is void */
async function foldScope(
  execution: Execution,
  scope: string,
  ports: BaselinePorts,
  options: FoldOptions,
): Promise<boolean> {
  const { client } = ports;
  const signature = baselineSignature(execution.snapshot.connector, scope);
  const stored = await findBaseline(client, execution, scope);
  const since = await listForBaseline(client, execution, stored?.foldedSequence ?? 0n, options.include);
  const target = options.hashes?.(scope) ?? null;
  if (since.length === 0) {
    if (stored === null) return false;
    if (stored.signature !== signature) return !options.include;
    if (target !== null) await fetchPieces(client, hashesOf(stored.artifact), target);
    return false;
  }
  const folded = await foldExecutions(since, scope, stored, ports);
  const isValid = folded.signature === signature;
  if (isValid && target !== null) await copyFile(folded.hashes, target);
  if (options.persist)
    await storeBaseline(client, execution, scope, signature, isValid ? folded : null, stored, options);
  return !isValid && !options.include;
}

interface FoldedBaseline {
  /** Of the last execution that was laid over it. */
  readonly signature: string;
  readonly path: string;
  readonly hashes: string;
}

async function foldExecutions(
  since: readonly Execution[],
  scope: string,
  stored: StoredBaseline | null,
  ports: BaselinePorts,
): Promise<FoldedBaseline> {
  const { client, directory } = ports;
  let current = { signature: stored?.signature ?? '', path: join(directory, 'stored.bin') };
  if (stored !== null) await fetchPieces(client, stored.artifact, current.path);
  const hashes = join(directory, 'hashes.txt.gz');
  const requests: FoldRequest[] = [];
  for (const [index, past] of since.entries()) {
    const signature = baselineSignature(past.snapshot.connector, scope);
    const output = join(directory, `fold-${index}.bin`);
    const baseline = current.signature === signature ? current.path : null;
    const request = await buildRequest(past, scope, baseline, output, ports, index);
    requests.push(index === since.length - 1 ? { ...request, hashes } : request);
    current = { signature, path: output };
  }
  await runFolds(requests, directory);
  return { ...current, hashes };
}

async function buildRequest(
  past: Execution,
  scope: string,
  baseline: string | null,
  output: string,
  ports: BaselinePorts,
  index: number,
): Promise<FoldRequest> {
  const { connector } = past.snapshot;
  const steps: { step: number; path: string }[] = [];
  for (const step of connector.steps.filter((one) => one.scope === scope)) {
    const path = join(ports.directory, `states-${index}-${step.index}.bin`);
    await pipeline(
      Readable.from(readStateBytes(ports.client, past.id, step.index), { objectMode: false }),
      createWriteStream(path, { mode: 0o600 }),
    );
    steps.push({ step: step.index, path });
  }
  const path = ports.scopePath(past.id, scope);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  const variables = connector.scopes.find((one) => one.name === scope)?.variables.length ?? 0;
  return {
    baseline,
    scope: there ? { path, variables } : null,
    steps,
    // Without the scope file nobody can say what the execution saw: then everything leaves, which is always safe.
    ended: past.phase === 'Succeeded' || past.phase === 'PartialSuccess',
    output,
    hashes: null,
  };
}

async function runFolds(requests: readonly FoldRequest[], directory: string): Promise<void> {
  const file = join(directory, 'requests.json');
  await writeFile(file, JSON.stringify(requests), { mode: 0o600 });
  const script = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, file, join(directory, 'chdb')],
    {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return;
  throw new AppError({
    code: 'DiffBaseline',
    class: 'transient',
    message: `the diff baseline could not be computed (exit ${code ?? 'by signal'}): ${errors.slice(-2000)}`,
  });
}

async function findBaseline(client: ClientBase, execution: Execution, scope: string): Promise<StoredBaseline | null> {
  const result = await client.query<{ signature: string; folded: string; artifact: string }>(
    `SELECT signature, folded_sequence::text AS folded, artifact FROM smartconnector.diff_baseline
     WHERE namespace = $1 AND connector = $2 AND scope = $3`,
    [execution.namespace, execution.connector, scope],
  );
  const row = result.rows[0];
  return row === undefined
    ? null
    : { signature: row.signature, foldedSequence: BigInt(row.folded), artifact: row.artifact };
}

async function storeBaseline(
  client: ClientBase,
  execution: Execution,
  scope: string,
  signature: string,
  folded: FoldedBaseline | null,
  before: StoredBaseline | null,
  { include }: FoldOptions,
): Promise<void> {
  const artifact = `baseline/${randomUUID()}`;
  const key = [execution.namespace, execution.connector, scope];
  const sequence = include ? execution.sequence : String(BigInt(execution.sequence) - 1n);
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `smartconnector baseline ${key.join('/')}`,
    ]);
    const now = await findBaseline(client, execution, scope);
    // Another execution was faster: what it stored is a later truth, or will be brought up to date by the next one.
    if (now?.artifact === before?.artifact) {
      if (folded !== null) {
        await storePieces(client, artifact, folded.path);
        await storePieces(client, hashesOf(artifact), folded.hashes);
      }
      await client.query(
        `INSERT INTO smartconnector.diff_baseline (namespace, connector, scope, signature, folded_sequence, artifact)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (namespace, connector, scope) DO UPDATE
         SET signature = excluded.signature, artifact = excluded.artifact,
             folded_sequence = greatest(smartconnector.diff_baseline.folded_sequence, excluded.folded_sequence)`,
        [...key, signature, sequence, artifact],
      );
      if (before !== null) {
        await deletePieces(client, before.artifact);
        await deletePieces(client, hashesOf(before.artifact));
      }
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
