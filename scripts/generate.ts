import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { generateCrd, generateCrdKustomization } from './generate-crds.ts';
import { generateReference } from './generate-reference.ts';
import { generateSettingsPage } from './generate-settings-page.ts';
import { readSchemas, resourceSchemas } from './generate-schemas.ts';
import { generateTypes } from './generate-types.ts';
import { generateValidators } from './generate-validators.ts';

const root = join(import.meta.dirname, '..');

/** Every generated file, relative to the root of the repository, with its text. */
export async function generateAll(): Promise<ReadonlyMap<string, string>> {
  const schemas = await readSchemas(join(root, 'schemas'));
  const validators = generateValidators(schemas);
  const crds = resourceSchemas(schemas).map((schema) => generateCrd(schemas, schema));
  const pages = generateReference(schemas);
  return new Map([
    ...crds.map(({ name, text }) => [`crds/${name}`, text] as const),
    // Again, where kustomize finds them: it reads nothing outside of its folder, and kubectl would take its file for a resource.
    ...crds.map(({ name, text }) => [`deploy/crds/${name}`, text] as const),
    ['deploy/crds/kustomization.yaml', generateCrdKustomization(crds.map(({ name }) => name))],
    ['docs/reference/operator-settings.md', generateSettingsPage()],
    ...pages.map(({ name, text }) => [`docs/reference/${name}`, text] as const),
    ['core/generated/types.ts', await generateTypes(schemas)],
    ['core/generated/validators.js', validators.code],
    ['core/generated/validators.d.ts', validators.declarations],
  ]);
}

/** Folders that hold nothing but generated files: what is there and not generated any more is stale. */
const generatedFolders = ['core/generated', 'crds', 'deploy/crds', 'docs/reference'];

/** Written by hand all the same; a test holds it to the code. */
const handWritten = ['docs/reference/conditions.md'];

async function staleFiles(files: ReadonlyMap<string, string>): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of files) {
    const current = await readFile(join(root, path), 'utf8').catch(() => null);
    if (current !== text) stale.push(path);
  }
  return stale;
}

async function leftovers(files: ReadonlyMap<string, string>): Promise<string[]> {
  const found: string[] = [];
  for (const folder of generatedFolders) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = relative(root, join(entry.parentPath, entry.name));
      if (entry.isFile() && !files.has(path) && !handWritten.includes(path)) found.push(path);
    }
  }
  return found;
}

async function main(check: boolean): Promise<number> {
  const files = await generateAll();
  const stale = await staleFiles(files);
  const extra = await leftovers(files);
  if (check) {
    for (const path of stale) console.error(`${path}: stale; run \`npm run generate\` and commit the result`);
    for (const path of extra) console.error(`${path}: not generated any more; run \`npm run generate\` to remove it`);
    return stale.length + extra.length === 0 ? 0 : 1;
  }
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), files.get(path) ?? '');
    console.log(`wrote ${path}`);
  }
  for (const path of extra) {
    await rm(join(root, path));
    console.log(`removed ${path}`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.includes('--check'));
