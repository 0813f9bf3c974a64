import { describe, expect, test } from 'vitest';
import { readLines } from '../../../runner/artifacts/text-lines.ts';

async function linesOf(text: string, size: number): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
  }
  const lines: string[] = [];
  for await (const line of readLines(parts())) lines.push(line);
  return lines;
}

const CASES: Readonly<Record<string, readonly [text: string, lines: readonly string[]]>> = {
  'nothing has no line': ['', []],
  'a line feed ends a line, and the last one needs none': ['a\nb', ['a', 'b']],
  'a line feed at the end begins no line': ['a\n', ['a']],
  'blank lines stay': ['\n\na\n', ['', '', 'a']],
  'separators that stand inside values stay': ['a\u2028b\u2029c\u0085d\re\n', ['a\u2028b\u2029c\u0085d\re']],
  'characters of several bytes, and a byte order mark, stay whole': ['\ufeffä€😀\nß', ['\ufeffä€😀', 'ß']],
};

describe('the lines of a text', () => {
  test.each(Object.entries(CASES))('%s', async (_, [text, lines]) => {
    for (const size of [1, 2, 3, 1000]) expect(await linesOf(text, size)).toEqual(lines);
  });
});
