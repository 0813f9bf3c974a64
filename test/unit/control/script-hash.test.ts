import { describe, expect, test } from 'vitest';
import { environmentHash, scriptHash } from '../../../core/control/script-hash.ts';
import type { SmartConnectorSpec } from '../../../core/generated/types.ts';
import { parseManifests } from '../../../core/manifest/parse-manifests.ts';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import { resolveConnector } from '../../../core/validate/resolve-connectors.ts';

const verbatim = (text: string): string => text;

const spec: SmartConnectorSpec = {
  type: 'Spreadsheet',
  sql: { script: 'CREATE TABLE output.a AS SELECT 1 AS x' },
  executionVariables: [{ name: 'x', scope: 'a', type: 'Number' }],
  loadSteps: [
    { name: 'a', object: 'product', scope: 'a', matching: [], mapping: [{ field: 'sku', variables: ['x'] }] },
  ],
};
const texts = { script: 'CREATE TABLE output.a AS SELECT 1 AS x', sample: null };

describe('the hash of what the author wrote', () => {
  test.each<[string, SmartConnectorSpec]>([
    ['whether it is wanted', { ...spec, active: false }],
    ['its display name', { ...spec, displayName: 'Prices' }],
    ['how many run at once', { ...spec, concurrency: { maxExecutions: 0 } }],
    ['where the script lives', { ...spec, sql: { scriptFrom: { configMapKeyRef: { name: 'a', key: 'b' } } } }],
  ])('stays when %s changes', (_, changed) => {
    expect(scriptHash(changed, texts, verbatim)).toBe(scriptHash(spec, texts, verbatim));
  });

  test.each<[string, SmartConnectorSpec, typeof texts | { script: string; sample: string }]>([
    ['the script', spec, { ...texts, script: 'CREATE TABLE output.a AS SELECT 2 AS x' }],
    ['the sample', spec, { ...texts, sample: 'x\n1\n' }],
    ['a variable', { ...spec, executionVariables: [{ name: 'x', scope: 'a', type: 'String' }] }, texts],
    [
      'a load step',
      { ...spec, loadSteps: spec.loadSteps.map((step) => ({ ...step, onBlankKey: 'CreateNew' })) },
      texts,
    ],
    ['the time zone', { ...spec, timeZone: 'America/Denver' }, texts],
  ])('changes with %s', (_, changed, changedTexts) => {
    expect(scriptHash(changed, changedTexts, verbatim)).not.toBe(scriptHash(spec, texts, verbatim));
  });
});

const manifests = (fieldType: string, other: string): string => `
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: {name: prices}
spec:
  type: Spreadsheet
  executionVariables: [{name: sku, scope: a, type: String}]
  loadSteps:
    - {name: a, object: product, scope: a, matching: [{field: sku, variable: sku}], mapping: [{field: note, variables: [sku]}]}
---
apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: {name: product}
spec: {displayName: Product, fields: [{name: sku, type: Text}, {name: note, type: ${fieldType}}]}
---
apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: {name: other}
spec: {displayName: Other, fields: [{name: ${other}, type: Text}]}
`;

function connectorOf(text: string): ConnectorModel {
  const { connector, faults } = resolveConnector(parseManifests(text, 'a.yaml').manifests, 'prices');
  expect(faults).toEqual([]);
  if (connector === null) throw new Error('no connector');
  return connector;
}

describe('the hash of what a validation stands on', () => {
  const base = environmentHash(connectorOf(manifests('Text', 'a')), '1', verbatim);

  test('changes with an object that the connector refers to', () => {
    expect(environmentHash(connectorOf(manifests('LongText', 'a')), '1', verbatim)).not.toBe(base);
  });

  test('changes with the engine', () => {
    expect(environmentHash(connectorOf(manifests('Text', 'a')), '2', verbatim)).not.toBe(base);
  });

  test('stays when another object changes', () => {
    expect(environmentHash(connectorOf(manifests('Text', 'b')), '1', verbatim)).toBe(base);
  });
});
