import { DelimitedTokenizer, isBlankLine } from './delimited-tokenizer.ts';

/** How a text file separates and quotes its values. Both are ASCII characters. */
export interface Dialect {
  readonly delimiter: string;
  readonly quote: '"' | "'";
  /** Bytes before the header that say the delimiter (`sep=;`), in the form Excel writes and reads. */
  readonly skipBytes: number;
}

const SAMPLE_ROWS = 200;
/** Where two delimiters explain the sample as well as each other, the rarer character in running text wins. */
const CANDIDATES = ['\t', ';', '|', ','];

interface SampleShape {
  readonly columns: number;
  /** Share of rows with as many fields as the header and no quote out of place, 0 to 1. */
  readonly consistency: number;
  /** Fields that hold a quote without being quoted: text, or a quoted field that this delimiter cuts apart. */
  readonly strayQuotes: number;
  readonly quotedFields: number;
  readonly isClearlyQuoted: boolean;
}

/**
 * Finds delimiter and quote from the first bytes of a file (UTF-8, without byte order mark). `isWhole` says whether the
 * sample is all of the file; otherwise its last row is left out. `declared` (one ASCII character) fixes the delimiter,
 * `preferred` wins ties.
 */
export function detectDialect(
  sample: Uint8Array,
  options: { isWhole: boolean; declared: string | null; preferred: string | null },
): Dialect {
  const said = readSeparatorLine(sample);
  const body = sample.subarray(said.bytes);
  const fixed = options.declared ?? said.delimiter;
  const candidates = fixed === null ? orderCandidates(options.preferred) : [fixed];
  let best: { delimiter: string; quote: '"' | "'"; shape: SampleShape } | null = null;
  for (const delimiter of candidates) {
    const { quote, shape } = detectQuote(body, delimiter, options.isWhole);
    if (best === null || isBetter(shape, best.shape)) best = { delimiter, quote, shape };
  }
  const isSplit = best !== null && (fixed !== null || best.shape.columns >= 2);
  const delimiter = best !== null && isSplit ? best.delimiter : (options.preferred ?? ',');
  return { delimiter, quote: best?.quote ?? '"', skipBytes: said.bytes };
}

function orderCandidates(preferred: string | null): string[] {
  return preferred === null ? CANDIDATES : [preferred, ...CANDIDATES.filter((candidate) => candidate !== preferred)];
}

function isBetter(shape: SampleShape, than: SampleShape): boolean {
  if (shape.columns < 2 || than.columns < 2) return shape.columns >= 2;
  if (shape.consistency !== than.consistency) return shape.consistency > than.consistency;
  if (shape.strayQuotes !== than.strayQuotes) return shape.strayQuotes < than.strayQuotes;
  return shape.columns > than.columns;
}

function detectQuote(
  sample: Uint8Array,
  delimiter: string,
  isWhole: boolean,
): { quote: '"' | "'"; shape: SampleShape } {
  const double = measure(sample, delimiter, '"', isWhole);
  if (double.quotedFields > 0) return { quote: '"', shape: double };
  const single = measure(sample, delimiter, "'", isWhole);
  return single.isClearlyQuoted ? { quote: "'", shape: single } : { quote: '"', shape: double };
}

/** `sep=;` alone on the first line. */
function readSeparatorLine(sample: Uint8Array): { delimiter: string | null; bytes: number } {
  const match = /^"?sep=([^\r\n"])"?(\r\n|\r|\n)/i.exec(String.fromCharCode(...sample.subarray(0, 10)));
  const delimiter = match?.[1] ?? null;
  return match === null || delimiter === null || delimiter > '~'
    ? { delimiter: null, bytes: 0 }
    : { delimiter, bytes: match[0].length };
}

function measure(sample: Uint8Array, delimiter: string, quote: string, isWhole: boolean): SampleShape {
  const tokenizer = new DelimitedTokenizer({
    delimiter: delimiter.charCodeAt(0),
    quote: quote.charCodeAt(0),
    maxFields: 10_000,
    maxRowBytes: sample.length + 1,
  });
  tokenizer.feed(sample);
  const rows: { fields: number; quoted: boolean[]; blank: boolean[]; isSound: boolean }[] = [];
  let misplaced = 0;
  let strayQuotes = 0;
  const take = (): void => {
    if (isBlankLine(tokenizer, true)) return;
    misplaced += tokenizer.misplacedQuotes;
    const quoted = Array.from(tokenizer.quoted.subarray(0, tokenizer.count), (flag) => flag === 1);
    const blank = Array.from(
      tokenizer.ends.subarray(0, tokenizer.count),
      (end, index) => end === (tokenizer.ends[index - 1] ?? 0),
    );
    strayQuotes += countStrayQuotes(tokenizer, quote);
    rows.push({ fields: tokenizer.fields, quoted, blank, isSound: tokenizer.misplacedQuotes === 0 });
  };
  while (rows.length < SAMPLE_ROWS && tokenizer.next()) take();
  if (rows.length < SAMPLE_ROWS && (isWhole || rows.length === 0)) {
    tokenizer.end();
    if (tokenizer.next()) take();
  }
  const columns = rows[0]?.fields ?? 0;
  const same = rows.filter((row) => row.isSound && row.fields === columns).length;
  const unclosed = tokenizer.unclosedOffset < 0 ? 0 : 1;
  return {
    columns,
    consistency: rows.length === 0 ? 0 : same / (rows.length + unclosed),
    strayQuotes,
    quotedFields: rows.reduce((sum, row) => sum + row.quoted.filter(Boolean).length, 0) + unclosed,
    isClearlyQuoted: misplaced === 0 && unclosed === 0 && hasQuotedColumn(rows),
  };
}

function countStrayQuotes({ bytes, ends, quoted, count }: DelimitedTokenizer, quote: string): number {
  let stray = 0;
  for (let field = 0; field < count; field += 1) {
    const text = bytes.subarray(ends[field - 1] ?? 0, ends[field]);
    if (quoted[field] !== 1 && text.includes(quote.charCodeAt(0))) stray += 1;
  }
  return stray;
}

/** All of the header quoted, or a column in which every value is and there are at least two. */
function hasQuotedColumn(rows: readonly { quoted: boolean[]; blank: boolean[] }[]): boolean {
  const header = rows[0];
  if (header === undefined) return false;
  if (header.quoted.every(Boolean)) return true;
  const data = rows.slice(1);
  return header.quoted.some((_, column) => {
    const filled = data.filter((row) => row.quoted[column] === true || row.blank[column] === false);
    return filled.length >= 2 && filled.every((row) => row.quoted[column] === true);
  });
}
