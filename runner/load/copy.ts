import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** `COPY … FROM STDIN` of what the statement says, with backpressure. */
export async function copyIn(client: ClientBase, statement: string, parts: Iterable<Buffer>): Promise<void> {
  const stream = client.query(copyFrom(statement));
  const done = finished(stream);
  // A refused COPY fails `done`; it is awaited below, and must not count as unhandled before.
  done.catch(() => undefined);
  for (const part of parts) {
    if (stream.destroyed) break;
    if (!stream.write(part)) await Promise.race([once(stream, 'drain'), done]);
  }
  if (!stream.destroyed) stream.end();
  await done;
}
