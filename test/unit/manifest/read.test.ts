import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readManifests } from '../../../runner/manifest/read.ts';

const object = (name: string): string =>
  `apiVersion: smartconnectors.dev/v1alpha1\nkind: KizenObject\nmetadata:\n  name: ${name}\nspec: { fields: [{ name: a, type: Text }] }\n`;

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'));
  await mkdir(join(folder, 'deep', '.hidden'), { recursive: true });
});

afterEach(() => rm(folder, { recursive: true }));

test('a folder is read with the folders in it, by name; other files and hidden folders are left out', async () => {
  await writeFile(join(folder, 'b.yaml'), object('b'));
  await writeFile(join(folder, 'a.yml'), object('a'));
  await writeFile(
    join(folder, 'deep', 'c.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }),
  );
  await writeFile(join(folder, 'deep', '.hidden', 'd.yaml'), object('d'));
  await writeFile(join(folder, 'notes.txt'), 'no manifest');
  const { manifests, faults } = await readManifests([folder]);
  expect(faults).toEqual([]);
  expect(manifests.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('a path that is not there, and a file that is not UTF-8, are faults', async () => {
  await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
  const { faults } = await readManifests([join(folder, 'none'), join(folder, 'latin.yaml')]);
  expect(faults).toMatchObject([
    { message: 'there is no such file or folder', file: join(folder, 'none'), hint: 'check the path' },
    { message: 'the file is not UTF-8', file: join(folder, 'latin.yaml') },
  ]);
});

test('a resource that is declared twice is a fault that names the first place', async () => {
  await writeFile(join(folder, 'a.yaml'), object('same'));
  await writeFile(join(folder, 'b.yaml'), `${object('other')}---\n${object('same')}`);
  const { manifests, faults } = await readManifests([folder]);
  expect(manifests.map(({ name }) => name)).toEqual(['same', 'other']);
  expect(faults).toMatchObject([
    {
      message: `KizenObject default/same is declared twice; the first is at ${join(folder, 'a.yaml')}:4`,
      file: join(folder, 'b.yaml'),
      line: 10,
      column: 9,
    },
  ]);
});

test('a file that is reached twice is read once', async () => {
  const file = join(folder, 'a.yaml');
  await writeFile(file, object('a'));
  await symlink(file, join(folder, 'link.yaml'));
  const { manifests, faults } = await readManifests([file, folder, `${folder}/./deep/../a.yaml`]);
  expect(faults).toEqual([]);
  expect(manifests).toHaveLength(1);
});

test('folders that are linked in a ring end, and a link to nothing is a fault', async () => {
  await writeFile(join(folder, 'a.yaml'), object('a'));
  await symlink(folder, join(folder, 'deep', 'again'));
  await symlink(folder, join(folder, 'deep', 'again.yaml'));
  await symlink(join(folder, 'gone'), join(folder, 'gone.yaml'));
  const { manifests, faults } = await readManifests([folder]);
  expect(manifests.map(({ name }) => name)).toEqual(['a']);
  expect(faults).toMatchObject([{ message: 'there is no such file or folder', file: join(folder, 'gone.yaml') }]);
});

test('a file that is far too large is a fault, and is not parsed', async () => {
  await writeFile(join(folder, 'large.yaml'), Buffer.alloc(17 * 1024 * 1024, '#'));
  const { faults } = await readManifests([folder]);
  expect(faults).toMatchObject([{ message: expect.stringContaining('which no manifest has') as string }]);
});

test('manifests come through a pipe, as from <(kustomize build)', async () => {
  const file = join(folder, 'pipe');
  execFileSync('mkfifo', [file]);
  const [{ manifests }] = await Promise.all([readManifests([file]), writeFile(file, object('a'))]);
  expect(manifests.map(({ name }) => name)).toEqual(['a']);
});

// The superuser reads everything.
test.skipIf(process.getuid?.() === 0)(
  'a folder that cannot be looked into is a fault, and the rest is read',
  async () => {
    await writeFile(join(folder, 'a.yaml'), object('a'));
    await mkdir(join(folder, 'closed'), { mode: 0o000 });
    const { manifests, faults } = await readManifests([folder]);
    expect(manifests.map(({ name }) => name)).toEqual(['a']);
    expect(faults).toMatchObject([{ message: 'cannot be read: permission denied', file: join(folder, 'closed') }]);
  },
);
