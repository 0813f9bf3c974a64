import { describe, expect, test } from 'vitest';
import { parseManifests } from '../../../core/manifest/parse-manifests.ts';
import { placeInScript } from '../../../core/validate/script-place.ts';
import { resolveConnectors } from '../../../core/validate/resolve-connectors.ts';

const HEAD = 'apiVersion: smartconnectors.dev/v1alpha1\nkind: KizenObject\n';

describe('what is at fault in a file', () => {
  test.each<readonly [sentence: string, text: string, line: number, column: number, message: RegExp]>([
    ['a key twice', `${HEAD}metadata: { name: a }\nmetadata: { name: b }\n`, 4, 1, /keys must be unique/],
    ['broken YAML', `${HEAD}metadata: { name: a\n`, 4, 1, /flow map|flow-map|must end/i],
    ['a tab as indentation', `${HEAD}metadata:\n\tname: a\n`, 4, 1, /tab/i],
    ['a tag of its own', `${HEAD}metadata: { name: !secret a }\n`, 3, 19, /unresolved tag/],
    [
      'a number that JSON cannot hold',
      `${HEAD}metadata: { name: a }\nspec: { fields: .inf }\n`,
      4,
      17,
      /not a number that JSON can hold/,
    ],
    ['a list as a key', `${HEAD}metadata: { name: a }\n? [x]\n: 1\n`, 4, 3, /cannot be the name of a property/],
    ['no name', `${HEAD}metadata: {}\n`, 3, 1, /metadata.name is missing/],
    ['no metadata', `${HEAD}spec: {}\n`, 1, 1, /metadata.name is missing/],
    ['metadata that is no map', `${HEAD}metadata: a\n`, 3, 11, /metadata is not a map/],
    ['a name with an empty label', `${HEAD}metadata: { name: a..b }\n`, 3, 19, /"a..b" is not a name/],
    ['a name with capitals', `${HEAD}metadata: { name: Vendor }\n`, 3, 19, /"Vendor" is not a name/],
    ['a namespace with a dot', `${HEAD}metadata: { name: a, namespace: a.b }\n`, 3, 33, /"a.b" is not a namespace/],
    [
      'a kind that does not exist',
      'apiVersion: smartconnectors.dev/v1alpha1\nkind: KizenObjct\nmetadata: { name: a }\n',
      2,
      7,
      /there is no kind KizenObjct/,
    ],
    [
      'a version that does not exist',
      'apiVersion: smartconnectors.dev/v1\nkind: KizenObject\nmetadata: { name: a }\n',
      1,
      13,
      /has no version/,
    ],
    ['no kind', 'apiVersion: smartconnectors.dev/v1alpha1\nmetadata: { name: a }\n', 1, 1, /kind is missing/],
    [
      'the second document',
      `${HEAD}metadata: { name: a }\n---\n${HEAD}metadata: { name: B }\n`,
      7,
      19,
      /"B" is not a name/,
    ],
  ])('%s', (_, text, line, column, message) => {
    const { faults } = parseManifests(text, 'a.yaml');
    expect(faults[0]).toMatchObject({
      file: 'a.yaml',
      line,
      column,
      message: expect.stringMatching(message) as string,
    });
    expect(faults[0]?.hint).toBeDefined();
  });

  test('aliases that blow up', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*l${level - 1}`));
      return `l${level}: &l${level} [${items.join(', ')}]`;
    });
    const { manifests, faults } = parseManifests(`${HEAD}metadata: { name: a }\n${levels.join('\n')}\n`, 'a.yaml');
    expect(manifests).toEqual([]);
    expect(faults).toMatchObject([{ message: expect.stringContaining('alias') as string, line: 1 }]);
  });

  test('nesting without end', () => {
    const { faults } = parseManifests(`a: ${'['.repeat(100_000)}`, 'a.yaml');
    expect(faults[0]).toMatchObject({ file: 'a.yaml', line: 1 });
  });
});

describe('what is left out', () => {
  test.each([
    ['a Secret', 'apiVersion: v1\nkind: Secret\nmetadata: { name: a }\n'],
    ['a Deployment', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\n'],
    ['a list of data', '[1, 2]\n'],
    ['a map of data', 'sku: A-1\n'],
  ])('%s, with a note', (_, text) => {
    expect(parseManifests(text, 'a.yaml')).toMatchObject({ manifests: [], faults: [], notes: [{ file: 'a.yaml' }] });
  });

  test('empty documents, without a word', () => {
    expect(parseManifests('---\n# nothing\n---\n', 'a.yaml')).toEqual({ manifests: [], faults: [], notes: [] });
  });
});

test('a List stands for its items, with their places', () => {
  const text =
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: smartconnectors.dev/v1alpha1\n  kind: KizenObject\n  metadata:\n    name: a\n';
  const [manifest] = parseManifests(text, 'a.yaml').manifests;
  expect(manifest).toMatchObject({ kind: 'KizenObject', name: 'a', namespace: 'default' });
  expect(manifest?.source.placeOf(['metadata', 'name'])).toEqual({ line: 7, column: 11 });
});

test('JSON is read with its places', () => {
  const text =
    '{\n\t"apiVersion": "smartconnectors.dev/v1alpha1",\n\t"kind": "KizenObject",\n\t"metadata": {"name": "a"}\n}\n';
  const [manifest] = parseManifests(text, 'a.json').manifests;
  expect(manifest?.source.placeOf(['metadata', 'name'])).toEqual({ line: 4, column: 23 });
});

test('words that kubectl reads as Booleans are noted', () => {
  const text = `${HEAD}metadata: { name: a }\nspec: { fields: [{ name: b, type: Radio, options: [Yes, 'No'] }] }\n`;
  expect(parseManifests(text, 'a.yaml').notes).toMatchObject([{ line: 4, column: 52, hint: "write 'Yes'" }]);
});

describe('where a place of a script stands in its file', () => {
  const connector = (sql: string): string =>
    `apiVersion: smartconnectors.dev/v1alpha1\nkind: SmartConnector\nmetadata: { name: a }\nspec:\n  type: Spreadsheet\n  sql:\n${sql}` +
    '  executionVariables: [{ name: b, type: String }]\n' +
    '  loadSteps: [{ name: s, object: o, matching: [{ field: b, variable: b }], mapping: [{ field: b, variables: [b] }] }]\n' +
    '---\napiVersion: smartconnectors.dev/v1alpha1\nkind: KizenObject\nmetadata: { name: o }\nspec: { fields: [{ name: b, type: Text }] }\n' +
    '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: m }\ndata:\n  load.sql: |\n      SELECT 1;\n      SELECT WRONG;\n';
  test.each<readonly [sentence: string, sql: string, line: number, column: number, expected: object]>([
    ['a block', '    script: |\n      SELECT 1;\n      SELECT WRONG;\n', 2, 8, { line: 9, column: 14 }],
    ['a block that starts with a blank line', '    script: |\n\n      SELECT WRONG;\n', 2, 8, { line: 9, column: 14 }],
    ['a block with a declared indent', '    script: |2\n        SELECT WRONG;\n', 1, 10, { line: 8, column: 16 }],
    [
      'a block with Windows line ends',
      '    script: |\r\n      SELECT 1;\r\n      SELECT WRONG;\r\n',
      2,
      8,
      { line: 9, column: 14 },
    ],
    ['one line', '    script: SELECT WRONG\n', 1, 8, { line: 7, column: 20 }],
    ['one line in quotes', "    script: 'SELECT WRONG'\n", 1, 8, { line: 7, column: 21 }],
    [
      'folded lines, of which only the start is known',
      '    script: >\n      SELECT 1;\n      SELECT WRONG;\n',
      1,
      18,
      { line: 7, column: 13 },
    ],
    [
      'a ConfigMap',
      '    scriptFrom: { configMapKeyRef: { name: m, key: load.sql } }\n',
      2,
      8,
      { line: 22, column: 14 },
    ],
  ])('%s', (_, sql, line, column, expected) => {
    const { faults, connectors } = resolveConnectors(parseManifests(connector(sql), 'a.yaml').manifests);
    expect(faults).toEqual([]);
    const origin = connectors[0]?.sql?.origin ?? expect.fail('the connector has SQL');
    expect(placeInScript(origin, line, column)).toEqual({ file: 'a.yaml', ...expected });
  });
});
