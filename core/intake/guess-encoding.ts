import { ALPHABETS, SCRIPT_LETTERS, WESTERN, type Region } from './alphabets.ts';
import { scoreDoubleBytes } from './double-byte-text.ts';

/** Encodings of one byte a letter, by the letters that text in them is made of; where two fit alike the earlier one. */
const SINGLE_BYTE: readonly (readonly [encoding: string, region: Region])[] = [
  ['Windows-1252', 'Western'],
  ['Windows-1250', 'Central'],
  ['Windows-1255', 'Hebrew'],
  ['Windows-1251', 'Cyrillic'],
  ['Windows-1253', 'Greek'],
  ['Windows-1254', 'Turkish'],
  ['Windows-1256', 'Arabic'],
  ['Windows-1257', 'Baltic'],
  ['KOI8-R', 'Cyrillic'],
  ['IBM866', 'Cyrillic'],
  ['macintosh', 'Western'],
];
const DOUBLE_BYTE = ['Shift_JIS', 'EUC-JP', 'EUC-KR', 'GB18030', 'Big5'] as const;

/** What another encoding has to be better by, before it is believed instead of the one that is met most. */
const MARGIN = 1.1;
/** Less than two letters in their words are no evidence. */
const LEAST = 1.5;
/** Fewer letters than this do not tell Hebrew from Cyrillic in small letters. */
const ENOUGH_HEBREW = 8;
const LATIN: ReadonlySet<Region> = new Set(['Western', 'Central', 'Baltic', 'Turkish']);
const TYPOGRAPHY = /[–—‘-„…€]/u;
const COMMON_SIGNS = /[\u00a0£§©«\u00ad®°-³µ·»-¿×•№™]/u;
const WORD = /[\p{L}\p{M}]+/gu;

/**
 * The encoding that makes the most sense of text that is not UTF-8, a label of the WHATWG Encoding Standard. `sample`
 * holds lines in which bytes from 0x80 stand. Reads them in each encoding that is met in files, and counts the letters
 * that stand where a language would put them: one script a word, capitals at its beginning, the letters of one alphabet.
 * Windows-1252 where nothing fits better.
 */
export function guessEncoding(sample: Uint8Array): string {
  let best = { encoding: 'Windows-1252', score: Math.max(0, scoreText(sample, 'Windows-1252', 'Western')) * MARGIN };
  const consider = (encoding: string, score: number): void => {
    if (score >= LEAST && score > best.score) best = { encoding, score };
  };
  for (const [encoding, region] of SINGLE_BYTE) consider(encoding, scoreText(sample, encoding, region));
  for (const encoding of DOUBLE_BYTE) consider(encoding, scoreDoubleBytes(sample, encoding));
  return best.encoding;
}

/** Letters and signs from outside ASCII that make sense, less those that make none. */
function scoreText(sample: Uint8Array, encoding: string, region: Region): number {
  const text = new TextDecoder(encoding).decode(sample);
  const letters = new Map<string, number>();
  let total = 0;
  let score = 0;
  for (const [word] of text.matchAll(WORD)) {
    const foreign = Array.from(word).filter((letter) => letter > '\u007f');
    if (foreign.length === 0) continue;
    if (!isPlausibleWord(word, foreign, region)) score -= foreign.length;
    // Few languages in Latin letters write most of a word with accents.
    else if (LATIN.has(region) && foreign.length > 2 && foreign.length > Array.from(word).length * 0.6) score -= 1;
    else if (word.length === 1) score += 0.3;
    else {
      total += foreign.length;
      for (const letter of foreign) letters.set(letter.toLowerCase(), (letters.get(letter.toLowerCase()) ?? 0) + 1);
    }
  }
  for (const [sign] of text.matchAll(/[^\p{L}\p{M}\p{ASCII}]/gu)) score += scoreSign(sign);
  // A sign within a word is a letter read wrong: `M³ller`.
  score -= [...text.matchAll(/\p{L}[^\p{L}\p{M}\p{ASCII}’·\u00ad–\u00a0]\p{L}/gu)].length * 2;
  score += scoreLetters(letters, region);
  return region === 'Hebrew' && total < ENOUGH_HEBREW ? score * 0.9 : score;
}

function isPlausibleWord(word: string, foreign: readonly string[], region: Region): boolean {
  const isOfScript = SCRIPT_LETTERS[region];
  if (!foreign.every((letter) => isOfScript.test(letter))) return false;
  const hasAscii = foreign.length < Array.from(word).length;
  if (region === 'Hebrew' || region === 'Arabic') return !hasAscii;
  if (/\p{Ll}\p{Lu}/u.test(word.replaceAll('ß', ''))) return false;
  return LATIN.has(region) || !hasAscii;
}

function scoreSign(sign: string): number {
  if (TYPOGRAPHY.test(sign)) return 1;
  return COMMON_SIGNS.test(sign) ? 0.6 : -1;
}

/** A letter counts whole in the language that explains most of the text, and for less in another one of the region. */
function scoreLetters(letters: ReadonlyMap<string, number>, region: Region): number {
  const alphabets = ALPHABETS[region];
  const common = region === 'Western' ? WESTERN : alphabets.join('');
  const count = (alphabet: string): number => {
    let sum = 0;
    for (const [letter, times] of letters) {
      if (alphabet.includes(letter)) sum += times;
      else sum += times * (common.includes(letter) ? 0.6 : 0.1);
    }
    return sum;
  };
  return Math.max(...alphabets.map(count));
}
