/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */

const HIGH_SEED = 0xdeadbeef;
const LOW_SEED = 0x41c6ce57;
const HIGH_FACTOR = 2_654_435_761;
const LOW_FACTOR = 1_597_334_677;
const BACKSLASH = 92;
const FIRST_NON_ASCII = 128;

/** 53 bits of a match key (cyrb53), 1 to 2^53 - 1: 0 stands for none. */
export function hashKey(key: string): number {
  let high = HIGH_SEED;
  let low = LOW_SEED;
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    high = Math.imul(high ^ code, HIGH_FACTOR);
    low = Math.imul(low ^ code, LOW_FACTOR);
  }
  return finish(high, low);
}

/**
 * As hashKey, of a key that stands as TabSeparated text in bytes; 0 where it holds an escape or anything but ASCII: that
 * takes a text.
 */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let high = HIGH_SEED;
  let low = LOW_SEED;
  for (let index = from; index < to; index += 1) {
    const code = bytes[index]!;
    if (code >= FIRST_NON_ASCII || code === BACKSLASH) return 0;
    high = Math.imul(high ^ code, HIGH_FACTOR);
    low = Math.imul(low ^ code, LOW_FACTOR);
  }
  return finish(high, low);
}

function finish(high: number, low: number): number {
  const mixed = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  const other = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(mixed ^ (mixed >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & other) + (mixed >>> 0) || 1;
}
