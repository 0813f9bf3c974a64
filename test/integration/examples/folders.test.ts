import { createHash } from 'node:crypto';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { exampleFiles } from '../../../scripts/example-data.ts';
import { unpackZip } from '../../../scripts/example-data-zip.ts';
import { examples, root } from './cli.ts';

const SCHEMAS: Readonly<Record<string, string>> = {
  KizenObject: 'schemas/kizenobject.schema.json',
  SmartConnector: 'schemas/smartconnector.schema.json',
  ConfigMap: 'examples/.schemas/configmap.schema.json',
};

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function folders(): Promise<string[]> {
  const entries = await readdir(examples, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What a file says: of a workbook the files in it, since compression may differ between builds of Node. */
async function contentsOf(path: string, bytes: Uint8Array): Promise<readonly string[]> {
  if (!path.endsWith('.xlsx')) return [hashOf(bytes)];
  return [...(await unpackZip(bytes))].map(([name, content]) => `${name} ${hashOf(content)}`);
}

describe('examples', () => {
  test('every folder is executed by a test and named in the README', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    for (const folder of await folders()) {
      await expect(access(join(import.meta.dirname, `${folder}.test.ts`))).resolves.toBeUndefined();
      expect(readme).toContain(`(examples/${folder})`);
    }
  });

  test('every manifest starts with a schema line that leads to the schema of its kind', async () => {
    const manifests = (await filesBelow(examples)).filter((file) => file.endsWith('.yaml'));
    expect(manifests.length).toBeGreaterThan(10);
    for (const file of manifests) {
      const text = await readFile(file, 'utf8');
      const path = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? '';
      const schema = resolve(dirname(file), path);
      const kinds = parseAllDocuments(text).map((document) => String(document.get('kind')));
      expect([...new Set(kinds)].map((kind) => SCHEMAS[kind])).toEqual([relative(root, schema)]);
      expect(JSON.parse(await readFile(schema, 'utf8'))).toHaveProperty('$schema');
    }
  });

  test('every input file is the one that the generator makes, and under a megabyte', async () => {
    const generated = await exampleFiles();
    for (const { path, content } of generated) {
      const committed = await readFile(join(examples, path));
      expect(await contentsOf(path, committed), path).toEqual(await contentsOf(path, content));
      expect((await stat(join(examples, path))).size).toBeLessThan(1_000_000);
    }
    const inputs = (await filesBelow(examples)).filter((file) => /\.(csv|ndjson|xlsx)$/.test(file));
    expect(inputs.map((file) => relative(examples, file)).sort()).toEqual(generated.map(({ path }) => path).sort());
  });
});
