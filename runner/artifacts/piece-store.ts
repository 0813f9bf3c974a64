import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';

const PIECE_BYTES = 1024 * 1024;

/** Stores a file in PostgreSQL, in pieces of 1 MiB, inside the caller's transaction. Memory holds one piece. */
export async function storePieces(client: ClientBase, artifact: string, path: string): Promise<void> {
  let piece = 0;
  const source = createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>;
  for await (const content of source) {
    await client.query('INSERT INTO smartconnector.artifact_piece (artifact, piece, content) VALUES ($1, $2, $3)', [
      artifact,
      piece,
      content,
    ]);
    piece += 1;
  }
}

/** Writes a stored file to a path. An artifact without pieces is an empty file. */
export async function fetchPieces(client: ClientBase, artifact: string, path: string): Promise<void> {
  await pipeline(
    Readable.from(readPieces(client, artifact), { objectMode: false }),
    createWriteStream(path, { mode: 0o600 }),
  );
}

async function* readPieces(client: ClientBase, artifact: string): AsyncGenerator<Buffer> {
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
