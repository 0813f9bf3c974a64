import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Lines of one write to the server: each costs a call, and a long text is copied once more. */
const LINES_OF_A_PIECE = 512;

/** `COPY … FROM STDIN` of text lines, with backpressure. */
export async function copyLines(client: ClientBase, statement: string, lines: readonly string[]): Promise<void> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  // A refused COPY fails `done`; it is awaited below, and must not count as unhandled before.
  done.catch(() => undefined);
  for (let from = 0; from < lines.length && !stream.destroyed; from += LINES_OF_A_PIECE) {
    const piece = lines.slice(from, from + LINES_OF_A_PIECE).join('');
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), done]);
  }
  if (!stream.destroyed) stream.end();
  await done;
}
