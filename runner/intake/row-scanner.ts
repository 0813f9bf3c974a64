/* eslint-disable @typescript-eslint/no-non-null-assertion -- offsets lie within the bytes that were just read, and a check for each byte is what this file must not cost */
import { SHEET_COLUMNS } from '../../core/intake/sheet-cell.ts';
import type { SheetRow } from '../../core/intake/sheet-row.ts';
import type { SheetValues } from './sheet-values.ts';
import { XmlBytes } from './xml-bytes.ts';

const ROW = Buffer.from('row');
const CELL = Buffer.from('c');
const VALUE = Buffer.from('v');
const FORMULA = Buffer.from('f');
const INLINE = Buffer.from('is');
const TEXT = Buffer.from('t');
/** Types of cells. */
const [SHARED, TEXT_VALUE, INLINE_TEXT, BOOLEAN, ERROR, DATE, NUMBER] = [
  ...['s', 'str', 'inlineStr', 'b', 'e', 'd', 'n'].map((type) => Buffer.from(type)),
] as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
const TYPES = [NUMBER, SHARED, TEXT_VALUE, INLINE_TEXT, BOOLEAN, ERROR, DATE];

const ZERO = 48;
const ONE = 49;
const MOST_DIGITS = 9;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/**
 * Reads a row of a sheet from bytes, as far as it is spelled plainly: see `XmlBytes`. What it takes has the same meaning as
 * to the parser that reads all others.
 */
export class RowScanner {
  readonly #xml: XmlBytes;
  readonly #row: SheetRow;
  readonly #values: SheetValues;
  readonly #take: (row: SheetRow) => void;
  #column = -1;
  /** Columns of the first cell with an error and without a value, and how many there are. */
  readonly #errors: number[] = [];
  readonly #uncomputed: number[] = [];

  constructor(prefix: string, row: SheetRow, values: SheetValues, take: (row: SheetRow) => void) {
    this.#xml = new XmlBytes(prefix);
    this.#row = row;
    this.#values = values;
    this.#take = take;
  }

