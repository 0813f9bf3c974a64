import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONNECTORS, EXECUTIONS, PODS } from '../../../../operator/api/kinds.ts';
import { resourcePath } from '../../../../operator/runtime/resource-path.ts';

test.each([
  ['all of a kind', resourcePath(PODS, ''), '/api/v1/pods'],
  ['those of a namespace', resourcePath(PODS, 'sales'), '/api/v1/namespaces/sales/pods'],
  [
    'one of them',
    resourcePath(CONNECTORS, 'sales', 'price-list'),
    '/apis/smartconnectors.dev/v1alpha1/namespaces/sales/smartconnectors/price-list',
  ],
])('the path of %s', (_what, path, expected) => {
  expect(path).toBe(expected);
});

test.each([
  ['sales', '.'],
  ['sales', '..'],
  ['sales', ''],
  ['.', 'a'],
  ['..', 'a'],
  ['..', undefined],
])('namespace %j and name %j are refused: they would lead to something else', (namespace, name) => {
  expect(() => resourcePath(EXECUTIONS, namespace, name)).toThrow(expect.objectContaining({ code: 'InvalidObject' }));
});

test('whatever somebody calls a thing, its path leads there or nowhere', () => {
  const name = fc.oneof(fc.string(), fc.constantFrom('.', '..', '%2e', '%2E%2e', 'a/../b', '?x', '#x', 'a%2Fb'));
  fc.assert(
    fc.property(name, name, (namespace, one) => {
      let path: string;
      try {
        path = resourcePath(PODS, namespace, one);
      } catch {
        return;
      }
      const { pathname } = new URL(path, 'https://server');
      const start = namespace === '' ? '/api/v1' : '/api/v1/namespaces/x';
      expect(pathname.split('/')).toHaveLength(`${start}/pods/x`.split('/').length);
      expect(decodeURIComponent(pathname.split('/').at(-1) ?? '')).toBe(one);
    }),
  );
});
