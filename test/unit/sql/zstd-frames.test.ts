import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWholeZstd } from '../../../runner/sql/zstd-frames.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'smartconnector-zstd-'));
});
afterAll(() => rm(directory, { recursive: true }));

const check = async (bytes: Uint8Array): Promise<boolean> => {
  const path = join(directory, 'file.zst');
  await writeFile(path, bytes);
  const file = await open(path);
  try {
    return await isWholeZstd(file);
  } finally {
    await file.close();
  }
};

const text = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, index) => (index * index) % 251));
const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

test.each<[string, Buffer]>([
  ['one block', zstdCompressSync(text(10))],
  ['several blocks', zstdCompressSync(text(600_000))],
  ['a checksum', zstdCompressSync(text(1000), checksum)],
  ['one byte over and over', zstdCompressSync(Buffer.alloc(500_000))],
  ['no content', zstdCompressSync('')],
  ['several frames', Buffer.concat([zstdCompressSync(text(300)), skippable, zstdCompressSync(text(5))])],
])('a file of %s is whole, and none that is cut off anywhere within a frame', async (_name, bytes) => {
  expect(await check(bytes)).toBe(true);
  const step = Math.max(1, Math.floor(bytes.length / 50));
  const whole: number[] = [];
  for (let length = 1; length < bytes.length; length += step) {
    if (await check(bytes.subarray(0, length))) whole.push(length);
  }
  // Between two frames nothing tells that more should follow.
  const first = zstdCompressSync(text(300)).length;
  expect(whole.filter((length) => ![first, first + skippable.length].includes(length))).toEqual([]);
});

test.each([
  ['text', Buffer.from('sku,amount\n')],
  ['zeros, as a file has that was never written', Buffer.alloc(4096)],
])('%s is no Zstandard file', async (_name, bytes) => {
  expect(await check(bytes)).toBe(false);
});
