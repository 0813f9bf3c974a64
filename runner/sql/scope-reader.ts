import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { AppError } from '../../core/errors/app-error.ts';
import type { VariableModel, VariableValue } from '../../core/model/connector.ts';
import type { RowProblem } from '../../core/model/outcome.ts';
import type { ScopeRow, ScopeTable } from '../../core/model/stages.ts';
import { readLines } from '../artifacts/text-lines.ts';
import { unescapeField } from './tab-separated.ts';
import { openWorkspaceFile } from './workspace-file.ts';

const LEADING_COLUMNS = 5;
const NO_PROBLEMS: readonly RowProblem[] = [];

/**
 * Reads the rows of a scope file in their order, in batches of at most `batchRows` rows (the last may be short, none is
 * empty). `path` is the file itself; `variables` are those of the scope in the order of the manifest. Memory holds one
 * batch and one chunk of the file. Throws AppError `ScopeFile` where a line does not fit or the rows fall short of
 * `scope.rows`.
 */
export async function* readScope(
  path: string,
  scope: ScopeTable,
  variables: readonly VariableModel[],
  batchRows: number,
): AsyncIterable<ScopeRow[]> {
  const arrays = variables.map((variable) => variable.arrayDelimiter !== null);
  let rows = 0;
  let batch: ScopeRow[] = [];
  for await (const line of decompressLines(path)) {
    rows += 1;
    batch.push(parseLine(line, arrays, path, rows));
    if (batch.length === batchRows) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
  if (rows !== scope.rows) {
    throw scopeFault(`${path}: ${rows} rows where the SQL stage counted ${scope.rows}`);
  }
}

function parseLine(line: string, arrays: readonly boolean[], path: string, number: number): ScopeRow {
  const fields = line.split('\t');
  const [row, inputRow, flags, hash, problems] = fields;
  if (
    fields.length !== LEADING_COLUMNS + arrays.length ||
    row === undefined ||
    inputRow === undefined ||
    flags === undefined ||
    hash === undefined ||
    problems === undefined
  ) {
    throw scopeFault(`${path}:${number}: ${fields.length} columns, expected ${LEADING_COLUMNS + arrays.length}`);
  }
  const problemText = unescapeField(problems);
  const values: VariableValue[] = [];
  for (let index = 0; index < arrays.length; index += 1) {
    const text = unescapeField(fields[LEADING_COLUMNS + index] ?? '\\N');
    values.push(arrays[index] === true && text !== null ? (JSON.parse(text) as readonly string[]) : text);
  }
  return {
    row: Number(row),
    inputRow: inputRow === '\\N' ? null : Number(inputRow),
    unchanged: flags === 'U',
    rejected: flags === 'R',
    hash,
    problems: problemText === null ? NO_PROBLEMS : (JSON.parse(problemText) as readonly RowProblem[]),
    values,
  };
}

/** The lines of a Zstandard file of UTF-8 text, without their LF. */
export async function* decompressLines(path: string): AsyncIterable<string> {
  const handle = await openWorkspaceFile(path);
  const output = new PassThrough();
  const done = pipeline(handle.createReadStream(), createZstdDecompress(), output).catch((cause: unknown) => {
    output.destroy(cause instanceof Error ? cause : new Error(String(cause)));
  });
  try {
    yield* readLines(output);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw scopeFault(`${path}: cannot be read as Zstandard text`, cause);
  } finally {
    output.destroy();
    await done;
  }
}

function scopeFault(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'ScopeFile', class: 'terminal', message, cause });
}
