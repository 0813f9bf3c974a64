import { rmSync } from 'node:fs';
import { buildNamedCollection } from '../../core/sql/external-source.ts';
import type { ChdbSession } from '../chdb/session.ts';
import { dataDirectory, type SqlJob } from './sql-job.ts';
import type { SourceSecrets } from './source-secrets.ts';
import { join } from 'node:path';

/** Makes the external sources known to the engine by name, which keeps what is secret of them in its memory only. */
export function createSources(session: ChdbSession, job: SqlJob, secrets: SourceSecrets): void {
  try {
    for (const source of job.externalSources) {
      session.execute(buildNamedCollection(source, secrets[source.name] ?? {}));
    }
  } catch {
    // What the engine says may repeat the statement.
    throw new Error('the engine takes no external source of these values');
  } finally {
    // The engine writes each collection to a file, and does not need it again.
    rmSync(join(dataDirectory(job.temporaryDirectory), 'named_collections'), { recursive: true, force: true });
  }
}
