import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse, parseAllDocuments } from 'yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateAll } from '../../../scripts/generate.ts';
import { readSchemas } from '../../../scripts/generate-schemas.ts';
import { generateCrd } from '../../../scripts/generate-crds.ts';
import type { Json, JsonObject } from '../../../scripts/generate-schemas.ts';

const root = join(import.meta.dirname, '../../..');
let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  files = await generateAll();
});

test('every generated file is as fresh as the schemas', async () => {
  const stale: string[] = [];
  for (const [path, text] of files) {
    if ((await readFile(join(root, path), 'utf8')) !== text) stale.push(path);
  }
  expect(stale, 'run `npm run generate`').toEqual([]);
});

test('generating twice gives the same bytes', async () => {
  expect(await generateAll()).toEqual(files);
});

interface Crd {
  readonly spec: {
    readonly names: {
      readonly kind: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly subresources: object;
      readonly additionalPrinterColumns: readonly { readonly name: string }[];
      readonly schema: { readonly openAPIV3Schema: JsonObject };
    }[];
  };
}

describe('the CustomResourceDefinitions', () => {
  const crds = (): readonly Crd[] =>
    [...files].filter(([path]) => path.startsWith('crds/')).map(([, text]) => parse(text) as Crd);

  test('name the four kinds, their short names and the category', () => {
    const names = crds().map(({ spec }) => [spec.names.kind, ...spec.names.shortNames, ...spec.names.categories]);
    expect(names).toEqual([
      ['ConnectorRepository', 'crepo', 'kizen'],
      ['KizenObject', 'ko', 'kizen'],
      ['SmartConnector', 'smc', 'kizen'],
      ['SmartConnectorExecution', 'sce', 'kizen'],
    ]);
  });

  test('say the same to readers of YAML 1.1, which kubectl is', () => {
    for (const [path, text] of files) {
      if (path.startsWith('crds/')) expect(parse(text, { version: '1.1' }), path).toEqual(parse(text));
    }
  });

  test('have a status subresource that starts at generation -1', () => {
    for (const { spec } of crds()) {
      const [version] = spec.versions;
      expect(version?.subresources).toEqual({ status: {} });
      expect(version?.schema.openAPIV3Schema).toMatchObject({
        properties: { status: { default: { observedGeneration: -1 } } },
      });
    }
  });

  test('keep the rules that the API server evaluates', () => {
    const rules = crds().flatMap(({ spec }) => rulesOf(spec.versions[0]?.schema.openAPIV3Schema ?? {}));
    expect(rules).toEqual(
      expect.arrayContaining([
        'self.type == oldSelf.type',
        "self.type == 'Spreadsheet' || has(self.sql)",
        '!has(oldSelf.cancel) || !oldSelf.cancel || (has(self.cancel) && self.cancel)',
      ]),
    );
  });
});

function rulesOf(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(rulesOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([key, child]) =>
    key === 'rule' && typeof child === 'string' ? [child] : rulesOf(child),
  );
}

describe('a schema that an API server would refuse is refused here', () => {
  const resource = (property: JsonObject): JsonObject => ({
    $id: 'thing.schema.json',
    title: 'Thing',
    'x-kubernetes-crd': { kind: 'Thing', plural: 'things', singular: 'thing', shortNames: [], printerColumns: [] },
    type: 'object',
    properties: { spec: { type: 'object', properties: { part: property } } },
  });
  test.each<readonly [sentence: string, property: JsonObject, message: string]>([
    ['no type', { maxLength: 3 }, 'Thing.spec.part: a structural schema has exactly one type everywhere'],
    [
      'two types',
      { type: ['string', 'null'], maxLength: 3 },
      'Thing.spec.part: a structural schema has exactly one type everywhere',
    ],
    ['a text without a bound', { type: 'string' }, 'Thing.spec.part: a text needs maxLength'],
    ['a list without a bound', { type: 'array', items: { type: 'boolean' } }, 'Thing.spec.part: a list needs maxItems'],
    [
      'a map without a bound',
      { type: 'object', additionalProperties: { type: 'boolean' } },
      'Thing.spec.part: a map needs maxProperties',
    ],
    [
      'a keyword of JSON Schema only',
      { type: 'boolean', if: {} },
      'Thing.spec.part: if is not part of a structural schema',
    ],
    [
      'a list keyed by what may be missing',
      { type: 'array', maxItems: 1, 'x-kubernetes-list-map-keys': ['name'], items: { type: 'object' } },
      'Thing.spec.part: the list is keyed by "name", which is not required',
    ],
  ])('%s', (_, property, message) => {
    expect(() => generateCrd(new Map(), resource(property))).toThrow(message);
  });
});

test('editors find a file of several resources sound, and a fault in one of them', async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  for (const schema of (await readSchemas(join(root, 'schemas'))).values()) ajv.addSchema(schema);
  const isManifest = ajv.getSchema('manifest.schema.json') ?? expect.fail('there is a schema for editors');
  const text = await readFile(join(root, 'test/unit/validate/base.yaml'), 'utf8');
  const sound = parseAllDocuments(text).map((document) => document.toJS() as unknown);
  expect(sound.map((document) => isManifest(document) === true)).toEqual([true, true, true, true]);
  const faulty = parseAllDocuments(text.replaceAll('type: ', 'tpye: ')).map((document) => document.toJS() as unknown);
  expect(faulty.map((document) => isManifest(document) === true)).toEqual([false, false, true, false]);
});
