import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import type { ClientBase } from 'pg';
import type { ConnectorModel } from '../../core/model/connector.ts';
import type { ScopeTable } from '../../core/model/stages.ts';
import type { NetEffect } from '../../core/revert/net-effect.ts';
import { REVERT_VARIABLES } from '../../core/revert/revert-connector.ts';
import { partOf, publishParts, type ExecutionFiles, type FilePart } from '../artifacts/execution-files.ts';
import type { Execution, Publish } from '../executions/executions.ts';
import { decompressLineBatches } from '../sql/scope-reader.ts';
import { escapeField } from '../sql/tab-separated.ts';
import { readNetEffects } from './net-effects.ts';

const SAMPLE_ROWS = 100;
const BATCH_CHARACTERS = 256 * 1024;

/** The scopes of a revert, and the way to keep their files. */
export interface CollectedEffects {
  readonly scopes: readonly ScopeTable[];
  readonly publish: Publish;
}

/**
 * Brings together what an execution did to each record, from the outcomes that its chunks hold, and leaves a scope for
 * each step of the revert: the same for the same execution, whenever it is asked.
 *
 * @param connector of the revert
 * @param attempt of the revert
 */
export async function collectEffects(
  client: ClientBase,
  original: Execution,
  connector: ConnectorModel,
  files: ExecutionFiles,
  attempt: number,
): Promise<CollectedEffects> {
  await mkdir(files.workspace, { recursive: true, mode: 0o700 });
  const spill = join(files.workspace, 'effects.spill');
  await rm(spill, { force: true });
  const counts = original.result?.steps ?? [];
  const scopes: ScopeTable[] = [];
  const parts: FilePart[] = [];
  for (const { object, scope } of connector.steps) {
    const steps = original.snapshot.connector.steps.filter((one) => one.object.name === object.name);
    const written = counts
      .filter(({ name }) => steps.some((step) => step.name === name))
      .reduce((sum, step) => sum + step.created + step.updated + step.unarchived, 0);
    const effects = readNetEffects(client, { executionId: original.id, steps, written }, spill);
    const scopeParts = {
      scope: partOf(files.scope(scope), attempt),
      sample: partOf(files.scopeSample(scope), attempt),
      effects: partOf(files.effects(scope), attempt),
    };
    scopes.push(await writeScope(effects, scope, scopeParts));
    parts.push(scopeParts.effects, scopeParts.sample, scopeParts.scope);
  }
  return { scopes, publish: () => publishParts('scope', parts) };
}

/** Writes the effects on the records of an object, the scope that lists them for the report, and a sample of it. */
async function writeScope(
  netEffects: AsyncIterable<NetEffect>,
  name: string,
  parts: Readonly<Record<'scope' | 'sample' | 'effects', FilePart>>,
): Promise<ScopeTable> {
  await mkdir(dirname(parts.scope.part), { recursive: true, mode: 0o700 });
  const scope = new CompressedText(parts.scope.part);
  const effects = new CompressedText(parts.effects.part);
  const sample: string[] = [];
  let rows = 0;
  for await (const effect of netEffects) {
    rows += 1;
    const values = [effect.step, String(effect.row)];
    if (rows <= SAMPLE_ROWS) sample.push(`${JSON.stringify([effect.record, ...values])}\n`);
    await scope.write(`${[String(rows), '\\N', '', '\\N', ...values.map(escapeField)].join('\t')}\n`);
    await effects.write(`${JSON.stringify(effect)}\n`);
  }
  await writeFile(parts.sample.part, sample.join(''), { mode: 0o600 });
  await effects.close();
  await scope.close();
  const columns = ['record', ...REVERT_VARIABLES.map((variable) => variable.column)];
  return {
    name,
    rows,
    rejected: 0,
    unchangedByDiff: 0,
    columns: columns.map((column) => ({ name: column, type: 'Nullable(String)' })),
    formats: {},
    file: '',
    sha256: '',
    hashFile: '',
    unchangedHashSum: '0',
    sampleFile: '',
  };
}

/** A Zstandard file of text, written with backpressure. */
class CompressedText {
  readonly #zstd = createZstdCompress();
  readonly #done: Promise<void>;
  #batch = '';

  constructor(path: string) {
    const file = createWriteStream(path, { mode: 0o600 });
    this.#zstd.on('error', (error) => file.destroy(error));
    file.on('error', (error) => this.#zstd.destroy(error));
    this.#done = finished(this.#zstd.pipe(file));
    this.#done.catch(() => undefined);
  }

  async write(text: string): Promise<void> {
    this.#batch += text;
    if (this.#batch.length < BATCH_CHARACTERS) return;
    const batch = this.#batch;
    this.#batch = '';
    if (!this.#zstd.write(batch)) await Promise.race([once(this.#zstd, 'drain'), this.#done]);
  }

  async close(): Promise<void> {
    this.#zstd.end(this.#batch);
    await this.#done;
  }
}

/** Records of one transaction, numbered from `first`. The same size gives the same chunks in every attempt. */
export interface EffectChunk {
  readonly number: number;
  readonly first: number;
  readonly effects: readonly NetEffect[];
}

/** The effects that collectEffects left, in their order, `size` at a time. */
export async function* readEffectChunks(path: string, size: number): AsyncGenerator<EffectChunk> {
  let number = 0;
  let effects: NetEffect[] = [];
  for await (const lines of decompressLineBatches(path)) {
    for (const line of lines) {
      effects.push(JSON.parse(line) as NetEffect);
      if (effects.length < size) continue;
      yield { number, first: number * size + 1, effects };
      number += 1;
      effects = [];
    }
  }
  if (effects.length > 0) yield { number, first: number * size + 1, effects };
}
