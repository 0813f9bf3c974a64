import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Characters of one write to the server. */
const PIECE_CHARACTERS = 64 * 1024;

/** Lines of a `COPY`, gathered into pieces: a line each would cost a write each. */
export class CopyLines {
  readonly #pieces: Buffer[] = [];
  #pending = '';

  add(line: string): void {
    this.#pending += line;
    if (this.#pending.length >= PIECE_CHARACTERS) this.#close();
  }

  get pieces(): readonly Buffer[] {
    if (this.#pending !== '') this.#close();
    return this.#pieces;
  }

  #close(): void {
    this.#pieces.push(Buffer.from(this.#pending, 'utf8'));
    this.#pending = '';
  }
}

/** `COPY … FROM STDIN`, with backpressure. */
export async function copyPieces(client: ClientBase, statement: string, pieces: readonly Buffer[]): Promise<void> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  // A refused COPY fails `done`; it is awaited below, and must not count as unhandled before.
  done.catch(() => undefined);
  for (const piece of pieces) {
    if (stream.destroyed) break;
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), done]);
  }
  if (!stream.destroyed) stream.end();
  await done;
}
