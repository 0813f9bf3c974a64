import { expect, test } from 'vitest';
import { parseResource } from '../../../../operator/runtime/parse-resource.ts';

const KIND = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

test('what nobody reads is not kept, and what may be missing is filled in', () => {
  const resource = parseResource(KIND, {
    metadata: {
      name: 'a',
      managedFields: [{ manager: 'kubectl' }],
      annotations: { [LAST_APPLIED]: '{"data": "all of it again"}', 'smartconnectors.dev/validate-requested': '1' },
    },
    data: { key: 'value' },
  });
  expect(resource).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'a',
      namespace: '',
      uid: '',
      resourceVersion: '',
      generation: 0,
      creationTimestamp: '',
      annotations: { 'smartconnectors.dev/validate-requested': '1' },
    },
    data: { key: 'value' },
  });
});

test('an object without annotations gets none', () => {
  expect(parseResource(KIND, { metadata: { name: 'a' } }).metadata).not.toHaveProperty('annotations');
});

test.each([null, 'text', {}, { metadata: null }])('%j is no object', (value) => {
  expect(() => parseResource(KIND, value)).toThrow('the API server gave a ConfigMap without metadata');
});
