import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeySet } from '../../../core/hashing/key-set.ts';

describe('a set of keys by their hashes', () => {
  it('finds everything that was added, however many more than expected', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 200 }),
        fc.nat({ max: 300 }),
        (keys, expected) => {
          const set = new KeySet(expected);
          for (const key of keys) set.add(key);
          for (const key of keys) expect(set.has(key)).toBe(true);
        },
      ),
    );
  });

  it('finds none of a hundred thousand others among a hundred thousand', () => {
    const set = new KeySet(10);
    for (let index = 0; index < 100_000; index += 1) set.add(`SKU-${index}`);
    let found = 0;
    for (let index = 100_000; index < 200_000; index += 1) if (set.has(`SKU-${index}`)) found += 1;
    expect(found).toBe(0);
  });
});
