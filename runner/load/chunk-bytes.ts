import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { quoteLiteral } from '../postgres/sql.ts';

/** Signature, flags and the length of a header extension that nobody uses. */
const HEADER_BYTES = 11 + 4 + 4;
/** In the place of a row's number of columns: there is none. */
const NO_ROW = -1;
/** Of the number of columns, and of the first one with its length. */
const CHUNK_AT = HEADER_BYTES + 2 + 4;
const LENGTH_AT = CHUNK_AT + 4;
const BYTES_AT = LENGTH_AT + 4;

/** What a finished chunk keeps as bytes. */
export interface ChunkBytes {
  readonly chunk: number;
  readonly bytes: Buffer;
}

/**
 * One column of a step's finished chunks, in the order of the chunks. Memory holds one chunk. They come in the binary form of
 * `COPY`: the text of a `bytea` is twice as long, and each side spends several times the work on it.
 */
export async function* readChunkBytes(
  client: ClientBase,
  executionId: string,
  step: number,
  column: 'outcomes' | 'row_states',
): AsyncGenerator<ChunkBytes, void, undefined> {
  for (let after = -1; ;) {
    const found = await readNext(
      client,
      // COPY takes no parameters.
      `SELECT chunk, ${column} FROM smartconnector.chunk
       WHERE execution_id = ${quoteLiteral(executionId)} AND step = ${step} AND chunk > ${after} ORDER BY chunk LIMIT 1`,
    );
    if (found === null) return;
    yield found;
    after = found.chunk;
  }
}

async function readNext(client: ClientBase, query: string): Promise<ChunkBytes | null> {
  const parts: Buffer[] = [];
  for await (const part of client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`)))
    parts.push(part as Buffer);
  const copied = Buffer.concat(parts);
  if (copied.readInt16BE(HEADER_BYTES) === NO_ROW) return null;
  const length = copied.readInt32BE(LENGTH_AT);
  return { chunk: copied.readInt32BE(CHUNK_AT), bytes: copied.subarray(BYTES_AT, BYTES_AT + length) };
}
