/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
/** Sequences of UTF-8 in bytes: characters of two bytes and more that are sound, and bytes that are not. */
export interface Utf8Census {
  readonly multibyte: number;
  readonly broken: number;
}

/**
 * How many bytes at the end of a chunk belong to a character that the next chunk may complete (0 to 3), so that a
 * character across a chunk boundary is never taken for a broken one.
 */
export function incompleteTail(bytes: Uint8Array): number {
  const length = bytes.length;
  for (let back = 1; back <= 3 && back <= length; back += 1) {
    const byte = bytes[length - back]!;
    if (byte >= 0x80 && byte < 0xc0) continue;
    return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

/** Counts sound and broken sequences, a broken one per maximal subpart as the replacement of bad bytes does. */
export function takeUtf8Census(bytes: Uint8Array): Utf8Census {
  let multibyte = 0;
  let broken = 0;
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const expected = sequenceLength(lead);
    let taken = 1;
    while (taken < expected && isContinuation(lead, taken, bytes[at + taken])) taken += 1;
    if (expected > 1 && taken === expected) multibyte += 1;
    else broken += 1;
    at += taken;
  }
  return { multibyte, broken };
}

function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 1;
}

/** The second byte of some leads has a narrower range (Unicode, table 3-7): no overlong forms, no surrogates. */
function isContinuation(lead: number, position: number, byte: number | undefined): boolean {
  if (byte === undefined) return false;
  let low = 0x80;
  let high = 0xbf;
  if (position === 1) {
    if (lead === 0xe0) low = 0xa0;
    else if (lead === 0xed) high = 0x9f;
    else if (lead === 0xf0) low = 0x90;
    else if (lead === 0xf4) high = 0x8f;
  }
  return byte >= low && byte <= high;
}
