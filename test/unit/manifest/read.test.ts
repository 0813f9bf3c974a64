import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
    { file: join(folder, 'none'), hint: 'check the path' },
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

test('a file named twice is read once', async () => {
  const file = join(folder, 'a.yaml');
  await writeFile(file, object('a'));
  const { manifests, faults } = await readManifests([file, folder]);
  expect(faults).toEqual([]);
  expect(manifests).toHaveLength(1);
});
