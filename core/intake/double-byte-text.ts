/** East Asian encodings of one or two bytes a character, as the WHATWG Encoding Standard calls them. */
export type DoubleByteEncoding = 'Shift_JIS' | 'EUC-JP' | 'EUC-KR' | 'GB18030' | 'Big5';

/** First bytes, and least second byte, of the characters that ordinary text is made of, with how much they speak for it. */
interface Row {
  readonly from: number;
  readonly to: number;
  readonly trailFrom: number;
  readonly weight: number;
}

const row = (from: number, to: number, trailFrom: number, weight: number): Row => ({ from, to, trailFrom, weight });

/** The character sets are ordered: signs, kana or Hangul, the characters in daily use, then the rare ones. */
const ROWS: Readonly<Record<DoubleByteEncoding, readonly Row[]>> = {
  Shift_JIS: [row(0x82, 0x83, 0x40, 1.2), row(0x81, 0x81, 0x40, 0.8), row(0x88, 0x97, 0x40, 1)],
  'EUC-JP': [row(0xa4, 0xa5, 0xa1, 1.3), row(0xa1, 0xa1, 0xa1, 0.6), row(0xb0, 0xcf, 0xa1, 0.9)],
  'EUC-KR': [row(0xb0, 0xc8, 0xa1, 0.95)],
  GB18030: [row(0xa1, 0xa3, 0xa1, 0.6), row(0xb0, 0xd7, 0xa1, 1)],
  Big5: [row(0xa1, 0xa3, 0x40, 0.6), row(0xa4, 0xc6, 0x40, 1)],
};
/** Of a character in none of the rows. */
const RARE = 0.2;
/** The first bytes of Hangul are those of half of the Chinese characters: so many of them in a row are no chance. */
const ENOUGH_HANGUL = 6;

/**
 * How many bytes of the sample are characters in daily use, less those that are none at all. Comparable with letters of
 * encodings of one byte each.
 */
export function scoreDoubleBytes(sample: Uint8Array, encoding: DoubleByteEncoding): number {
  let score = 0;
  let known = 0;
  let rare = 0;
  for (let at = 0; at < sample.length;) {
    const lead = sample[at] ?? 0;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    if (encoding === 'Shift_JIS' && lead >= 0xa1 && lead <= 0xdf) {
      // Half-width kana, which modern text hardly has.
      score += isHigh(sample[at - 1]) || isHigh(sample[at + 1]) ? RARE : -0.5;
      at += 1;
      continue;
    }
    const trail = sample[at + 1] ?? 0;
    if (!isPair(lead, trail, encoding)) {
      score -= 2;
      at += 1;
      continue;
    }
    const isAlone = !isHigh(sample[at - 1]) && !isHigh(sample[at + 2]);
    if (isAlone && (trail < 0x80 || isLetter(sample[at - 1]))) {
      // Such a text comes in runs; an accent in a word of another language stands alone.
      score -= 1;
      at += 2;
      continue;
    }
    const found = ROWS[encoding].find(({ from, to, trailFrom }) => lead >= from && lead <= to && trail >= trailFrom);
    if (found === undefined) rare += 1;
    else known += 1;
    score += 2 * (found?.weight ?? RARE);
    at += 2;
  }
  return encoding === 'EUC-KR' && known >= ENOUGH_HANGUL && rare * 10 <= known ? score * 1.2 : score;
}

function isPair(lead: number, trail: number, encoding: DoubleByteEncoding): boolean {
  if (lead === 0x80 || lead === 0xff || trail === 0x7f || trail === 0xff) return false;
  switch (encoding) {
    case 'EUC-JP':
    case 'EUC-KR':
      return lead >= 0xa1 && trail >= 0xa1;
    case 'Shift_JIS':
      return lead <= 0xfc && trail >= 0x40 && trail <= 0xfc;
    case 'Big5':
      return lead >= 0xa1 && trail >= 0x40 && (trail < 0x7f || trail > 0xa0);
    case 'GB18030':
      return trail >= 0x40;
  }
}

function isHigh(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80;
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
