import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  artifactId,
  fetchArtifact,
  findArtifact,
  storeArtifact,
  streamArtifact,
  type NewArtifact,
} from '../../../runner/artifacts/artifact-store.ts';
import { migrateControlSchema } from '../../../runner/executions/control-schema.ts';
import { inTransaction } from '../../../runner/postgres/pool.ts';
import { freshPool } from '../../support/postgres.ts';

const MEBIBYTE = 1024 ** 2;
const artifact = (id: string): NewArtifact => ({
  id,
  namespace: 'sales',
  executionId: null,
  kind: 'Input',
  fileName: 'list.csv',
});

describe('artifacts in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof freshPool>>;
  let directory: string;
  beforeAll(async () => {
    database = await freshPool();
    directory = await mkdtemp(join(tmpdir(), 'smartconnector-artifacts-'));
    await database.pool.withConnection(({ pg }) => migrateControlSchema(pg));
  });
  afterAll(async () => {
    await database.drop();
    await rm(directory, { recursive: true });
  });

  test.each([
    ['an empty file', [], 0],
    ['less than a piece', [10], 1],
    ['exactly one piece', [MEBIBYTE], 1],
    ['parts that are cut elsewhere than the pieces', [700_000, 700_000, 700_000, 1], 3],
    ['one part of many pieces', [3 * MEBIBYTE + 5], 4],
  ])('%s comes back as it was, from a file and from a stream', async (name, sizes, pieces) => {
    const parts = sizes.map((size) => randomBytes(size));
    const content = Buffer.concat(parts);
    const path = join(directory, 'source');
    await writeFile(path, content);
    await database.pool.withConnection(async ({ pg }) => {
      for (const [kind, source] of Object.entries({ path, stream: streamOf(parts) })) {
        const id = artifactId.input(`${name} ${kind}`);
        const stored = await storeArtifact(pg, artifact(id), source);
        expect(stored).toEqual({
          ...artifact(id),
          bytes: content.length,
          sha256: createHash('sha256').update(content).digest('hex'),
        });
        expect(await findArtifact(pg, id)).toEqual(stored);
        await fetchArtifact(pg, id, join(directory, 'target'));
        expect((await readFile(join(directory, 'target'))).equals(content)).toBe(true);
        expect(await countPieces(id)).toBe(pieces);
      }
    });
  });

  test('a shorter file in place of a longer one leaves nothing of it', async () => {
    await database.pool.withConnection(async ({ pg }) => {
      await storeArtifact(pg, artifact('again'), streamOf([randomBytes(2 * MEBIBYTE)]));
      await storeArtifact(pg, artifact('again'), streamOf([Buffer.from('short')]));
      expect(await textOf(streamArtifact(pg, 'again'))).toBe('short');
    });
    expect(await countPieces('again')).toBe(1);
  });

  test('a transaction that is rolled back leaves the older file', async () => {
    await database.pool.withConnection(async (connection) => {
      await storeArtifact(connection.pg, artifact('kept'), streamOf([Buffer.from('first')]));
      const fails = inTransaction(connection, async ({ pg }) => {
        await storeArtifact(pg, artifact('kept'), streamOf([Buffer.from('second')]));
        throw new Error('no');
      });
      await expect(fails).rejects.toThrow('no');
      expect(await textOf(streamArtifact(connection.pg, 'kept'))).toBe('first');
    });
  });

  test('a stream that breaks off leaves nothing that can be read, and the same id can be given again', async () => {
    await database.pool.withConnection(async ({ pg }) => {
      await expect(storeArtifact(pg, artifact('cut'), breakingStream())).rejects.toThrow('connection reset');
      expect(await findArtifact(pg, 'cut')).toBeNull();
      await expect(fetchArtifact(pg, 'cut', join(directory, 'none'))).rejects.toMatchObject({ code: 'ArtifactGone' });
      await storeArtifact(pg, artifact('cut'), streamOf([Buffer.from('whole')]));
      expect(await textOf(streamArtifact(pg, 'cut'))).toBe('whole');
    });
  });

  test('a piece that is missing or changed is found out, and no file is left', async () => {
    await database.pool.withConnection(async ({ pg }) => {
      await storeArtifact(pg, artifact('damaged'), streamOf([randomBytes(2 * MEBIBYTE)]));
      await pg.query(`DELETE FROM smartconnector.artifact_piece WHERE artifact = 'damaged' AND piece = 1`);
      const target = join(directory, 'damaged', 'file');
      await expect(fetchArtifact(pg, 'damaged', target)).rejects.toMatchObject({ code: 'ArtifactDamaged' });
    });
    expect(await readdir(join(directory, 'damaged'))).toEqual([]);
  });

  async function countPieces(id: string): Promise<number> {
    const { rows } = await database.pool.query({
      text: 'SELECT count(*)::int AS pieces FROM smartconnector.artifact_piece WHERE artifact = $1',
      values: [id],
    });
    return Number(rows[0]?.['pieces']);
  }
});

async function* streamOf(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}

async function* breakingStream(): AsyncGenerator<Uint8Array> {
  yield randomBytes(MEBIBYTE + 1);
  await Promise.resolve();
  throw new Error('connection reset');
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const part of stream) text += part.toString();
  return text;
}
