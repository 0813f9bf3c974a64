import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isDiskExceeded, measureDiskBytes } from '../../../runner/chdb/jail-disk.ts';

const MEBIBYTE = 1024 ** 2;
const root = mkdtempSync(join(tmpdir(), 'jail-disk-'));
afterAll(() => rmSync(root, { recursive: true }));

test('counts the files of all directories below, and none that a link leads to', async () => {
  const used = join(root, 'used');
  const other = join(root, 'other');
  mkdirSync(join(used, 'a', 'b'), { recursive: true });
  mkdirSync(other);
  const bytes = Buffer.alloc(MEBIBYTE, 1);
  for (const path of ['one', 'a/two', 'a/b/three']) writeFileSync(join(used, path), bytes);
  writeFileSync(join(other, 'four'), bytes);
  symlinkSync(other, join(used, 'a', 'link'));
  symlinkSync(join(root, 'nowhere'), join(used, 'broken'));
  const measured = await measureDiskBytes(used);
  expect(measured).toBeGreaterThanOrEqual(3 * MEBIBYTE);
  expect(measured).toBeLessThan(4 * MEBIBYTE);
  expect(await isDiskExceeded(used, 2 * MEBIBYTE)).toBe(true);
  expect(await isDiskExceeded(used, 4 * MEBIBYTE)).toBe(false);
});

test('a directory that is not there, or no more, takes no space', async () => {
  expect(await measureDiskBytes(join(root, 'gone'))).toBe(0);
});
