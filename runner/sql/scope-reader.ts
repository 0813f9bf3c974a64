import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { AppError } from '../../core/errors/app-error.ts';
import type { VariableModel } from '../../core/model/connector.ts';
import type { ScopeRow, ScopeTable } from '../../core/model/stages.ts';
import { readLineBlocks } from '../artifacts/line-blocks.ts';
import { readLineBatches } from '../artifacts/text-lines.ts';
import { ScopeLine, type LineShape } from './scope-line.ts';
import { openWorkspaceFile } from '../artifacts/workspace-file.ts';

/**
 * Reads the rows of a scope file in their order, as many at a time as come; no batch is empty. `path` is the file itself;
 * `variables` are those of the scope in the order of the manifest. Memory holds one batch and one chunk of the file.
 * Throws AppError `ScopeFile` where the rows are not as many as `scope` has without those unchanged by the diff check, and
 * where a line does not fit: at the latest when its values are asked for.
 */
export async function* readScopeLines(
  path: string,
  scope: ScopeTable,
  variables: readonly VariableModel[],
): AsyncIterable<ScopeLine[]> {
  const shape: LineShape = { path, arrays: variables.map((variable) => variable.arrayDelimiter !== null) };
  let rows = 0;
  for await (const lines of decompressLineBatches(path)) {
    const before = rows;
    yield lines.map((line, index) => new ScopeLine(line, before + index + 1, shape));
    rows += lines.length;
  }
  const expected = scope.rows - scope.unchangedByDiff;
  if (rows !== expected) throw rowCountFault(path, rows, expected);
}

/** As readScopeLines, in batches of at most `batchRows` rows (the last may be short), with all their values. */
export async function* readScope(
  path: string,
  scope: ScopeTable,
  variables: readonly VariableModel[],
  batchRows: number,
): AsyncIterable<ScopeRow[]> {
  let batch: ScopeRow[] = [];
  for await (const lines of readScopeLines(path, scope, variables)) {
    for (const { row, inputRow, rejected, problems, values } of lines) {
      batch.push({ row, inputRow, rejected, problems, values });
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Bytes of text that come at a time: each part of it is waited for. */
const PART_BYTES = 1 << 18;

/** The lines of a Zstandard file of UTF-8 text, without their LF, as many at a time as come. */
export function decompressLineBatches(path: string): AsyncGenerator<string[]> {
  return decompress(path, readLineBatches);
}

/** As decompressLineBatches, as blocks of whole lines (see readLineBlocks). */
export function decompressLineBlocks(path: string): AsyncGenerator<Buffer> {
  return decompress(path, readLineBlocks);
}

async function* decompress<T>(
  path: string,
  read: (parts: AsyncIterable<unknown>) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const handle = await openWorkspaceFile(path);
  const output = new PassThrough();
  const done = pipeline(handle.createReadStream(), createZstdDecompress({ chunkSize: PART_BYTES }), output).catch(
    (cause: unknown) => {
      output.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    },
  );
  try {
    yield* read(output);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw scopeFault(`${path}: cannot be read as Zstandard text`, cause);
  } finally {
    output.destroy();
    await done;
  }
}

/** The fault of a scope file whose rows are not as many as they must be. */
export function rowCountFault(path: string, rows: number, expected: number): AppError {
  return scopeFault(`${path}: ${rows} rows where the SQL stage counted ${expected}`);
}

function scopeFault(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'ScopeFile', class: 'terminal', message, cause });
}
