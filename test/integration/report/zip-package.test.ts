import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import yauzl from 'yauzl';
import {
  renderCentralDirectory,
  renderDataDescriptor,
  renderLocalHeader,
  type ZipEntry,
} from '../../../runner/report/zip-format.ts';
import { ZipPackage } from '../../../runner/report/zip-package.ts';
import { readParts } from './read-workbook.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zip-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

it('keeps parts of every size, in order', async () => {
  const path = join(directory, 'sizes.zip');
  const texts = ['', 'é', 'x'.repeat((1 << 19) - 1), '🔩 line\n'.repeat(400_000)];
  const zip = await ZipPackage.create(path);
  for (const [index, text] of texts.entries()) {
    const part = zip.open(`part ${index} é.txt`);
    // A piece at a time, as rows come.
    for (let from = 0; from < text.length; from += 80_000) {
      part.bytes.text(text.slice(from, from + 80_000));
      if (part.pass()) await part.drain();
    }
    await part.end();
  }
  await zip.finish();
  const parts = await readParts(path);
  expect([...parts.keys()]).toEqual(texts.map((_, index) => `part ${index} é.txt`));
  // Compared here: the difference of two such texts would fill the screen.
  expect([...parts.values()].map((text, index) => text === texts[index])).toEqual(texts.map(() => true));
});

it.each<[string, Partial<ZipEntry>]>([
  ['begins beyond 4 GiB', { offset: 5 * 2 ** 30 }],
  ['begins where 32 bits just do not reach', { offset: 2 ** 32 - 1 }],
  ['begins where 32 bits just reach', { offset: 2 ** 32 - 2 }],
])('an entry that %s is found and read', async (_, { offset = 0 }) => {
  const path = join(directory, 'sparse.zip');
  const text = Buffer.from('far away');
  const data = deflateRawSync(text);
  const entry = { name: 'far.txt', crc: crc32(text), bytes: text.length, compressedBytes: data.length, offset };
  const before = Buffer.concat([renderLocalHeader(entry.name), data, renderDataDescriptor(entry)]);
  const file = await open(path, 'w');
  // A hole takes no room on the disk.
  await file.write(before, 0, before.length, offset);
  const directoryBytes = renderCentralDirectory([entry], offset + before.length);
  await file.write(directoryBytes, 0, directoryBytes.length, offset + before.length);
  await file.close();
  expect(await readParts(path)).toEqual(new Map([['far.txt', 'far away']]));
});

it('an entry of more than 4 GiB says so', async () => {
  const path = join(directory, 'large.zip');
  const entry = { name: 'large.txt', crc: 1, bytes: 6 * 2 ** 30, compressedBytes: 5 * 2 ** 30, offset: 0 };
  const end = renderLocalHeader(entry.name).length + entry.compressedBytes;
  const after = renderDataDescriptor(entry);
  const file = await open(path, 'w');
  await file.write(renderLocalHeader(entry.name), 0, undefined, 0);
  await file.write(after, 0, after.length, end);
  const central = renderCentralDirectory([entry], end + after.length);
  await file.write(central, 0, central.length, end + after.length);
  await file.close();
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(path, { lazyEntries: true });
  const { promise, resolve, reject } = Promise.withResolvers<yauzl.Entry>();
  zip.on('entry', resolve).on('error', reject);
  zip.readEntry();
  const { uncompressedSize, compressedSize, fileName } = await promise;
  zip.close();
  expect({ uncompressedSize, compressedSize, fileName }).toEqual({
    uncompressedSize: entry.bytes,
    compressedSize: entry.compressedBytes,
    fileName: 'large.txt',
  });
});

it('70,000 entries are all listed', () => {
  const entries = Array.from({ length: 70_000 }, (_, index) => ({
    name: String(index),
    crc: 0,
    bytes: 0,
    compressedBytes: 0,
    offset: 0,
  }));
  return new Promise<void>((resolve, reject) => {
    yauzl.fromBuffer(renderCentralDirectory(entries, 0), { lazyEntries: true }, (error, zip) => {
      if (error !== null) reject(error);
      else {
        expect(zip.entryCount).toBe(70_000);
        resolve();
      }
    });
  });
});
