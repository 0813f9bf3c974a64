import type { Utf8Census } from './utf8.ts';

export type TextEncodingName = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'Windows-1252';

/** Code points of the bytes 0x80 to 0x9F in Windows-1252; U+FFFD where the code page has none. */
const WINDOWS_1252_HIGH = [
  0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
  0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
  0x0153, 0xfffd, 0x017e, 0x0178,
];
const REPLACEMENT = 0xfffd;
/** Fewer do not tell UTF-16 from text with NUL characters. */
const FEWEST_PAIRS = 8;

const encoder = new TextEncoder();

/** The UTF-8 bytes of each Windows-1252 byte from 0x80; bytes without a meaning become U+FFFD. */
const WINDOWS_1252_AS_UTF8: readonly Uint8Array[] = Array.from({ length: 128 }, (_, index) =>
  encoder.encode(String.fromCodePoint(index < 32 ? (WINDOWS_1252_HIGH[index] ?? REPLACEMENT) : 0x80 + index)),
);

/** Whether a byte has no meaning in Windows-1252. */
export function isUndefinedInWindows1252(byte: number): boolean {
  return byte >= 0x80 && byte < 0xa0 && WINDOWS_1252_HIGH[byte - 0x80] === REPLACEMENT;
}

/** Windows-1252 as UTF-8. */
export function utf8FromWindows1252(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length * 3);
  let length = 0;
  for (const byte of bytes) {
    if (byte < 0x80) {
      out[length++] = byte;
      continue;
    }
    for (const part of WINDOWS_1252_AS_UTF8[byte - 0x80] ?? []) out[length++] = part;
  }
  return out.subarray(0, length);
}

/** What the first bytes say by themselves: a byte order mark, or the zero bytes of UTF-16 without one; else null. */
export function encodingOfPrefix(prefix: Uint8Array): { encoding: TextEncodingName; bomBytes: number } | null {
  if (prefix[0] === 0xef && prefix[1] === 0xbb && prefix[2] === 0xbf) return { encoding: 'UTF-8', bomBytes: 3 };
  if (prefix[0] === 0xff && prefix[1] === 0xfe) return { encoding: 'UTF-16LE', bomBytes: 2 };
  if (prefix[0] === 0xfe && prefix[1] === 0xff) return { encoding: 'UTF-16BE', bomBytes: 2 };
  const pairs = Math.min(prefix.length, 1024) >> 1;
  if (pairs < FEWEST_PAIRS) return null;
  let even = 0;
  let odd = 0;
  let ascii = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    const first = prefix[2 * pair] ?? 0;
    const second = prefix[2 * pair + 1] ?? 0;
    if (first === 0) even += 1;
    if (second === 0) odd += 1;
    if (isAsciiText(first) && isAsciiText(second)) ascii += 1;
  }
  // Latin text in UTF-16 is zero in every other byte; half of the pairs leaves room for other scripts. Many pairs of two
  // characters are text of one byte each that holds NUL characters.
  if (ascii * 4 > pairs) return null;
  if (odd * 2 >= pairs && even === 0) return { encoding: 'UTF-16LE', bomBytes: 0 };
  if (even * 2 >= pairs && odd === 0) return { encoding: 'UTF-16BE', bomBytes: 0 };
  return null;
}

function isAsciiText(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13;
}

/**
 * UTF-8 unless broken sequences outnumber sound ones of several bytes: text in a code page of one byte hardly ever forms
 * sound sequences, and a UTF-8 file with a few damaged characters stays UTF-8.
 */
export function encodingOfCensus(census: Utf8Census): TextEncodingName {
  return census.broken > census.multibyte ? 'Windows-1252' : 'UTF-8';
}
