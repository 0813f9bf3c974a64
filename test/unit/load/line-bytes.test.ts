import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineBytes } from '../../../runner/load/line-bytes.ts';
import { BytePool } from '../../../runner/load/row-bytes.ts';

test('lines that are pushed and replaced in any order come back in their places', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => `${text.replace(/\n/g, '')}\n`);
  const step = fc.record({ line, replaces: fc.option(fc.nat()) });
  const pool = new BytePool();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 900, size: 'max' }), (steps) => {
      const buffer = new LineBytes(pool);
      const expected: string[] = [];
      for (const { line: text, replaces } of steps) {
        const place = replaces === null || expected.length === 0 ? expected.length : replaces % expected.length;
        if (place === expected.length) expect(buffer.push(text)).toBe(place);
        else buffer.replace(place, text);
        expected[place] = text;
      }
      expect(buffer.length).toBe(expected.length);
      expect(Buffer.concat([...buffer.parts()]).toString('utf8')).toBe(expected.join(''));
      buffer.release();
    }),
    { numRuns: 60 },
  );
});
