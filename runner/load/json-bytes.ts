/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
const QUOTE = 34;
const APOSTROPHE = 39;
const ZERO = 48;
const BACKSLASH = 92;

/** Writes bytes at a place. @returns where they end, as the others do */
export function write(part: Uint8Array, target: Uint8Array, at: number): number {
  for (let index = 0; index < part.length; index += 1) target[at + index] = part[index]!;
  return at + part.length;
}

/** Writes the digits of a whole number that is not negative. */
export function writeNumber(number: number, target: Uint8Array, at: number): number {
  let digits = 1;
  for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
  let rest = number;
  for (let index = at + digits - 1; index >= at; index -= 1) {
    const less = Math.floor(rest / 10);
    target[index] = ZERO + rest - less * 10;
    rest = less;
  }
  return at + digits;
}

/**
 * Writes a value that is TabSeparated, or as `COPY` writes it, as what stands between the quotes of JSON. All three escape the
 * same characters in the same way, but for quotes; the others are not in it (see findEnds). Takes at most twice its bytes.
 */
export function writeJson(bytes: Uint8Array, from: number, to: number, target: Uint8Array, start: number): number {
  let at = start;
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index]!;
    if (byte === QUOTE) {
      target[at++] = BACKSLASH;
    } else if (byte === BACKSLASH) {
      index += 1;
      const letter = bytes[index]!;
      // Escaped in TabSeparated alone.
      if (letter !== APOSTROPHE) target[at++] = BACKSLASH;
      target[at++] = letter;
      continue;
    }
    target[at++] = byte;
  }
  return at;
}