  /** An `ItemScanner`: the row is taken when all of it was read. */
  scan(bytes: Buffer, from: number): number {
    this.#xml.bytes = bytes;
    const { number } = this.#row;
    const end = this.#scanRow(from, number);
    if (end < 0) {
      this.#row.clear(number);
      return -1;
    }
    for (const column of this.#errors) this.#values.countError(this.#row, column);
    for (const column of this.#uncomputed) this.#values.countUncomputed(this.#row, column);
    this.#take(this.#row);
    return end;
  }

  #scanRow(from: number, numberBefore: number): number {
    const xml = this.#xml;
    if (this.#errors.length > 0) this.#errors.length = 0;
    if (this.#uncomputed.length > 0) this.#uncomputed.length = 0;
    let at = xml.open(xml.blanks(from), ROW);
    if (at < 0) return -1;
    at = xml.attributes(at);
    if (at < 0) return -1;
    const number = xml.rBegin < 0 ? numberBefore + 1 : this.#digits(xml.rBegin, xml.rEnd);
    if (number <= 0) return -1;
    this.#row.clear(number);
    this.#column = -1;
    if (xml.isSelfClosed()) return at;
    for (;;) {
      at = xml.blanks(at);
      if (xml.isClosing(at)) return xml.close(at, ROW);
      at = this.#scanCell(at);
      if (at < 0) return -1;
    }
  }

  #scanCell(from: number): number {
    const xml = this.#xml;
    let at = xml.open(from, CELL);
    if (at < 0) return -1;
    at = xml.attributes(at);
    if (at < 0) return -1;
    const column = xml.rBegin < 0 ? this.#column + 1 : this.#columnOf(xml.rBegin, xml.rEnd);
    if (column < 0 || column >= SHEET_COLUMNS) return -1;
    this.#column = column;
    const style = xml.sBegin < 0 ? 0 : this.#digits(xml.sBegin, xml.sEnd);
    const type = xml.tBegin < 0 ? NUMBER : this.#typeOf(xml.tBegin, xml.tEnd);
    if (style < 0 || type === null) return -1;
    if (xml.isSelfClosed()) {
      this.#row.putText(column, null);
      return at;
    }
    at = xml.blanks(at);
    if (type === INLINE_TEXT) return this.#scanInline(at, column);
    let hasFormula = false;
    const formula = xml.open(at, FORMULA);
    if (formula >= 0) {
      hasFormula = true;
      at = this.#skipFormula(formula);
      if (at < 0) return -1;
      at = xml.blanks(at);
    }
    if (xml.isClosing(at)) {
      if (hasFormula) this.#uncomputed.push(column);
      this.#row.putText(column, null);
      return xml.close(at, CELL);
    }
    at = xml.open(at, VALUE);
    if (at < 0) return -1;
    at = xml.attributes(at);
    if (at < 0 || xml.isSelfClosed()) return -1;
    at = xml.text(at);
    if (at < 0) return -1;
    if (xml.textBegin === xml.textEnd) {
      if (hasFormula && type !== TEXT_VALUE) this.#uncomputed.push(column);
      this.#row.putText(column, null);
    } else if (!this.#put(column, style, type)) return -1;
    at = xml.close(at, VALUE);
    return at < 0 ? -1 : xml.close(xml.blanks(at), CELL);
  }

  /** The formula itself means nothing here. */
  #skipFormula(from: number): number {
    const xml = this.#xml;
    let at = xml.attributes(from);
    if (at < 0 || xml.isSelfClosed()) return at;
    at = xml.text(at);
    if (at < 0 || (xml.hasEntities && xml.decodeText() === null)) return -1;
    return xml.close(at, FORMULA);
  }

  /** `<is><t>text</t></is></c>`; rich text is for the parser. */
  #scanInline(from: number, column: number): number {
    const xml = this.#xml;
    let at = xml.open(from, INLINE);
    if (at < 0) return -1;
    at = xml.attributes(at);
    if (at < 0 || xml.isSelfClosed()) return -1;
    at = xml.open(xml.blanks(at), TEXT);
    if (at < 0) return -1;
    at = xml.attributes(at);
    if (at < 0) return -1;
    if (xml.isSelfClosed()) {
      this.#row.putText(column, null);
    } else {
      at = xml.text(at);
      if (at < 0 || !this.#putText(column)) return -1;
      at = xml.close(at, TEXT);
      if (at < 0) return -1;
    }
    at = xml.close(xml.blanks(at), INLINE);
    return at < 0 ? -1 : xml.close(xml.blanks(at), CELL);
  }

  /** The value of a cell, from the last text. False where it is none that is known here. */
  #put(column: number, style: number, type: Buffer): boolean {
    const { bytes, textBegin, textEnd, hasEntities, isWide } = this.#xml;
    switch (type) {
      case TEXT_VALUE:
        return this.#putText(column);
      case SHARED: {
        const index = this.#digits(textBegin, textEnd);
        return index >= 0 && this.#values.putShared(this.#row, column, index);
      }
      case NUMBER:
        if (hasEntities || isWide) return false;
        this.#values.putNumber(this.#row, column, style, this.#xml);
        return true;
      case BOOLEAN: {
        const byte = bytes[textBegin];
        if (textEnd - textBegin !== 1 || (byte !== ZERO && byte !== ONE)) return false;
        if (byte === ONE) this.#row.put(column, TRUE, 0, TRUE.length);
        else this.#row.put(column, FALSE, 0, FALSE.length);
        return true;
      }
      case ERROR:
        if (hasEntities && this.#xml.decodeText() === null) return false;
        this.#errors.push(column);
        this.#row.putText(column, null);
        return true;
      default:
        if (hasEntities) return false;
        this.#row.put(column, bytes, textBegin, textEnd);
        return true;
    }
  }

  #putText(column: number): boolean {
    const xml = this.#xml;
    if (!xml.hasEntities && !xml.hasUnderscore) {
      this.#row.put(column, xml.bytes, xml.textBegin, xml.textEnd);
      return true;
    }
    return this.#values.putEscaped(this.#row, column, xml.decodeText());
  }

  /** A whole number of few digits; -1 for anything else. */
  #digits(begin: number, end: number): number {
    const { bytes } = this.#xml;
    if (begin === end || end - begin > MOST_DIGITS) return -1;
    let value = 0;
    for (let at = begin; at < end; at += 1) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return value;
  }

  /** The column of a reference such as `AB12`; -1 where it is none, or is spelled otherwise. */
  #columnOf(begin: number, end: number): number {
    const { bytes } = this.#xml;
    let column = 0;
    let at = begin;
    for (; at < end && at < begin + 3; at += 1) {
      const letter = bytes[at]!;
      if (letter < 65 || letter > 90) break;
      column = column * 26 + letter - 64;
    }
    return at === begin || this.#digits(at, end) < 0 ? -1 : column - 1;
  }

  #typeOf(begin: number, end: number): Buffer | null {
    const { bytes } = this.#xml;
    for (const type of TYPES) {
      if (type.length !== end - begin) continue;
      let at = 0;
      while (at < type.length && type[at] === bytes[begin + at]) at += 1;
      if (at === type.length) return type;
    }
    return null;
  }
}
