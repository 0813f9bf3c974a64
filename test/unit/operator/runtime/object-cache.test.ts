import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ObjectCache } from '../../../../operator/runtime/object-cache.ts';
import type { StoreIndex } from '../../../../operator/runtime/kubernetes-api.ts';
import type { Resource } from '../../../../operator/runtime/resource.ts';

interface Colored extends Resource {
  readonly colors: readonly string[];
}
const KIND = { apiVersion: 'v1', kind: 'Thing', plural: 'things' };
const thing = (namespace: string, name: string, colors: readonly string[] = []): Colored => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { namespace, name, uid: '', resourceVersion: '', generation: 0, creationTimestamp: '' },
  colors,
});
const byColor: StoreIndex<Colored> = ({ colors }) => colors;
const namesOf = (found: readonly Colored[]): string[] =>
  found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();

test('finds objects by name, by namespace and by what an index says', () => {
  const cache = new ObjectCache<Colored>(KIND, [thing('a', 'x', ['red']), thing('b', 'x', ['red', 'blue'])]);
  expect(cache.get({ namespace: 'b', name: 'x' })?.colors).toEqual(['red', 'blue']);
  expect(cache.get({ namespace: 'c', name: 'x' })).toBeNull();
  expect(namesOf(cache.list('a'))).toEqual(['a/x']);
  expect(namesOf(cache.find(byColor, 'red'))).toEqual(['a/x', 'b/x']);
  expect(cache.find(byColor, 'green')).toEqual([]);
});

test('an index that was asked for follows changes and removals', () => {
  const cache = new ObjectCache<Colored>(KIND, [thing('a', 'x', ['red'])]);
  expect(namesOf(cache.find(byColor, 'red'))).toEqual(['a/x']);
  cache.put(thing('a', 'x', ['blue']));
  cache.put(thing('a', 'y', ['blue']));
  expect(cache.find(byColor, 'red')).toEqual([]);
  expect(namesOf(cache.find(byColor, 'blue'))).toEqual(['a/x', 'a/y']);
  // As it was when it went: not what it was found by.
  cache.remove(thing('a', 'x', ['green']));
  expect(namesOf(cache.find(byColor, 'blue'))).toEqual(['a/y']);
});

test('whatever is put and removed, an index finds what a search of everything finds', () => {
  const value = fc.constantFrom('red', 'green', 'blue');
  const step = fc.record({
    isRemoval: fc.boolean(),
    namespace: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('x', 'y', 'z'),
    colors: fc.uniqueArray(value, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, askAt) => {
      const cache = new ObjectCache<Colored>(KIND);
      for (const [index, { isRemoval, namespace, name, colors }] of steps.entries()) {
        if (index === askAt) cache.find(byColor, 'red');
        const object = thing(namespace, name, colors);
        if (isRemoval) cache.remove(object);
        else cache.put(object);
      }
      for (const color of ['red', 'green', 'blue']) {
        const expected = cache.list(null).filter(({ colors }) => colors.includes(color));
        expect(namesOf(cache.find(byColor, color))).toEqual(namesOf(expected));
      }
      expect(namesOf(cache.list('a'))).toEqual(
        namesOf(cache.list(null).filter((one) => one.metadata.namespace === 'a')),
      );
    }),
  );
});
