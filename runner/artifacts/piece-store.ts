import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { releaseMemory } from '../chdb/release-memory.ts';

const PIECE_BYTES = 1024 * 1024;

/** What is stored: the path of a file, or bytes as they come. */
export type PieceSource = string | AsyncIterable<Uint8Array>;

/** Stores bytes in PostgreSQL, in pieces of 1 MiB, in order. Memory holds one piece. */
export async function storePieces(client: ClientBase, artifact: string, source: PieceSource): Promise<void> {
  let piece = 0;
  for await (const content of inPieces(source)) {
    await client.query('INSERT INTO smartconnector.artifact_piece (artifact, piece, content) VALUES ($1, $2, $3)', [
      artifact,
      piece,
      content,
    ]);
    piece += 1;
  }
}

/** The bytes of a source in pieces of 1 MiB, the last one shorter. */
async function* inPieces(source: PieceSource): AsyncGenerator<Buffer> {
  const bytes: AsyncIterable<Uint8Array> =
    typeof source === 'string' ? createReadStream(source, { highWaterMark: PIECE_BYTES }) : source;
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    for (let rest = part; rest.length > 0;) {
      const taken = rest.subarray(0, PIECE_BYTES - length);
      waiting.push(taken);
      length += taken.length;
      rest = rest.subarray(taken.length);
      if (length < PIECE_BYTES) continue;
      yield Buffer.concat(waiting);
      waiting = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** Writes a stored file to a path. An artifact without pieces is an empty file. */
export async function fetchPieces(client: ClientBase, artifact: string, path: string): Promise<void> {
  await pipeline(
    Readable.from(releasing(readPieces(client, artifact)), { objectMode: false }),
    createWriteStream(path, { mode: 0o600 }),
  );
}

/** After so many pieces what they were read through is given back: else it lies in the C library's heap, and stays there. */
const RELEASE_PIECES = 8;

async function* releasing(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const piece of pieces) {
    yield piece;
    read += 1;
    if (read % RELEASE_PIECES === 0) releaseMemory();
  }
}

/** The pieces of an artifact in their order, each read when it is asked for. */
export async function* readPieces(client: ClientBase, artifact: string): AsyncGenerator<Buffer> {
  for (let piece = 0; ; piece += 1) {
    const result = await client.query<{ content: Buffer }>(
      'SELECT content FROM smartconnector.artifact_piece WHERE artifact = $1 AND piece = $2',
      [artifact, piece],
    );
    const row = result.rows[0];
    if (row === undefined) return;
    yield row.content;
  }
}

export async function deletePieces(client: ClientBase, artifact: string): Promise<void> {
  await client.query('DELETE FROM smartconnector.artifact_piece WHERE artifact = $1', [artifact]);
}
