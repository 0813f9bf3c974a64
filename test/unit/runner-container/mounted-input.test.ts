import { execFileSync } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyMountedInput } from '../../../runner/container/mounted-input.ts';

describe('the input in a volume', () => {
  let root: string;
  let volume: string;
  let copy: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mounted-input-'));
    volume = join(root, 'input');
    copy = join(root, 'work', 'copy');
    await mkdir(join(volume, '..2026_11_27'), { recursive: true });
    await mkdir(join(root, 'input-of-others'));
    await writeFile(join(root, 'url'), 'postgres://secret');
    await writeFile(join(root, 'input-of-others', 'a.csv'), 'secret');
    await writeFile(join(volume, '..2026_11_27', 'a.csv'), 'code\n1\n');
    await symlink('..2026_11_27', join(volume, '..data'));
    await symlink('..data/a.csv', join(volume, 'a.csv'));
    await symlink('../url', join(volume, 'relative.csv'));
    await symlink(join(root, 'url'), join(volume, 'absolute.csv'));
    await symlink('..', join(volume, 'above'));
    await symlink('../input-of-others', join(volume, 'beside'));
    await symlink('loop', join(volume, 'loop'));
    execFileSync('mkfifo', [join(volume, 'pipe')]);
  });
  afterAll(() => rm(root, { recursive: true }));

  test.each(['..2026_11_27/a.csv', 'a.csv', './a.csv', '..data/a.csv'])(
    '%s is read, through links too',
    async (path) => {
      await copyMountedInput({ volume, path }, copy, null);
      expect(await readFile(copy, 'utf8')).toBe('code\n1\n');
    },
  );

  test.each([
    ['relative.csv', 'leaves the volume'],
    ['absolute.csv', 'leaves the volume'],
    ['above/url', 'leaves the volume'],
    ['beside/a.csv', 'leaves the volume'],
    ['../url', 'leaves the volume'],
    ['', 'leaves the volume'],
    ['..data', 'not a file'],
    ['pipe', 'not a file'],
    ['loop', 'ELOOP'],
    ['b.csv', 'ENOENT'],
  ])('%s is refused: %s', async (path, message) => {
    const copying = copyMountedInput({ volume, path }, copy, null);
    await expect(copying).rejects.toThrow(message);
    await expect(copying).rejects.toMatchObject({ code: 'InputMissing', class: 'terminal' });
  });

  test('a file of more bytes than are accepted is refused before any is copied', async () => {
    const other = join(root, 'work', 'too-large');
    await expect(copyMountedInput({ volume, path: 'a.csv' }, other, 6)).rejects.toMatchObject({
      code: 'InputTooLarge',
      class: 'terminal',
      message: 'a.csv in the volume of the input has 7 bytes, and at most 6 are accepted',
      details: [{ path: 'spec.spreadsheet.maxBytes', hint: 'split the file, or raise the limit' }],
    });
    await expect(access(other)).rejects.toThrow('ENOENT');
    await copyMountedInput({ volume, path: 'a.csv' }, copy, 7);
    expect(await readFile(copy, 'utf8')).toBe('code\n1\n');
  });

  test('a file that turns out to be larger than it said is copied up to where that shows', async () => {
    // A file of the kernel has 0 bytes, and more when it is read.
    await copyMountedInput({ volume: '/proc/self', path: 'status' }, copy, 10);
    expect(await readFile(copy, 'utf8')).toMatch(/^Name:.{6}$/su);
  });
});
