import type { ScopeTable } from '../../core/model/stages.ts';
import type { VariableModel } from '../../core/model/connector.ts';
import { ScopeLine, type LineShape } from './scope-line.ts';
import { decompressLineBlocks, rowCountFault } from './scope-reader.ts';

const LF = 10;

/** Rows of a scope file that follow each other, as the bytes that they are. A row is made of those that somebody asks for. */
export class ScopeLines {
  /** Whole lines of UTF-8, each with its LF. */
  readonly bytes: Buffer;
  /** Where each line begins, and where the last one ends. */
  readonly starts: Uint32Array;
  readonly shape: LineShape;
  /** The number of the first line in its file, from 1. */
  readonly #first: number;
  readonly #rows: (ScopeLine | undefined)[] = [];

  constructor(bytes: Buffer, starts: Uint32Array, first: number, shape: LineShape) {
    this.bytes = bytes;
    this.starts = starts;
    this.#first = first;
    this.shape = shape;
  }

  get length(): number {
    return this.starts.length - 1;
  }

  /** @throws AppError `ScopeFile` where its leading columns are not all there */
  row(index: number): ScopeLine {
    const known = this.#rows[index];
    if (known !== undefined) return known;
    const text = this.bytes.toString('utf8', this.starts[index], (this.starts[index + 1] ?? 1) - 1);
    const row = new ScopeLine(text, this.#first + index, this.shape);
    this.#rows[index] = row;
    return row;
  }

  rows(): ScopeLine[] {
    return Array.from({ length: this.length }, (_, index) => this.row(index));
  }
}

/**
 * Reads the rows of a scope file in their order, `size` at a time; the last time there may be fewer.
 *
 * @param variables those of the scope in the order of the manifest
 * @throws AppError `ScopeFile` where the rows are not as many as `scope` has without those unchanged by the diff check
 */
export async function* readScopeParts(
  path: string,
  scope: ScopeTable,
  variables: readonly VariableModel[],
  size: number,
): AsyncGenerator<ScopeLines> {
  const shape: LineShape = { path, arrays: variables.map((variable) => variable.arrayDelimiter !== null) };
  let rows = 0;
  let parts: Buffer[] = [];
  let starts = [0];
  let bytes = 0;
  const take = (): ScopeLines => {
    const lines = new ScopeLines(Buffer.concat(parts, bytes), Uint32Array.from(starts), rows + 1, shape);
    rows += lines.length;
    parts = [];
    starts = [0];
    bytes = 0;
    return lines;
  };
  for await (const block of decompressLineBlocks(path)) {
    let from = 0;
    for (let end = block.indexOf(LF); end >= 0; end = block.indexOf(LF, end + 1)) {
      starts.push(bytes + end + 1 - from);
      if (starts.length <= size) continue;
      parts.push(block.subarray(from, end + 1));
      bytes += end + 1 - from;
      from = end + 1;
      yield take();
    }
    parts.push(block.subarray(from));
    bytes += block.length - from;
  }
  if (starts.length > 1) yield take();
  const expected = scope.rows - scope.unchangedByDiff;
  if (rows !== expected) throw rowCountFault(path, rows, expected);
}
