import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** `COPY … FROM STDIN` of lines of text, with backpressure. */
export async function copyLines(client: ClientBase, statement: string, lines: readonly Buffer[]): Promise<void> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  // A refused COPY fails `done`; it is awaited below, and must not count as unhandled before.
  done.catch(() => undefined);
  for (const part of lines) {
    if (stream.destroyed) break;
    if (!stream.write(part)) await Promise.race([once(stream, 'drain'), done]);
  }
  if (!stream.destroyed) stream.end();
  await done;
}
