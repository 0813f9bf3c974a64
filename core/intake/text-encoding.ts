import { incompleteTail, takeUtf8Census, type Utf8Census } from './utf8.ts';

/** As the WHATWG Encoding Standard labels it; those of the first four are recognised by their bytes. */
export type TextEncodingName = string;

/** What the first bytes say about the text. UTF-32 is told from UTF-16, and not read. */
export type PrefixEncoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'UTF-32';

/** Code points of the bytes 0x80 to 0x9F in Windows-1252; U+FFFD where the code page has none. */
const WINDOWS_1252_HIGH = [
  0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
  0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
  0x0153, 0xfffd, 0x017e, 0x0178,
];
const REPLACEMENT = 0xfffd;
const EVIDENCE_BYTES = 4096;
/** Fewer do not tell UTF-16 from text with NUL characters. */
const FEWEST_PAIRS = 4;

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
export function encodingOfPrefix(prefix: Uint8Array): { encoding: PrefixEncoding; bomBytes: number } | null {
  const [first, second, third, fourth] = prefix;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'UTF-8', bomBytes: 3 };
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return { encoding: 'UTF-32', bomBytes: 4 };
  if (first === 0xff && second === 0xfe) {
    const isWide = prefix.length >= 4 && third === 0 && fourth === 0;
    return isWide ? { encoding: 'UTF-32', bomBytes: 4 } : { encoding: 'UTF-16LE', bomBytes: 2 };
  }
  if (first === 0xfe && second === 0xff) return { encoding: 'UTF-16BE', bomBytes: 2 };
  const found = utf16WithoutMark(prefix.subarray(0, EVIDENCE_BYTES));
  return found === null ? null : { encoding: found, bomBytes: 0 };
}

/**
 * Delimiters, digits and line ends are ASCII in any script: in UTF-16 each has a zero byte at the same side. The rest of text
 * in other letters makes no sense as UTF-8; bytes that do are UTF-8 with NUL characters, unless nearly all of them are such
 * units, or all are ASCII and every line end is one, as with letters that are ASCII by halves (hiragana), and no line ends
 * as lines do in UTF-8.
 */
function utf16WithoutMark(bytes: Uint8Array): 'UTF-16LE' | 'UTF-16BE' | null {
  const pairs = bytes.length >> 1;
  if (pairs < FEWEST_PAIRS) return null;
  const counts = { little: 0, big: 0, littleLines: 0, bigLines: 0, ascii: 0 };
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const left = bytes[at] ?? 0;
    const right = bytes[at + 1] ?? 0;
    if (right === 0 && isAsciiText(left)) counts.little += 1;
    if (left === 0 && isAsciiText(right)) counts.big += 1;
    if (right === 0 && isLineEnd(left)) counts.littleLines += 1;
    if (left === 0 && isLineEnd(right)) counts.bigLines += 1;
    if (isAsciiText(left) && isAsciiText(right)) counts.ascii += 1;
  }
  if (counts.little === 0 && counts.big === 0) return null;
  const isUtf8Text = hasOnlyText(bytes);
  const isAsciiOnly = bytes.every((byte) => byte < 128);
  const lineEnds = bytes.filter(isLineEnd).length;
  const isUtf8Lines = isUtf8Text && bytes.some((byte, at) => byte === 13 && bytes[at + 1] === 10);
  const isWide = (units: number, others: number, lines: number): boolean => {
    if (others * 8 > units) return false;
    if (units * 10 >= pairs * 9) return !isUtf8Lines;
    if (isUtf8Text && !(isAsciiOnly && lines === lineEnds)) return false;
    return lines > 0 && units * 10 >= pairs && counts.ascii <= units;
  };
  if (isWide(counts.little, counts.big, counts.littleLines)) return 'UTF-16LE';
  return isWide(counts.big, counts.little, counts.bigLines) ? 'UTF-16BE' : null;
}

/** Whether bytes are sound as UTF-8 without control characters, NUL aside. */
function hasOnlyText(bytes: Uint8Array): boolean {
  const whole = bytes.subarray(0, bytes.length - incompleteTail(bytes));
  return whole.every((byte) => byte === 0 || byte >= 128 || isAsciiText(byte)) && takeUtf8Census(whole).broken === 0;
}

function isLineEnd(byte: number): boolean {
  return byte === 10 || byte === 13;
}

function isAsciiText(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 9 || isLineEnd(byte);
}

/**
 * UTF-8 unless broken sequences outnumber sound ones of several bytes: text in another encoding hardly ever forms sound
 * sequences, and a UTF-8 file with a few damaged characters stays UTF-8.
 */
export function isUtf8Census(census: Utf8Census): boolean {
  return census.broken <= census.multibyte;
}
