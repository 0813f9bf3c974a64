import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { RunWarning } from '../../core/model/outcome.ts';
import { fetchPieces } from '../artifacts/piece-store.ts';
import { listForBaseline, type Execution } from '../executions/executions.ts';
import { readStateBytes, sumChunks } from '../load/chunk-store.ts';
import {
  findBaseline,
  hashesOf,
  passOver,
  storeBaseline,
  type FoldedBaseline,
  type StoredBaseline,
} from './baseline-store.ts';
import type { FoldRequest, FoldScope } from './fold-request.ts';
import { isIdle } from './idle.ts';
import { buildRevertFold, writeRevertStates } from './revert-fold.ts';
import { runFolds } from './run-folds.ts';
import { baselineSignature } from './signature.ts';

export interface BaselinePorts {
  readonly client: ClientBase;
  /** A directory of its own for files in between; made here, and left to the caller. */
  readonly directory: string;
  /** A file of the row hashes of a scope of an execution; null where they are no longer there. */
  readonly rowHashes: (executionId: string, scope: string) => Promise<string | null>;
  /** Aborted: it is given up, with an error; null: it is done to its end. */
  readonly signal: AbortSignal | null;
}

/** The diff baseline of a connector as an execution finds it. */
export interface FoldedBaselines {
  readonly warnings: readonly RunWarning[];
  /**
   * Stores what was brought up to date, so that the next execution need not do it again. Only once the execution has
   * stored what it made of it: an attempt that comes after finds the baseline as the first one did, and says the same.
   */
  store(): Promise<void>;
}

export interface FoldOptions {
  /** Whether the execution itself is laid over it too: it has ended. */
  readonly include: boolean;
  /** Where the hashes of a scope go, for the SQL stage to compare with; null: nowhere. */
  readonly hashes: ((scope: string) => string) | null;
}

/**
 * Brings the diff baseline of every scope of a connector up to the execution: the stored baseline, with each live
 * execution since then laid over it in order. Nothing is written while an execution loads: its checkpoints, which commit
 * with its records, say which hashes no longer count.
 */
export async function foldBaselines(
  execution: Execution,
  ports: BaselinePorts,
  { include, hashes }: FoldOptions,
): Promise<FoldedBaselines> {
  const { connector } = execution.snapshot;
  const warnings: RunWarning[] = [];
  const last = include ? BigInt(execution.sequence) : BigInt(execution.sequence) - 1n;
  const stores: (() => Promise<void>)[] = [];
  await mkdir(ports.directory, { recursive: true, mode: 0o700 });
  const before = new Map<string, StoredBaseline | null>();
  for (const scope of scopesOf(connector)) before.set(scope, await findBaseline(ports.client, execution, scope));
  const contents = new Map<string, string>();
  const context = { ...ports, before, contents, last };
  // Scopes whose rows reach the same records look at each other's.
  if (hasSharedObject(connector)) for (const scope of before.keys()) await readContent(context, scope);
  for (const [index, scope] of [...before.keys()].entries()) {
    const directory = join(ports.directory, `scope-${index}`);
    const { isReset, store } = await foldScope(execution, scope, { ...context, directory }, hashes?.(scope) ?? null);
    if (store !== null) stores.push(store);
    if (!isReset) continue;
    const message =
      `scope ${scope}: the variables or load steps changed since the last run, so the diff check starts afresh: ` +
      'every row was processed';
    warnings.push({ code: 'DiffBaselineReset', message, count: 1 });
  }
  const store = async (): Promise<void> => {
    for (const storeOne of stores) await storeOne();
  };
  return { warnings, store };
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
  /** The last sequence that is to be in them. */
  readonly last: bigint;
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

interface FoldedScope {
  /** Whether a baseline was there and is void. */
  readonly isReset: boolean;
  /** Null: the stored one is up to date. */
  readonly store: (() => Promise<void>) | null;
}

/** @param target where the hashes go, for the SQL stage to compare with; null: nowhere */
async function foldScope(
  execution: Execution,
  scope: string,
  ports: FoldContext,
  target: string | null,
): Promise<FoldedScope> {
  const { client, last } = ports;
  const signature = baselineSignature(execution.snapshot.connector, scope);
  const stored = ports.before.get(scope) ?? null;
  const all = await listForBaseline(client, execution, stored?.foldedSequence ?? 0n, last);
  const since = stored === null ? all : await withoutIdle(client, all, scope, stored);
  if (since.length === 0) {
    const isReset = stored !== null && stored.signature !== signature;
    if (stored !== null && !isReset && target !== null) await fetchPieces(client, hashesOf(stored.artifact), target);
    const passes = stored !== null && all.length > 0;
    return { isReset, store: passes ? () => passOver(client, execution, scope, stored, String(last)) : null };
  }
  const folded = await foldExecutions(since, scope, stored, ports);
  const isValid = folded.signature === signature;
  if (isValid && target !== null) await copyFile(folded.hashes, target);
  const next = { signature, sequence: String(last), folded: isValid ? folded : null, stored };
  return { isReset: !isValid, store: () => storeBaseline(client, execution, scope, next) };
}

/** The executions from the first on that changes the stored baseline. */
async function withoutIdle(
  client: ClientBase,
  executions: readonly Execution[],
  scope: string,
  stored: StoredBaseline,
): Promise<readonly Execution[]> {
  for (const [index, past] of executions.entries()) {
    const { connector } = past.snapshot;
    const beside = [scope, ...scopesBeside(connector, scope)];
    const steps = new Set(connector.steps.filter((step) => beside.includes(step.scope)).map((step) => step.index));
    const totals = (await sumChunks(client, past.id)).filter((one) => steps.has(one.step));
    if (!isIdle(past, baselineSignature(connector, scope), scope, totals, stored)) return executions.slice(index);
  }
  return [];
}

async function foldExecutions(
  since: readonly Execution[],
  scope: string,
  stored: StoredBaseline | null,
  context: FoldContext,
): Promise<FoldedBaseline> {
  const { directory } = context;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let current = { signature: stored?.signature ?? '', path: await readContent(context, scope) };
  const hashes = join(directory, 'hashes.bin');
  const requests: FoldRequest[] = [];
  for (const [index, past] of since.entries()) {
    const { connector } = past.snapshot;
    const output = join(directory, `fold-${index}.bin`);
    const last = index === since.length - 1 ? hashes : null;
    if (past.reverts !== null) {
      const steps = await writeRevertStates(context.client, past, directory);
      requests.push(buildRevertFold(current.path, steps, output, last));
      current = { ...current, path: output };
      continue;
    }
    const signature = baselineSignature(connector, scope);
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
      hashes: last,
    });
    current = { signature, path: output };
  }
  const totals = await runFolds(requests, directory, context.signal);
  const newest = current.path ?? '';
  // Files in between may be large, and the rest waits until the SQL has run.
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (path !== newest && path !== hashes) await rm(path, { recursive: true, force: true });
  }
  return { signature: current.signature, path: newest, hashes, totals };
}

async function describeScope(
  past: Execution,
  scope: string,
  baseline: string | null,
  { client, directory, rowHashes }: FoldContext,
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
  // What others wrote between its chunks stays unknown here: none of its rows can enter.
  return { baseline, rowHashes: past.overtaken ? null : await rowHashes(past.id, scope), steps };
}
