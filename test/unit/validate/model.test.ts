import { describe, expect, test } from 'vitest';
import { ID_FIELD } from '../../../core/model/object.ts';
import { parseManifests } from '../../../core/manifest/parse-manifests.ts';
import { resolveConnector } from '../../../core/validate/resolve-connectors.ts';
import { BASE, edited, FILE, resolveText } from './edited.ts';

describe('the model of a connector', () => {
  const [connector] = resolveText(BASE).connectors;

  test('resolves steps, scopes and fields', () => {
    expect(connector?.scopes.map(({ name, variables }) => [name, variables.length])).toEqual([
      ['vendors', 1],
      ['products', 11],
    ]);
    expect(connector?.steps.map(({ index, name, scope, object }) => [index, name, scope, object.name])).toEqual([
      [0, 'vendors', 'vendors', 'vendor'],
      [1, 'sellers', 'products', 'vendor'],
      [2, 'products', 'products', 'product'],
    ]);
    expect(connector?.steps[1]?.rules[0]?.field).toEqual(ID_FIELD);
  });

  test('makes record ids in a variable a lookup by id', () => {
    const mapping = connector?.steps[2]?.mappings.find(({ field }) => field.name === 'parts');
    expect(mapping).toMatchObject({
      field: { columnType: 'uuid[]' },
      source: {
        kind: 'Lookup',
        object: { name: 'product' },
        field: ID_FIELD,
        variable: { name: 'part_ids', isArray: true },
      },
    });
  });

  test('types literals, and leaves facts of the run open', () => {
    expect(connector?.additionalVariables).toMatchObject([
      { name: 'source', value: 'weekly-file', from: null },
      { name: 'loaded_at', value: null, from: 'ExecutionStartTime' },
    ]);
  });

  test('resolves reference data by filter group and by filter', () => {
    expect(connector?.referenceData).toMatchObject([
      {
        table: 'product',
        filter: {
          all: [
            { field: 'sold_out', operator: 'Equals', values: ['false'] },
            { operator: 'In', values: ['New'] },
          ],
          any: [],
        },
        fields: [{ name: 'sku' }, { name: 'sold_out' }],
      },
      { table: 'vendor', filter: { all: [], any: [{ field: 'name', values: ['A'] }] }, fields: [] },
    ]);
  });

  test('takes the sample from the ConfigMap, and brakes in a fixed order', () => {
    expect(new TextDecoder().decode(connector?.sql?.sample?.content)).toBe('sku,vendor\nA-1,Acme\n');
    expect(connector?.abortIf).toEqual([
      { count: 'created', percent: 20, rows: null },
      { count: 'failed', percent: null, rows: 5 },
    ]);
  });

  test('fills in what fields are made of', () => {
    const fields = Object.fromEntries(connector?.steps[2]?.object.fields.map((field) => [field.name, field]) ?? []);
    expect(fields).toMatchObject({
      sku: { columnType: 'text', maxLength: 10_000 },
      notes: { columnType: 'text', maxLength: 1_000_000 },
      contact: { columnType: 'text', maxLength: 254 },
      phone: { columnType: 'text', maxLength: 32 },
      stock: { columnType: 'numeric', minimum: '0', maximum: '99', scale: 0 },
      price: { columnType: 'numeric', scale: 2, minimum: null, maximum: null },
      stars: { columnType: 'numeric', minimum: '0', maximum: '5', scale: 0 },
      sold_out: { columnType: 'boolean' },
      released: { columnType: 'date' },
      seen_at: { columnType: 'timestamptz' },
      certified: { options: ['Yes', 'No', 'Maybe'] },
      colours: { columnType: 'text[]', options: ['Red', 'Blue'] },
      tags: { columnType: 'text[]', options: null },
      owner: { columnType: 'text', maxLength: 255 },
      vendor: { columnType: 'uuid', object: 'vendor', inverse: 'products' },
      parts: { columnType: 'uuid[]', object: 'product' },
    });
  });

  test('survives JSON, the bytes of the sample aside', () => {
    const withoutSample = { ...connector, sql: { ...connector?.sql, sample: null } };
    expect(JSON.parse(JSON.stringify(withoutSample))).toEqual(withoutSample);
  });
});

describe('one connector by its name', () => {
  const manifests = (text: string): Parameters<typeof resolveConnector>[0] => parseManifests(text, FILE).manifests;
  const broken = BASE.slice(BASE.lastIndexOf('---\n'))
    .replace('name: price-list', 'name: other')
    .replace('America/Denver', 'Nowhere');

  test('is not kept from running by the faults of another', () => {
    const resolved = resolveConnector(manifests(`${BASE}${broken}`), 'price-list');
    expect(resolved).toMatchObject({ connector: { name: 'price-list' }, faults: [] });
  });

  test('is kept from running by a fault of an object that it refers to', () => {
    const resolved = resolveConnector(manifests(edited(['options: [Red, Blue]', 'options: [Red, Red]'])), 'price-list');
    expect(resolved).toMatchObject({ connector: null, faults: [{ path: 'spec.fields[13].options[1]' }] });
  });

  test('that is not there is a fault with the name that was meant', () => {
    const resolved = resolveConnector(manifests(BASE), 'prise-list');
    expect(resolved).toMatchObject({ connector: null, faults: [{ hint: 'did you mean price-list?' }] });
  });

  test('in two namespaces needs the namespace', () => {
    const moved = BASE.replaceAll('metadata: { name: ', 'metadata: { namespace: b, name: ').replace(
      'metadata:\n',
      'metadata:\n  namespace: b\n',
    );
    const both = manifests(`${BASE}---\n${moved}`);
    expect(resolveConnector(both, 'price-list').faults).toMatchObject([{ hint: 'name one: default, b' }]);
    expect(resolveConnector(both, 'price-list', 'b')).toMatchObject({ connector: { namespace: 'b' }, faults: [] });
  });
});
