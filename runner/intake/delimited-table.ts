import { cleanHeader, cleanHeaders } from '../../core/intake/clean-name.ts';
import { DelimitedTokenizer, isBlankLine } from '../../core/intake/delimited-tokenizer.ts';
import type { Dialect } from '../../core/intake/dialect.ts';
import type { TextShape } from '../../core/model/stages.ts';
import type { IntakeLimits } from '../../core/model/connector.ts';
import { cellTooLong, emptyInput, endlessRow, headerClash, locateField, tooManyColumns } from './delimited-faults.ts';
import type { RowPlace } from './delimited-faults.ts';
import { newTallies, reportTallies, tally } from './delimited-tallies.ts';
import type { IntakeWarnings } from './intake-warnings.ts';
import { TableFile } from './table-file.ts';
import { newDamage } from './text-decoding.ts';
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

/** A table that was written, before it has the name under which the script knows it. */
export interface UnboundTable extends WrittenTable {
  readonly sourceName: string;
  readonly page: number;
}

/**
 * Reads delimited text into the table file `path`. The first line that is not blank is the header. Short rows are padded
 * with NULL; values beyond the header and blank lines are dropped and counted. Throws `BadInput`.
 */
export async function writeDelimitedTable(
  source: TextSource,
  dialect: Dialect,
  path: string,
  options: { trim: boolean; limits: IntakeLimits; warnings: IntakeWarnings },
): Promise<WrittenTable> {
  const { limits } = options;
  const tokenizer = new DelimitedTokenizer({
    delimiter: dialect.delimiter.charCodeAt(0),
    quote: dialect.quote.charCodeAt(0),
    maxFields: limits.columns + 1,
    maxRowBytes: limits.rowBytes,
  });
  const tallies = newTallies();
  const place: RowPlace = { row: tokenizer, source, dialect, limits };
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
          header = await readHeader(place);
          tokenizer.limitFields(header.columns.length);
          continue;
        }
        tally(tallies.extra, tokenizer.extraValues, tokenizer.extraOffset);
        if (tokenizer.fields < header.columns.length) tally(tallies.short, 1, tokenizer.rowOffset);
        const long = longCell(tokenizer, limits.cellBytes);
        if (long >= 0) throw await cellTooLong(place, long);
        encodeRow(file, tokenizer, (tallies.rows += 1), header.columns.length, options.trim);
        if (file.isFull) await file.flush();
      }
      if (tokenizer.oversized || tokenizer.unclosedOffset >= 0) break;
    }
    await file.flush();
  } finally {
    await file.close();
  }
  if (tokenizer.oversized || tokenizer.unclosedOffset >= 0) throw await endlessRow(place);
  if (header === null) throw emptyInput(source.label);
  await reportTallies(source, dialect.skipBytes, tallies, damage, options.warnings);
  if (header.renamed > 0) {
    options.warnings.add('HeadersRenamed', header.renamed, 'empty or repeated headers renamed', source.label);
  }
  const { delimiter, skipBytes } = dialect;
  const written = {
    delimiter,
    // Text is written as UTF-8: the mark says so where the connector, or a guess, would say something else.
    hasByteOrderMark: source.hasByteOrderMark || source.encoding !== 'UTF-8',
    hasSeparatorLine: skipBytes > 0,
  };
  return { columns: header.columns, headers: header.headers, written, rows: tallies.rows };
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

/** The first cell that is longer than `most` bytes, or -1. */
function longCell({ ends, count }: DelimitedTokenizer, most: number): number {
  // Most rows are shorter as a whole.
  if (count === 0 || (ends[count - 1] ?? 0) <= most) return -1;
  return ends.subarray(0, count).findIndex((end, index) => end - (ends[index - 1] ?? 0) > most);
}

async function readHeader(place: RowPlace): Promise<Header> {
  const { row, source, limits } = place;
  if (row.count > limits.columns) throw await tooManyColumns(place);
  const long = longCell(row, limits.cellBytes);
  if (long >= 0) throw await cellTooLong(place, long);
  const headers = Array.from(row.ends.subarray(0, row.count), (end, index) =>
    Buffer.from(row.bytes.subarray(row.ends[index - 1] ?? 0, end)).toString('utf8'),
  );
  const named = cleanHeaders(headers);
  if (named.kind === 'Clash') throw headerClash(source.label, headers, named, await locateField(place, named.second));
  return { headers, columns: named.names, renamed: countRenamed(headers, named.names) };
}

/** Headers that could not keep their own cleaned name: empty or repeated. */
export function countRenamed(headers: readonly string[], names: readonly string[]): number {
  return names.filter((name, index) => name !== cleanHeader(headers[index] ?? '')).length;
}
