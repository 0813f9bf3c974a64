import type { DelimitedTokenizer } from '../../core/intake/delimited-tokenizer.ts';
import type { Dialect } from '../../core/intake/dialect.ts';
import type { IntakeLimits } from '../../core/model/connector.ts';
import { BadInput, limitHint, renderBytes } from './bad-input.ts';
import { locateOffsets, type TextPosition } from './text-position.ts';
import type { TextSource } from './text-source.ts';

/** Where a row of text stands that cannot be read, and what bounds it. */
export interface RowPlace {
  readonly row: DelimitedTokenizer;
  readonly source: TextSource;
  readonly dialect: Dialect;
  readonly limits: IntakeLimits;
}

export function emptyInput(label: string): BadInput {
  return new BadInput('EmptyInput', `${label} holds no header and no rows`, {
    file: label,
    hint: 'send a file whose first line names the columns',
  });
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

/** More headers than there may be columns. */
export async function tooManyColumns(place: RowPlace): Promise<BadInput> {
  const { source, limits } = place;
  return new BadInput('TooManyColumns', `${source.label} has more than ${limits.columns} columns`, {
    file: source.label,
    ...(await locateField(place, 0)),
    ...limitHint('columns', 'check the delimiter, split the file'),
  });
}

/** A cell (from 0) beyond the limit of its length. */
export async function cellTooLong(place: RowPlace, cell: number): Promise<BadInput> {
  const { source, limits } = place;
  const position = await locateField(place, cell);
  return new BadInput(
    'CellTooLong',
    `${source.label}:${position.line}:${position.column}: this cell is longer than ${renderBytes(limits.cellBytes)}`,
    { file: source.label, ...position, ...limitHint('cellBytes', 'check the quotes of the file') },
  );
}

/** A row that has no end: a quote that is not closed, or more text than a row may have. */
export async function endlessRow({ row, source, dialect, limits }: RowPlace): Promise<BadInput> {
  const isUnclosed = row.unclosedOffset >= 0;
  const position = await locateOne(source, dialect.skipBytes + (isUnclosed ? row.unclosedOffset : row.rowOffset));
  const place = `${source.label}:${position.line}:${position.column}`;
  const detail = { file: source.label, ...position };
  if (isUnclosed) {
    const until = row.oversized ? `within ${renderBytes(limits.rowBytes)}` : 'by the end of the file';
    return new BadInput('UnclosedQuote', `${place}: the quote that opens here is not closed ${until}`, {
      ...detail,
      hint: `close it, or double it (${dialect.quote.repeat(2)}) if it belongs to the text`,
    });
  }
  return new BadInput('RowTooLong', `${place}: this row is longer than ${renderBytes(limits.rowBytes)}`, {
    ...detail,
    ...limitHint('rowBytes', 'check the delimiter and the line ends of the file'),
  });
}

/** Where a field (from 0) of the row begins. */
export async function locateField({ row, source, dialect }: RowPlace, field: number): Promise<TextPosition> {
  return locateOne(source, dialect.skipBytes + row.rowOffset + (row.starts[field] ?? 0));
}

async function locateOne(source: TextSource, offset: number): Promise<TextPosition> {
  return (await locateOffsets(source, [offset])).get(offset) ?? { line: 1, column: 1 };
}
