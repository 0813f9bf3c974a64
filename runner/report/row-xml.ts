import {
  cellText,
  decimalsOf,
  escapeCellText,
  needsQuotePrefix,
  serialOfDate,
  serialOfDateTime,
} from '../../core/report/cells.ts';
import type { VariableType, VariableValue } from '../../core/model/connector.ts';
import { renderValue } from '../../core/report/text.ts';
import { wrappedLines } from '../../core/report/widths.ts';
import { quotedStyleIndex, styleIndex, type StyleName } from './styles.ts';

/** The widest sheet of Excel. */
export const MAX_COLUMNS = 16_384;

const TEXT = styleIndex('text');
const WRAPPED = styleIndex('wrapped');
const BOOLEAN = styleIndex('boolean');
const DATE = styleIndex('date');
const DATE_TIME = styleIndex('dateTime');
const DATE_TIME_MS = styleIndex('dateTimeMs');
const DECIMALS = Array.from({ length: 16 }, (_, decimals) => styleIndex(`decimals${decimals}`));

/** The letters of a column, from 0: A, B, … Z, AA. */
export function columnName(index: number): string {
  let name = '';
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

export const LINE_POINTS = 15;
/** Rows stay low enough to scroll through. */
const MOST_LINES = 14;

const LETTERS: string[] = [];

function letters(index: number): string {
  while (LETTERS.length <= index) LETTERS.push(columnName(LETTERS.length));
  return LETTERS[index] ?? columnName(index);
}

/** Writes one row of a sheet as XML, cell by cell from the left. Used again for every row: a workbook has millions. */
export class RowXml {
  #xml = '';
  #row = 0;
  #column = 0;
  #heightPoints: number | undefined;
  #lines = 1;

  begin(row: number, heightPoints?: number): this {
    this.#row = row;
    this.#column = 0;
    this.#xml = '';
    this.#heightPoints = heightPoints;
    this.#lines = 1;
    return this;
  }

  /** The finished row. */
  end(): string {
    // Not every program fits the height of rows to wrapped text when it opens a file.
    const height =
      this.#heightPoints ?? (this.#lines > 1 ? Math.min(this.#lines, MOST_LINES) * LINE_POINTS : undefined);
    const attributes = height === undefined ? '' : ` ht="${height}" customHeight="1"`;
    return `<row r="${this.#row}"${attributes}>${this.#xml}</row>`;
  }

  /** The column that the next cell takes, from 0. */
  get column(): number {
    return this.#column;
  }

  skip(cells = 1): this {
    this.#column += cells;
    return this;
  }

  styled(text: string | null, style: StyleName): this {
    return this.text(text, styleIndex(style));
  }

  /** An empty cell that shows its style. */
  blank(style: StyleName): this {
    this.#cell(styleIndex(style), '', '');
    return this;
  }

  /** Text is text, whatever it looks like: never a formula. Blank leaves the cell out. */
  text(text: string | null, style = TEXT): this {
    if (text === null || text === '') return this.skip();
    const clean = cellText(text);
    if (clean === '') return this.skip();
    const preserve = clean.charCodeAt(0) <= 32 || clean.charCodeAt(clean.length - 1) <= 32;
    this.#cell(
      needsQuotePrefix(clean) ? quotedStyleIndex(style) : style,
      ' t="inlineStr"',
      `<is><t${preserve ? ' xml:space="preserve"' : ''}>${escapeCellText(clean)}</t></is>`,
    );
    return this;
  }

  /** Text wrapped in a column of so many characters; the row grows with it. */
  wrapped(text: string, width: number): this {
    if (text === '') return this.skip();
    this.#lines = Math.max(this.#lines, wrappedLines(text, width));
    return this.text(text, WRAPPED);
  }

  /** `value` is a number or the digits of one. */
  number(value: number | string, style: number): this {
    this.#cell(style, '', `<v>${value}</v>`);
    return this;
  }

  /** Decimal text as a number where Excel keeps every digit, else as text. */
  decimal(text: string): this {
    const decimals = decimalsOf(text);
    return decimals === null ? this.text(text) : this.number(text, DECIMALS[decimals] ?? TEXT);
  }

  date(text: string): this {
    const serial = serialOfDate(text);
    return serial === null ? this.text(text) : this.number(serial, DATE);
  }

  dateTime(text: string): this {
    const time = serialOfDateTime(text);
    return time === null ? this.text(text) : this.number(time.serial, time.hasFraction ? DATE_TIME_MS : DATE_TIME);
  }

  boolean(value: boolean): this {
    this.#cell(BOOLEAN, ' t="b"', `<v>${value ? 1 : 0}</v>`);
    return this;
  }

  /** The value of a variable (canonical text) as the kind of cell that its type deserves. */
  value(value: VariableValue, type: VariableType): this {
    if (value === null) return this.skip();
    if (typeof value !== 'string') return this.#plain(renderValue(value) ?? '');
    switch (type) {
      case 'Number':
        return this.decimal(value);
      case 'Date':
        return this.date(value);
      case 'DateTime':
        return this.dateTime(value);
      case 'Boolean':
        return value === 'true' || value === 'false' ? this.boolean(value === 'true') : this.text(value);
      default:
        return this.#plain(value);
    }
  }

  #plain(value: string): this {
    const lineBreak = value.indexOf('\n');
    return lineBreak < 0 ? this.text(value) : this.wrapped(value, value.length);
  }

  #cell(style: number, type: string, content: string): void {
    if (this.#column >= MAX_COLUMNS) return;
    this.#xml += `<c r="${letters(this.#column)}${this.#row}"${style === 0 ? '' : ` s="${style}"`}${type}${content === '' ? '/>' : `>${content}</c>`}`;
    this.#column++;
  }
}
