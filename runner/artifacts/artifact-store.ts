import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { AppError } from '../../core/errors/app-error.ts';
import { deletePieces, readPieces, storePieces, type PieceSource } from './piece-store.ts';

export type ArtifactKind = 'Input' | 'Scope' | 'Outcomes' | 'OutcomeIndex' | 'Report';

/** A file of an execution in PostgreSQL. */
export interface NewArtifact {
  readonly id: string;
  readonly namespace: string;
  /** Null: it is there before the execution that it is for. */
  readonly executionId: string | null;
  readonly kind: ArtifactKind;
  /** For people; the input's decides how it is read. */
  readonly fileName: string;
}

export interface Artifact extends NewArtifact {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Ids of the artifacts of an execution: its own id and what they are. */
export const artifactId = {
  input: (execution: string): string => `${execution}-input`,
  report: (execution: string): string => `${execution}-report`,
  outcomes: (execution: string): string => `${execution}-outcomes`,
  outcomeIndex: (execution: string): string => `${execution}-outcome-index`,
  /** @param file its name in the directory of scopes */
  scope: (execution: string, file: string): string => `${execution}-scope-${file}`,
} as const;

/**
 * Stores an artifact in place of one of the same id. Until all of it is there nobody can read it; in a transaction of the
 * caller, it is there when that commits, and the older one until then.
 */
export async function storeArtifact(client: ClientBase, artifact: NewArtifact, source: PieceSource): Promise<Artifact> {
  const { id, namespace, executionId, kind, fileName } = artifact;
  await deletePieces(client, id);
  await client.query(
    `INSERT INTO smartconnector.artifact (id, namespace, execution_id, kind, file_name) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET namespace = excluded.namespace, execution_id = excluded.execution_id, kind = excluded.kind,
       file_name = excluded.file_name, bytes = 0, sha256 = NULL, created_at = now(), complete = false`,
    [id, namespace, executionId, kind, fileName],
  );
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = async function* (): AsyncGenerator<Uint8Array> {
    const parts: AsyncIterable<Uint8Array> = typeof source === 'string' ? createReadStream(source) : source;
    for await (const part of parts) {
      hash.update(part);
      bytes += part.length;
      yield part;
    }
  };
  await storePieces(client, id, measured());
  const sha256 = hash.digest('hex');
  await client.query('UPDATE smartconnector.artifact SET bytes = $2, sha256 = $3, complete = true WHERE id = $1', [
    id,
    bytes,
    sha256,
  ]);
  return { ...artifact, bytes, sha256 };
}

/** The artifact, or null where there is none of this id, or not all of it. */
export async function findArtifact(client: ClientBase, id: string): Promise<Artifact | null> {
  const result = await client.query<Omit<Artifact, 'bytes'> & { bytes: string }>(
    `SELECT id, namespace, execution_id AS "executionId", kind, file_name AS "fileName", bytes::text AS bytes, sha256
     FROM smartconnector.artifact WHERE id = $1 AND complete`,
    [id],
  );
  const [row] = result.rows;
  return row === undefined ? null : { ...row, bytes: Number(row.bytes) };
}

/**
 * The bytes of an artifact, checked against its hash as they go.
 *
 * @throws AppError `ArtifactGone` where it is not there; `ArtifactDamaged` at its end, where it is not what was stored
 */
export async function* streamArtifact(client: ClientBase, id: string): AsyncGenerator<Buffer> {
  const artifact = await findArtifact(client, id);
  if (artifact === null) throw gone(id);
  const hash = createHash('sha256');
  // Who counts bytes must not take a damaged file for whole: the last piece is kept back until all of them are judged.
  let last: Buffer | null = null;
  for await (const piece of readPieces(client, id)) {
    hash.update(piece);
    if (last !== null) yield last;
    last = piece;
  }
  if (hash.digest('hex') !== artifact.sha256) {
    const message = `artifact ${id} (${artifact.fileName}): its bytes in PostgreSQL are not those that were stored; run the input anew as another execution`;
    throw new AppError({ code: 'ArtifactDamaged', class: 'terminal', message });
  }
  if (last !== null) yield last;
}

/** Writes an artifact to a path, whole or not at all. @throws AppError as streamArtifact */
export async function fetchArtifact(client: ClientBase, id: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await pipeline(
      Readable.from(streamArtifact(client, id), { objectMode: false }),
      createWriteStream(path, { mode: 0o600 }),
    );
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function gone(id: string): AppError {
  return new AppError({
    code: 'ArtifactGone',
    class: 'terminal',
    message: `artifact ${id}: it is not stored in PostgreSQL, or not all of it is; give the file again as the input of another execution`,
  });
}
