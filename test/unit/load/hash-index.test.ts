import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashIndex, MANY_ROWS, NO_ROW } from '../../../runner/load/hash-index.ts';
import { hashBytes, hashKey } from '../../../core/hashing/key-hash.ts';

describe('an index of rows by the hashes of their keys', () => {
  it('gives all rows that were added under a hash since they were taken, and none for another one', () => {
    const hash = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 300, size: 'max' }), hash, fc.nat(400), (hashes, other, likely) => {
        const index = new HashIndex(0, likely);
        const expected = new Map<number, number[]>();
        const addAll = (): void => {
          for (const [row, one] of hashes.entries()) {
            index.add(one, row);
            expected.set(one, [...(expected.get(one) ?? []), row]);
          }
        };
        // Once more after all were taken.
        for (let round = 0; round < 2; round += 1) {
          addAll();
          for (const one of new Set([...expected.keys(), other])) {
            const rows = expected.get(one) ?? [];
            expect(index.has(one)).toBe(expected.has(one));
            expect(index.only(one)).toBe(rows.length > 1 ? MANY_ROWS : (rows[0] ?? NO_ROW));
            expect(index.take(one)).toEqual(rows);
            expect([index.take(one), index.only(one)]).toEqual([[], NO_ROW]);
            expect(index.has(one)).toBe(expected.has(one));
          }
          for (const rows of expected.values()) rows.length = 0;
        }
      }),
    );
  });

  it('takes a key that a million rows share', () => {
    const index = new HashIndex();
    for (let row = 0; row < 1_000_000; row += 1) index.add(7, row);
    expect(index.only(7)).toBe(MANY_ROWS);
    expect(index.take(7).length).toBe(1_000_000);
  });
});

describe('the hash of a key', () => {
  it('is the same for a text and its bytes, where these hold nothing but ASCII and no escape', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'binary' }), (ascii, any) => {
        const bytes = Buffer.from(`>${ascii}<`, 'utf8');
        expect(hashBytes(bytes, 1, bytes.length - 1)).toBe(ascii.includes('\\') ? 0 : hashKey(ascii));
        const others = Buffer.from(any, 'utf8');
        const isPlain = /^[\0-\x7f]*$/.test(any) && !any.includes('\\');
        expect(hashBytes(others, 0, others.length) === 0).toBe(!isPlain);
      }),
    );
  });
});
