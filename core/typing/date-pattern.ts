/** Parts of a date-time text. `fraction` has the digits after the seconds, `offset` is `Z`, `UTC` or `±hh[:mm]`. */
export type TimePart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'meridiem' | 'offset';

type PatternToken = { readonly part: TimePart; readonly padded: boolean } | { readonly literal: string };

/** A parsed pattern: what renders and what reads. */
export interface DatePattern {
  readonly tokens: readonly PatternToken[];
  /** A regular expression in the syntax that RE2 and ECMAScript share, anchored at both ends. */
  readonly source: string;
  /** The part that each group of `source` holds, in order. */
  readonly groups: readonly TimePart[];
}

const STRFTIME: Readonly<Record<string, PatternToken>> = {
  Y: { part: 'year', padded: true },
  m: { part: 'month', padded: true },
  d: { part: 'day', padded: true },
  e: { part: 'day', padded: false },
  H: { part: 'hour', padded: true },
  I: { part: 'hour', padded: true },
  M: { part: 'minute', padded: true },
  S: { part: 'second', padded: true },
  f: { part: 'fraction', padded: true },
  p: { part: 'meridiem', padded: true },
  z: { part: 'offset', padded: true },
  '%': { literal: '%' },
};
const WORDS: readonly (readonly [RegExp, PatternToken])[] = [
  [/^(?:YYYY|yyyy)/, { part: 'year', padded: true }],
  [/^MM/, { part: 'month', padded: true }],
  [/^M/, { part: 'month', padded: false }],
  [/^(?:DD|dd)/, { part: 'day', padded: true }],
  [/^(?:D|d)/, { part: 'day', padded: false }],
  [/^(?:HH|hh)/, { part: 'hour', padded: true }],
  [/^(?:H|h)/, { part: 'hour', padded: false }],
  [/^mm/, { part: 'minute', padded: true }],
  [/^ss/, { part: 'second', padded: true }],
  [/^S{1,9}/, { part: 'fraction', padded: true }],
  [/^[Aa]/, { part: 'meridiem', padded: true }],
  [/^Z/, { part: 'offset', padded: true }],
];

const OFFSET = '(Z|z|UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)';
const MERIDIEM = '([AaPp])\\.?[Mm]\\.?';
const FRACTION = '([0-9]+)';
/** A time of day after a date, all of it optional. */
export const TIME_SUFFIX =
  `(?:(?:[Tt]| +)([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]${FRACTION})?)?` +
  `(?: ?${MERIDIEM})?(?: ?${OFFSET})?)?`;
export const TIME_SUFFIX_GROUPS: readonly TimePart[] = ['hour', 'minute', 'second', 'fraction', 'meridiem', 'offset'];

/** Parses `DD.MM.YYYY`, `YYYY-MM-DDTHH:mm:ssZ` or `%Y-%m-%d`. Returns the fault as a text where it is none. */
export function parseDatePattern(pattern: string): DatePattern | string {
  const tokens = pattern.includes('%') ? strftimeTokens(pattern) : wordTokens(pattern);
  if (typeof tokens === 'string') return tokens;
  const parts = tokens.flatMap((token) => ('part' in token ? [token.part] : []));
  const twice = parts.find((part, index) => parts.indexOf(part) !== index);
  if (twice !== undefined) return `the pattern '${pattern}' names the ${twice} twice`;
  for (const part of ['year', 'month', 'day'] as const) {
    if (!parts.includes(part)) return `the pattern '${pattern}' has no ${part}`;
  }
  if (parts.includes('minute') && !parts.includes('hour')) return `the pattern '${pattern}' has minutes without hours`;
  if (parts.includes('second') && !parts.includes('minute'))
    return `the pattern '${pattern}' has seconds without minutes`;
  if (parts.includes('fraction') && !parts.includes('second'))
    return `the pattern '${pattern}' has a fraction without seconds`;
  return { tokens, ...patternSource(tokens) };
}

function wordTokens(pattern: string): PatternToken[] | string {
  const tokens: PatternToken[] = [];
  let rest = pattern;
  while (rest !== '') {
    const found = WORDS.find(([word]) => word.test(rest));
    const text = found === undefined ? rest.charAt(0) : (found[0].exec(rest)?.[0] ?? '');
    if (found !== undefined) tokens.push(found[1]);
    else if (/^[T .,:/_-]$/.test(text)) tokens.push({ literal: text });
    else return `the pattern '${pattern}' has '${text}', which is none of YYYY MM DD HH mm ss SSS A Z or a separator`;
    rest = rest.slice(text.length);
  }
  return tokens;
}

function strftimeTokens(pattern: string): PatternToken[] | string {
  const tokens: PatternToken[] = [];
  for (const [text, flag, letter] of pattern.matchAll(/%(-?)(.)|[^%]|%$/gsu)) {
    if (letter === undefined) {
      if (text === '%') return `the pattern '${pattern}' ends in %`;
      tokens.push({ literal: text });
      continue;
    }
    const token = STRFTIME[letter];
    if (token === undefined)
      return `the pattern '${pattern}' has ${text}, which is none of %Y %m %d %e %H %I %M %S %f %p %z`;
    tokens.push('part' in token && flag === '-' ? { part: token.part, padded: false } : token);
  }
  return tokens;
}

function patternSource(tokens: readonly PatternToken[]): Pick<DatePattern, 'source' | 'groups'> {
  const groups: TimePart[] = [];
  let source = '';
  tokens.forEach((token, index) => {
    if ('literal' in token) {
      source += token.literal === ' ' ? ' +' : token.literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
      return;
    }
    const glued = [tokens[index - 1], tokens[index + 1]].some((next) => next !== undefined && 'part' in next);
    groups.push(token.part);
    source += partSource(token.part, glued);
    if (token.part === 'second' && !tokens.some((other) => 'part' in other && other.part === 'fraction')) {
      groups.push('fraction');
      source += `(?:[.,]${FRACTION})?`;
    }
  });
  const withTime = groups.includes('hour');
  if (!withTime) {
    groups.push(...TIME_SUFFIX_GROUPS);
    source += TIME_SUFFIX;
  } else if (!groups.includes('offset')) {
    groups.push('offset');
    source += `(?: ?${OFFSET})?`;
  }
  return { source: `^${source}$`, groups };
}

/** One or two digits are read where a separator ends the part; exactly two where another part touches it. */
function partSource(part: TimePart, glued: boolean): string {
  switch (part) {
    case 'year':
      return '([0-9]{4})';
    case 'fraction':
      return FRACTION;
    case 'meridiem':
      return MERIDIEM;
    case 'offset':
      return OFFSET;
    default:
      return glued ? '([0-9]{2})' : '([0-9]{1,2})';
  }
}
