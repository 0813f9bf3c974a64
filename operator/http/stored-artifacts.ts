import { artifactId, findArtifact, storeArtifact, streamArtifact } from '../../runner/artifacts/artifact-store.ts';
import { withTransaction, type SqlPool } from '../../runner/postgres/pool.ts';
import { sql } from '../../runner/postgres/sql.ts';
import type { DOWNLOADS, Download } from './artifact-link.ts';
import type { UploadPorts } from './uploads.ts';

/** A file of an execution that can be downloaded. */
export interface StoredArtifact {
  readonly namespace: string;
  readonly fileName: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
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
  const id = (kind === 'Input' ? await findUpload(pool, uid) : null) ?? ID_OF[kind](uid);
  const found = await pool.withConnection(({ pg }) => findArtifact(pg, id));
  if (found === null) return null;
  const { namespace, fileName, bytes, sha256 } = found;
  return { namespace, fileName, bytes, sha256, content: readAll(pool, id) };
}

/**
 * The file that was sent for an execution: it was stored before there was one. Runners can write the row that names it, and
 * what they name is a file of their own namespace, or none.
 */
async function findUpload(pool: SqlPool, uid: string): Promise<string | null> {
  const { rows } = await pool.query(sql`
    SELECT a.id AS artifact FROM smartconnector.execution e
    JOIN smartconnector.artifact a ON a.id = e.input_artifact AND a.namespace = e.namespace WHERE e.id = ${uid}`);
  const artifact = rows[0]?.['artifact'];
  return typeof artifact === 'string' ? artifact : null;
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

export function findInput(pool: SqlPool): UploadPorts['findInput'] {
  return (id) => pool.withConnection(({ pg }) => findArtifact(pg, id));
}

/** Keeps the file of an upload, whole or not at all; the first one of an id holds. */
export function storeUpload(pool: SqlPool): UploadPorts['storeInput'] {
  return ({ id, namespace, fileName, content }) =>
    withTransaction(pool, async ({ pg }) => {
      // Of two that send the same at once, one stores it.
      await pg.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
      const stored = await findArtifact(pg, id);
      if (stored !== null) {
        content.destroy();
        return stored;
      }
      return storeArtifact(pg, { id, namespace, executionId: null, kind: 'Input', fileName }, content);
    });
}

export function findAcceptedExecution(pool: SqlPool): UploadPorts['findExecution'] {
  return async ({ namespace, name }) => {
    const { rows } = await pool.query(sql`
      SELECT uid, mode FROM smartconnector.execution_request
      WHERE namespace = ${namespace} AND name = ${name} ORDER BY sequence DESC LIMIT 1`);
    const [row] = rows;
    return row === undefined ? null : { uid: String(row['uid']), mode: String(row['mode']) };
  };
}
