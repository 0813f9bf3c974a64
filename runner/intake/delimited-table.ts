import { cleanHeader, cleanHeaders } from '../../core/intake/clean-name.ts';
import { DelimitedTokenizer, isBlankLine } from '../../core/intake/delimited-tokenizer.ts';
import type { Dialect } from '../../core/intake/dialect.ts';
import type { TextShape } from '../../core/model/stages.ts';
import { BadInput } from './bad-input.ts';
import type { IntakeWarnings } from './intake-warnings.ts';
import { INTAKE_LIMITS } from './limits.ts';
import { TableFile } from './table-file.ts';
import { locateOffsets } from './text-position.ts';
import type { TextPosition } from './text-position.ts';
import { newDamage } from './text-source.ts';
import type { TextSource } from './text-source.ts';

/** What stands in a table file once it is written. */
export interface WrittenTable {
  readonly columns: readonly string[];
  /** As the file has them. */
  readonly headers: readonly string[];
  /** Null where the table was no text file. */
  readonly written: TextShape | null;
  readonly rows: number;
}

interface Tally {
  count: number;
  /** Of the first, in bytes of the text; -1: none. */
  offset: number;
}

interface Tallies {
  rows: number;
  readonly blank: Tally;
  readonly extra: Tally;
  readonly misplaced: Tally;
}

/**
 * Reads delimited text into the table file `path`. The first line that is not blank is the header. Short rows are padded
 * with NULL; values beyond the header and blank lines are dropped and counted. Throws `BadInput`.
 */
export async function writeDelimitedTable(
  source: TextSource,
  dialect: Dialect,
  path: string,
  options: { trim: boolean; warnings: IntakeWarnings },
): Promise<WrittenTable> {
  const tokenizer = new DelimitedTokenizer({
    delimiter: dialect.delimiter.charCodeAt(0),
    quote: dialect.quote.charCodeAt(0),
    maxFields: INTAKE_LIMITS.columns + 1,
    maxRowBytes: INTAKE_LIMITS.rowBytes,
  });
  const tallies: Tallies = { rows: 0, blank: newTally(), extra: newTally(), misplaced: newTally() };
  const damage = newDamage();
  const file = await TableFile.create(path);
  let header: Header | null = null;
  try {
    for await (const chunk of inChunksAndEnd(source.open(damage), dialect.skipBytes)) {
      if (chunk === null) tokenizer.end();
      else tokenizer.feed(chunk);
      while (tokenizer.next()) {
        if (isBlankLine(tokenizer, options.trim)) {
          tally(tallies.blank, 1, tokenizer.rowOffset);
          continue;
        }
        tally(tallies.misplaced, tokenizer.misplacedQuotes, tokenizer.misplacedOffset);
        if (header === null) {
          header = await readHeader(tokenizer, source, dialect);
          tokenizer.limitFields(header.columns.length);
          continue;
        }
        tally(tallies.extra, tokenizer.extraValues, tokenizer.extraOffset);
        encodeRow(file, tokenizer, (tallies.rows += 1), header.columns.length, options.trim);
        if (file.isFull) await file.flush();
      }
      if (tokenizer.oversized || tokenizer.unclosedOffset >= 0) break;
    }
    await file.flush();
  } finally {
    await file.close();
  }
  if (tokenizer.oversized || tokenizer.unclosedOffset >= 0) throw await rowFault(tokenizer, source, dialect);
  if (header === null) throw emptyInput(source.label);
  await reportTallies(source, dialect, tallies, damage, options.warnings);
  if (header.renamed > 0) {
    options.warnings.add('HeadersRenamed', header.renamed, 'empty or repeated headers renamed', source.label);
  }
  const { delimiter, skipBytes } = dialect;
  const written = { delimiter, hasByteOrderMark: source.hasByteOrderMark, hasSeparatorLine: skipBytes > 0 };
  return { columns: header.columns, headers: header.headers, written, rows: tallies.rows };
}

export function emptyInput(label: string): BadInput {
  return new BadInput('EmptyInput', `${label} holds no header and no rows`, {
    file: label,
    hint: 'send a file whose first line names the columns',
  });
}

function newTally(): Tally {
  return { count: 0, offset: -1 };
}

function tally(into: Tally, count: number, offset: number): void {
  if (count === 0) return;
  if (into.offset < 0) into.offset = offset;
  into.count += count;
}

/** Skips the separator line, and says by null that the text has ended. */
async function* inChunksAndEnd(chunks: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<Uint8Array | null> {
  let left = skip;
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) yield skipped === 0 ? chunk : chunk.subarray(skipped);
  }
  yield null;
}

