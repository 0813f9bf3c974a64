import { decimalsOf, hasFraction, serialOfDate, serialOfDateTime } from '../../core/report/cell-values.ts';
import { cellText, escapeCellText, MAX_CELL_TEXT, needsQuotePrefix } from '../../core/report/cells.ts';
import type { VariableType, VariableValue } from '../../core/model/connector.ts';
import { renderValue } from '../../core/report/text.ts';
import { wrappedLines } from '../../core/report/widths.ts';
import { isPlainText } from './byte-classes.ts';
import { quotedStyleIndex, styleIndex, type StyleName } from './styles.ts';
import type { TextBytes } from './text-bytes.ts';

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

/** The bytes that a cell begins with, by column and by style: made once, since a workbook has millions. */
class Bytes {
  readonly #made: Buffer[] = [];
  readonly #make: (index: number) => string;

  constructor(make: (index: number) => string) {
    this.#make = make;
  }

  of(index: number): Buffer {
    return (this.#made[index] ??= Buffer.from(this.#make(index)));
  }
}

const styled = (style: number, rest: string): string => `"${style === 0 ? '' : ` s="${style}"`}${rest}`;
const CELL = new Bytes((column) => `<c r="${columnName(column)}`);
const BLANK_CELL = new Bytes((style) => styled(style, '/>'));
const NUMBER_CELL = new Bytes((style) => styled(style, '><v>'));
const BOOLEAN_CELL = new Bytes((style) => styled(style, ' t="b"><v>'));
const TEXT_CELL = new Bytes((style) => styled(style, ' t="inlineStr"><is><t>'));
const SPACED_CELL = new Bytes((style) => styled(style, ' t="inlineStr"><is><t xml:space="preserve">'));
const VALUE_END = Buffer.from('</v></c>');
const TEXT_END = Buffer.from('</t></is></c>');
const ROW_END = Buffer.from('</row>');
/** More than all of a cell but its value. */
const CELL_BYTES = 128;

/** Whether a text begins or ends with what readers of XML leave out unless they are told not to. */
const isSpaced = (first: number, last: number): boolean => first <= 32 || last <= 32;

/**
 * Writes rows of a sheet as XML, cell by cell from the left. One of it writes all the rows: a workbook has millions, so that
 * they go straight into bytes.
 */
export class RowXml {
  readonly #xml: TextBytes;
  /** The digits of the row's number, which every reference has. */
  #digits: Buffer = Buffer.alloc(0);
  #column = 0;
  #isHeightSet = false;
  #attributesAt = 0;
  #lines = 1;

  constructor(xml: TextBytes) {
    this.#xml = xml;
  }

  begin(row: number, heightPoints?: number): this {
    const digits = String(row);
    this.#digits = Buffer.from(digits, 'latin1');
    this.#column = 0;
    this.#lines = 1;
    this.#isHeightSet = heightPoints !== undefined;
    this.#xml.reserve(CELL_BYTES);
    this.#xml.ascii('<row r="');
    this.#xml.ascii(digits);
    this.#xml.ascii('"');
    this.#attributesAt = this.#xml.length;
    if (heightPoints !== undefined) this.#xml.ascii(renderHeight(heightPoints));
    this.#xml.ascii('>');
    return this;
  }

  end(): void {
    // Not every program fits the height of rows to wrapped text when it opens a file.
    if (this.#lines > 1 && !this.#isHeightSet) {
      this.#xml.insert(renderHeight(Math.min(this.#lines, MOST_LINES) * LINE_POINTS), this.#attributesAt);
    }
    this.#xml.reserve(ROW_END.length);
    this.#xml.copy(ROW_END);
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
    this.#open(BLANK_CELL.of(styleIndex(style)), 0);
    return this;
  }

  /** Text is text, whatever it looks like: never a formula. Blank leaves the cell out. */
  text(text: string | null, style = TEXT): this {
    const clean = text === null || text === '' ? '' : cellText(text);
    if (clean === '') return this.skip();
    const first = clean.charCodeAt(0);
    const cells = isSpaced(first, clean.charCodeAt(clean.length - 1)) ? SPACED_CELL : TEXT_CELL;
    if (this.#open(cells.of(needsQuotePrefix(first) ? quotedStyleIndex(style) : style), 0)) {
      this.#xml.text(escapeCellText(clean));
      this.#xml.reserve(TEXT_END.length);
      this.#xml.copy(TEXT_END);
    }
    return this;
  }

