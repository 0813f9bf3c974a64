import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../core/manifest/canonical-json.ts';
import { closestName, editDistance } from '../../../core/manifest/closest-name.ts';
import { formatPath } from '../../../core/manifest/field-path.ts';
import { compareDecimals, parseDuration, parseQuantity } from '../../../core/validate/amounts.ts';

test('a path is written as Kubernetes writes it', () => {
  expect(formatPath(['spec', 'loadSteps', 1, 'mapping', 0, 'variables', 0])).toBe(
    'spec.loadSteps[1].mapping[0].variables[0]',
  );
  expect(formatPath(['data', 'load.sql'])).toBe('data["load.sql"]');
});

describe('the name that was meant', () => {
  test.each([
    ['prodcts', 'products'],
    ['prodcuts', 'products'],
    ['PRODUCTS', 'products'],
    ['vendor', null],
  ])('%s: %s', (name, meant) => {
    expect(closestName(name, ['sellers', 'products'])).toBe(meant);
  });

  test('neighbours that changed places are one step', () => {
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
  });
});

test('equal values have one canonical text, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined, Z: true })).toBe(
    '{"Z":true,"b":[1,{"c":"x","d":null}]}',
  );
  expect(() => canonicalJson(Number.NaN)).toThrow(TypeError);
});

test.each([
  ['500Mi', 524_288_000],
  ['1.5Gi', 1_610_612_736],
  ['8M', 8_000_000],
  ['100', 100],
  ['500MB', null],
  ['99999999T', Number.POSITIVE_INFINITY],
])('%s is %s bytes', (text, bytes) => {
  expect(parseQuantity(text)).toBe(bytes);
});

test.each([
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1d', 86_400_000],
  ['10', null],
  ['99999999999999999d', Number.POSITIVE_INFINITY],
])('%s is %s milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  ['1', '1.0', 0],
  ['-0.1', '0', -1],
  ['10000000000000000000000000000000000000.1', '10000000000000000000000000000000000000.09', 1],
])('%s against %s is %s', (a, b, sign) => {
  expect(compareDecimals(a, b)).toBe(sign);
});