function encodeRow(file: TableFile, row: DelimitedTokenizer, number: number, columns: number, trim: boolean): void {
  const { encoder } = file;
  const { bytes, ends, count } = row;
  encoder.integer(number);
  let begin = 0;
  for (let column = 0; column < count; column += 1) {
    const end = ends[column] ?? begin;
    encoder.cell(bytes, begin, end, trim);
    begin = end;
  }
  for (let column = count; column < columns; column += 1) encoder.nil();
  encoder.endRow();
}

interface Header {
  readonly headers: readonly string[];
  readonly columns: readonly string[];
  readonly renamed: number;
}

async function readHeader(row: DelimitedTokenizer, source: TextSource, dialect: Dialect): Promise<Header> {
  const at = async (field: number): Promise<TextPosition> =>
    locateOne(source, dialect.skipBytes + row.rowOffset + (row.starts[field] ?? 0));
  if (row.count > INTAKE_LIMITS.columns) {
    throw new BadInput('TooManyColumns', `${source.label} has more than ${INTAKE_LIMITS.columns} columns`, {
      file: source.label,
      ...(await at(0)),
      hint: 'check the delimiter, or split the file',
    });
  }
  const headers = Array.from(row.ends.subarray(0, row.count), (end, index) =>
    Buffer.from(row.bytes.subarray(row.ends[index - 1] ?? 0, end)).toString('utf8'),
  );
  const named = cleanHeaders(headers);
  if (named.kind === 'Clash') throw headerClash(source.label, headers, named, await at(named.second));
  return { headers, columns: named.names, renamed: countRenamed(headers, named.names) };
}

/** Headers that could not keep their own cleaned name: empty or repeated. */
export function countRenamed(headers: readonly string[], names: readonly string[]): number {
  return names.filter((name, index) => name !== cleanHeader(headers[index] ?? '')).length;
}

/** Two headers that end in one column name. */
export function headerClash(
  label: string,
  headers: readonly string[],
  clash: { readonly first: number; readonly second: number; readonly name: string },
  position: TextPosition,
): BadInput {
  const { first, second, name } = clash;
  return new BadInput(
    'HeaderClash',
    `${label}:${position.line}:${position.column}: the headers ${JSON.stringify(headers[first])} (column ${first + 1}) and ` +
      `${JSON.stringify(headers[second])} (column ${second + 1}) both become the column ${name}`,
    { file: label, ...position, hint: 'rename one of them' },
  );
}

async function locateOne(source: TextSource, offset: number): Promise<TextPosition> {
  return (await locateOffsets(source, [offset])).get(offset) ?? { line: 1, column: 1 };
}

async function rowFault(row: DelimitedTokenizer, source: TextSource, dialect: Dialect): Promise<BadInput> {
  const isUnclosed = row.unclosedOffset >= 0;
  const position = await locateOne(source, dialect.skipBytes + (isUnclosed ? row.unclosedOffset : row.rowOffset));
  const place = `${source.label}:${position.line}:${position.column}`;
  const detail = { file: source.label, ...position };
  if (isUnclosed) {
    const until = row.oversized ? `within ${INTAKE_LIMITS.rowBytes / 1024 / 1024} MiB` : 'by the end of the file';
    return new BadInput('UnclosedQuote', `${place}: the quote that opens here is not closed ${until}`, {
      ...detail,
      hint: `close it, or double it (${dialect.quote.repeat(2)}) if it belongs to the text`,
    });
  }
  return new BadInput('RowTooLong', `${place}: this row is longer than ${INTAKE_LIMITS.rowBytes / 1024 / 1024} MiB`, {
    ...detail,
    hint: 'check the delimiter and the line ends of the file',
  });
}

async function reportTallies(
  source: TextSource,
  dialect: Dialect,
  tallies: Tallies,
  damage: { replaced: number; firstOffset: number },
  warnings: IntakeWarnings,
): Promise<void> {
  const { blank, extra, misplaced } = tallies;
  const shift = dialect.skipBytes;
  const offsets = [blank, extra, misplaced].filter(({ count }) => count > 0).map(({ offset }) => offset + shift);
  const positions = await locateOffsets(source, [...offsets, damage.firstOffset]);
  const place = (offset: number): string => {
    const position = positions.get(offset);
    return position === undefined ? source.label : `${source.label}:${position.line}:${position.column}`;
  };
  if (source.isGuessed) {
    warnings.add('EncodingGuessed', 1, `files that are not UTF-8, read as ${source.encoding}`, source.label);
  }
  const replaced = 'byte sequences that are no text, replaced by U+FFFD';
  warnings.add('InvalidBytesReplaced', damage.replaced, replaced, place(damage.firstOffset));
  warnings.add('BlankRowsDropped', blank.count, 'blank rows dropped', place(blank.offset + shift));
  warnings.add('ExtraValuesDropped', extra.count, 'values beyond the header dropped', place(extra.offset + shift));
  const stray = 'quotes closed before the end of their value, the text after them kept';
  warnings.add('MisplacedQuotes', misplaced.count, stray, place(misplaced.offset + shift));
}