  /** As text, of UTF-8 bytes. False, and nothing written, where the bytes cannot stand in a cell as they are. */
  plainText(source: Buffer, from: number, to: number, style = TEXT): boolean {
    if (from === to) {
      this.#column += 1;
      return true;
    }
    if (to - from > MAX_CELL_TEXT || !isPlainText(source, from, to)) return false;
    const first = source[from] ?? 0;
    const cells = isSpaced(first, source[to - 1] ?? 0) ? SPACED_CELL : TEXT_CELL;
    if (this.#open(cells.of(needsQuotePrefix(first) ? quotedStyleIndex(style) : style), to - from)) {
      this.#xml.copy(source, from, to);
      this.#xml.copy(TEXT_END);
    }
    return true;
  }

  /** Text wrapped in a column of so many characters; the row grows with it. */
  wrapped(text: string, width: number): this {
    if (text === '') return this.skip();
    this.#lines = Math.max(this.#lines, wrappedLines(text, width));
    return this.text(text, WRAPPED);
  }

  /** `value` is a number or the digits of one. */
  number(value: number | string, style: number): this {
    const digits = String(value);
    if (this.#open(NUMBER_CELL.of(style), digits.length)) {
      this.#xml.ascii(digits);
      this.#xml.copy(VALUE_END);
    }
    return this;
  }

  boolean(value: boolean): this {
    if (this.#open(BOOLEAN_CELL.of(BOOLEAN), 1)) {
      this.#xml.ascii(value ? '1' : '0');
      this.#xml.copy(VALUE_END);
    }
    return this;
  }

  /** The value of a variable (canonical text) as the kind of cell that its type deserves. */
  value(value: VariableValue, type: VariableType): this {
    if (value === null) return this.skip();
    const text = typeof value === 'string' ? value : (renderValue(value) ?? '');
    if (typeof value === 'string' && value !== '') {
      const bytes = Buffer.from(value);
      if (this.plainValue(bytes, 0, bytes.length, type)) return this;
    }
    return text.includes('\n') ? this.wrapped(text, text.length) : this.text(text);
  }

  /** As value, of UTF-8 bytes. False, and nothing written, where the bytes cannot stand in a cell as they are. */
  plainValue(source: Buffer, from: number, to: number, type: VariableType): boolean {
    switch (type) {
      case 'Number': {
        const decimals = decimalsOf(source, from, to);
        if (decimals < 0) break;
        this.#plainNumber(source, from, to, DECIMALS[decimals] ?? TEXT);
        return true;
      }
      case 'Date': {
        const serial = serialOfDate(source, from, to);
        if (Number.isNaN(serial)) break;
        this.number(serial, DATE);
        return true;
      }
      case 'DateTime': {
        const serial = serialOfDateTime(source, from, to);
        if (Number.isNaN(serial)) break;
        this.number(serial, hasFraction(from, to) ? DATE_TIME_MS : DATE_TIME);
        return true;
      }
      case 'Boolean': {
        const isTrue = isWord(source, from, to, TRUE);
        if (!isTrue && !isWord(source, from, to, FALSE)) break;
        this.boolean(isTrue);
        return true;
      }
      default:
    }
    return this.plainText(source, from, to);
  }

  #plainNumber(source: Buffer, from: number, to: number, style: number): void {
    if (!this.#open(NUMBER_CELL.of(style), to - from)) return;
    this.#xml.copy(source, from, to);
    this.#xml.copy(VALUE_END);
  }

  /** Begins a cell and makes room for its value of so many bytes and its end; false beyond the widest sheet. */
  #open(rest: Buffer, valueBytes: number): boolean {
    if (this.#column >= MAX_COLUMNS) return false;
    const xml = this.#xml;
    xml.reserve(CELL_BYTES + valueBytes);
    xml.copy(CELL.of(this.#column));
    xml.copy(this.#digits);
    xml.copy(rest);
    this.#column += 1;
    return true;
  }
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

function isWord(source: Buffer, from: number, to: number, word: Buffer): boolean {
  if (to - from !== word.length) return false;
  for (let at = 0; at < word.length; at += 1) if (source[from + at] !== word[at]) return false;
  return true;
}

const renderHeight = (points: number): string => ` ht="${points}" customHeight="1"`;
