import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parseTsvCell } from '../../core/intake/tsv-encoder.ts';
import type { InputTable } from '../../core/model/stages.ts';

const LF = 10;
const TAB = 9;

/** One row of an input table: its `_row`, and its cells in the order of the table's columns. */
export interface InputRow {
  readonly row: number;
  readonly cells: readonly (string | null)[];
}

/** Reads the wanted rows of an input table back from the workspace, in order. Rows not wanted cost only their bytes. */
export async function* readInputRows(
  table: InputTable,
  workspace: string,
  wanted: (row: number) => boolean,
): AsyncGenerator<InputRow> {
  let carry: Buffer[] = [];
  const chunks: AsyncIterable<Buffer> = createReadStream(join(workspace, table.file), { highWaterMark: 256 * 1024 });
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, begin)) {
      const piece = chunk.subarray(begin, end);
      const line = carry.length === 0 ? piece : Buffer.concat([...carry, piece]);
      carry = [];
      begin = end + 1;
      const row = readRowNumber(line);
      if (!wanted(row)) continue;
      const [, ...cells] = line.toString('utf8').split('\t');
      yield { row, cells: cells.map(parseTsvCell) };
    }
    if (begin < chunk.length) carry.push(chunk.subarray(begin));
  }
}

function readRowNumber(line: Uint8Array): number {
  let row = 0;
  for (let at = 0; at < line.length && line[at] !== TAB; at += 1) row = row * 10 + (line[at] ?? 48) - 48;
  return row;
}
