import { describe, expect, it } from 'vitest';

import { parseTextArray } from '../../../runner/postgres/text-types.ts';

describe('parseTextArray', () => {
  it.each([
    ['nothing', '{}', []],
    ['plain elements', '{a,b}', ['a', 'b']],
    ['quoted elements', '{"a,b","c\\"d","e\\\\f","{}",""}', ['a,b', 'c"d', 'e\\f', '{}', '']],
    ['null and the text NULL', '{NULL,"NULL"}', [null, 'NULL']],
    ['line ends', '{"a\nb",c}', ['a\nb', 'c']],
    ['another lower bound', '[0:1]={a,b}', ['a', 'b']],
    ['numbers', '{1.50,-2}', ['1.50', '-2']],
  ])('reads %s', (_name, text, expected) => {
    expect(parseTextArray(text)).toEqual(expected);
  });
});
