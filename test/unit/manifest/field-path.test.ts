import { describe, expect, test } from 'vitest';
import { formatPath, parsePath, type FieldPath } from '../../../core/manifest/field-path.ts';

describe('a field path as text', () => {
  test.each<[string, FieldPath, string]>([
    ['the whole manifest', [], ''],
    ['names and indexes', ['spec', 'loadSteps', 0, 'mapping', 12, 'field'], 'spec.loadSteps[0].mapping[12].field'],
    ['a key with a dot', ['data', 'load.sql'], 'data["load.sql"]'],
    ['a key of quotes, brackets and digits', ['data', 'a"]\\[3].b', '7'], 'data["a\\"]\\\\[3].b"]["7"]'],
  ])('leads there and back: %s', (_name, path, text) => {
    expect(formatPath(path)).toBe(text);
    expect(parsePath(text)).toEqual(path);
  });
});
