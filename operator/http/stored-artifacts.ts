import { artifactId, findArtifact, storeArtifact, streamArtifact } from '../../runner/artifacts/artifact-store.ts';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import type { DOWNLOADS, Download } from './artifact-link.ts';
import type { UploadPorts } from './uploads.ts';

/** A file of an execution that can be downloaded. */
export interface StoredArtifact {
  readonly namespace: string;
  readonly fileName: string;
  readonly bytes: number;
  /** Read once. */
  readonly content: AsyncIterable<Buffer>;
}

type DownloadKind = (typeof DOWNLOADS)[Download];

const ID_OF: Readonly<Record<DownloadKind, (execution: string) => string>> = {
  Input: artifactId.input,
  Report: artifactId.report,
  Outcomes: artifactId.outcomes,
};

/** The file of an execution, or null where it has none. Its bytes hold a connection while they are read. */
export async function openArtifact(pool: SqlPool, uid: string, kind: DownloadKind): Promise<StoredArtifact | null> {
  const id = await pool.withConnection(async ({ pg }) => {
    if (kind !== 'Input') return ID_OF[kind](uid);
    // An upload was stored before there was an execution.
    const result = await pg.query<{ artifact: string | null }>(
      'SELECT input_artifact AS artifact FROM smartconnector.execution WHERE id = $1',
      [uid],
    );
    return result.rows[0]?.artifact ?? ID_OF[kind](uid);
  });
  const found = await pool.withConnection(({ pg }) => findArtifact(pg, id));
  if (found === null) return null;
  const { namespace, fileName, bytes } = found;
  return { namespace, fileName, bytes, content: readAll(pool, id) };
}

async function* readAll(pool: SqlPool, id: string): AsyncGenerator<Buffer> {
  const pieces: AsyncGenerator<Buffer>[] = [];
  const opened = Promise.withResolvers<undefined>();
  const finished = Promise.withResolvers<undefined>();
  const held = pool.withConnection(async ({ pg }) => {
    pieces.push(streamArtifact(pg, id));
    opened.resolve(undefined);
    await finished.promise;
  });
  held.catch((error: unknown) => opened.reject(error));
  try {
    await opened.promise;
    for (const source of pieces) yield* source;
  } finally {
    finished.resolve(undefined);
    await held.catch(() => undefined);
  }
}

/** Keeps the file of an upload, whole or not at all. */
export function storeUpload(pool: SqlPool): UploadPorts['storeInput'] {
  return ({ id, namespace, fileName, content }) =>
    pool.withConnection(async ({ pg }) => {
      await pg.query('BEGIN');
      try {
        await storeArtifact(pg, { id, namespace, executionId: null, kind: 'Input', fileName }, content);
        await pg.query('COMMIT');
      } catch (error) {
        await pg.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
}
