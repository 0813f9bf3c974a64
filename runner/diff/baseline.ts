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
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import { deletePieces, fetchPieces, storePieces } from '../artifacts/piece-store.ts';
import { listForBaseline, type Execution } from '../executions/executions.ts';
import { readStateBytes } from '../load/chunk-store.ts';
import type { FoldRequest, FoldScope } from './fold-sql.ts';
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
    const before = new Map<string, StoredBaseline | null>();
    for (const scope of scopesOf(connector)) before.set(scope, await findBaseline(ports.client, execution, scope));
    const contents = new Map<string, string>();
    const context = { ...ports, before, contents };
    // Read before the first is replaced: scopes whose rows reach the same records look at each other's.
    if (hasSharedObject(connector)) for (const scope of before.keys()) await readContent(context, scope);
    for (const scope of before.keys()) {
      const reset = await foldScope(execution, scope, context, options);
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

const scopesOf = (connector: ConnectorModel): ReadonlySet<string> => new Set(connector.steps.map((step) => step.scope));

/** Scopes whose steps write an object that a step of this scope writes. */
function scopesBeside(connector: ConnectorModel, scope: string): string[] {
  const written = new Set(connector.steps.flatMap((step) => (step.scope === scope ? [step.object.name] : [])));
  const beside = connector.steps.filter((step) => step.scope !== scope && written.has(step.object.name));
  return [...new Set(beside.map((step) => step.scope))];
}

const hasSharedObject = (connector: ConnectorModel): boolean =>
  [...scopesOf(connector)].some((scope) => scopesBeside(connector, scope).length > 0);

interface FoldContext extends BaselinePorts {
  /** Baselines as they were stored before this fold, by scope. */
  readonly before: ReadonlyMap<string, StoredBaseline | null>;
  /** Files of those that were read, by scope. */
  readonly contents: Map<string, string>;
}

/** The stored baseline of a scope as a file, read once; null where there is none. */
async function readContent(
  { client, directory, before, contents }: FoldContext,
  scope: string,
): Promise<string | null> {
  const stored = before.get(scope) ?? null;
  const known = contents.get(scope) ?? null;
  if (stored === null || known !== null) return known;
  const path = join(directory, `stored-${contents.size}.bin`);
  await fetchPieces(client, stored.artifact, path);
  contents.set(scope, path);
  return path;
}

/** @returns whether a baseline was there and is void */
async function foldScope(
  execution: Execution,
  scope: string,
  ports: FoldContext,
  options: FoldOptions,
): Promise<boolean> {
  const { client } = ports;
  const signature = baselineSignature(execution.snapshot.connector, scope);
  const stored = ports.before.get(scope) ?? null;
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
  context: FoldContext,
): Promise<FoldedBaseline> {
  const { directory } = context;
  let current = { signature: stored?.signature ?? '', path: await readContent(context, scope) };
  const hashes = join(directory, 'hashes.txt.gz');
  const requests: FoldRequest[] = [];
  for (const [index, past] of since.entries()) {
    const { connector } = past.snapshot;
    const signature = baselineSignature(connector, scope);
    const output = join(directory, `fold-${index}.bin`);
    const baseline = current.signature === signature ? current.path : null;
    const others: FoldScope[] = [];
    for (const other of scopesBeside(connector, scope)) {
      others.push(await describeScope(past, other, context.contents.get(other) ?? null, context));
    }
    requests.push({
      ...(await describeScope(past, scope, baseline, context)),
      others,
      ended: past.phase === 'Succeeded' || past.phase === 'PartialSuccess',
      output,
      hashes: index === since.length - 1 ? hashes : null,
    });
    current = { signature, path: output };
  }
  await runFolds(requests, directory);
  return { signature: current.signature, path: current.path ?? '', hashes };
}

async function describeScope(
  past: Execution,
  scope: string,
  baseline: string | null,
  { client, directory, scopePath }: FoldContext,
): Promise<FoldScope> {
  const { connector } = past.snapshot;
  const steps: { step: number; path: string }[] = [];
  for (const step of connector.steps.filter((one) => one.scope === scope)) {
    const path = join(directory, `states-${past.sequence}-${step.index}.bin`);
    await pipeline(
      Readable.from(readStateBytes(client, past.id, step.index), { objectMode: false }),
      createWriteStream(path, { mode: 0o600 }),
    );
    steps.push({ step: step.index, path });
  }
  const path = scopePath(past.id, scope);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  const variables = connector.scopes.find((one) => one.name === scope)?.variables.length ?? 0;
  return { baseline, scope: there ? { path, variables } : null, steps };
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
