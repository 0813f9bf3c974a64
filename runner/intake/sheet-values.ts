import { decodeSheetText, textOfNumber } from '../../core/intake/sheet-cell.ts';
import { DAY_TIME_BYTES, SheetDays } from '../../core/intake/sheet-days.ts';
import type { DateStyle } from '../../core/intake/sheet-date.ts';
import { isSettledNumber } from '../../core/intake/sheet-number.ts';
import type { SheetRow } from '../../core/intake/sheet-row.ts';
import type { TextPool } from './text-pool.ts';

/** Cells whose value is not there: errors, and formulas that no program has computed. The place is of the first. */
export interface SheetLosses {
  errors: number;
  errorPlace: string;
  uncomputed: number;
  uncomputedPlace: string;
}

/** What the cells of a workbook refer to. */
export interface SheetReferences {
  readonly texts: TextPool;
  readonly styles: readonly DateStyle[];
  readonly date1904: boolean;
}

/** A cell as its element has it. `value` is that of `v`, `inline` the texts within `is`. */
export interface RawCell {
  column: number;
  type: string;
  style: number;
  value: string;
  inline: string;
  hasFormula: boolean;
  hasValue: boolean;
}

/** A text where it stands in bytes. */
export interface TextSpan {
  readonly bytes: Buffer;
  readonly textBegin: number;
  readonly textEnd: number;
}

/** What the cells of one sheet hold, put into its row. */
export class SheetValues {
  readonly #label: string;
  readonly #references: SheetReferences;
  readonly #losses: SheetLosses;
  readonly #days: SheetDays;

  constructor(label: string, references: SheetReferences, losses: SheetLosses) {
    this.#label = label;
    this.#references = references;
    this.#losses = losses;
    this.#days = new SheetDays(references.date1904);
  }

  /** False where the cell refers to a text that is not there. */
  put(row: SheetRow, cell: RawCell): boolean {
    const { column, type, value, inline, hasFormula, hasValue } = cell;
    if (type === 'inlineStr') {
      row.putText(column, decodeSheetText(inline));
    } else if (!hasValue || value === '') {
      // A formula whose text is empty has an empty value; any other without one was never computed.
      if (hasFormula && !(hasValue && type === 'str')) this.countUncomputed(row, column);
      row.putText(column, decodeSheetText(inline));
    } else if (type === 's') {
      const index = Number(value);
      return Number.isSafeInteger(index) && index >= 0 && this.#references.texts.putInto(row, column, index);
    } else {
      row.putText(column, this.#textOf(row, cell));
    }
    return true;
  }

  #textOf(row: SheetRow, { column, type, style, value }: RawCell): string | null {
    switch (type) {
      case 'str':
        return decodeSheetText(value);
      case 'b':
        return value.trim() === '1' || value.trim() === 'true' ? 'true' : 'false';
      case 'e':
        this.countError(row, column);
        return null;
      case 'd':
        return value;
      default:
        return textOfNumber(value, this.#styleOf(style), this.#references.date1904);
    }
  }

  /** As `put` for a cell of the type `s`. */
  putShared(row: SheetRow, column: number, index: number): boolean {
    return this.#references.texts.putInto(row, column, index);
  }

  /** A text in which escapes of characters may stand; false where it is none. */
  putEscaped(row: SheetRow, column: number, text: string | null): boolean {
    if (text === null) return false;
    row.putText(column, decodeSheetText(text));
    return true;
  }

  /** As `put` for a cell of the type `n` whose value is ASCII. */
  putNumber(row: SheetRow, column: number, styleNumber: number, value: TextSpan): void {
    const { bytes, textBegin, textEnd } = value;
    const style = this.#styleOf(styleNumber);
    if (style === 'None' && isSettledNumber(bytes, textBegin, textEnd)) {
      row.put(column, bytes, textBegin, textEnd);
      return;
    }
    const text = bytes.toString('latin1', textBegin, textEnd);
    if (style === 'Date') {
      const at = row.reserve(DAY_TIME_BYTES);
      const written = this.#days.write(Number(text), row.own, at);
      if (written >= 0) {
        row.putOwn(column, at, written);
        return;
      }
    }
    row.putText(column, textOfNumber(text, style, this.#references.date1904));
  }

  #styleOf(style: number): DateStyle {
    return this.#references.styles[style] ?? 'None';
  }

  countError(row: SheetRow, column: number): void {
    if ((this.#losses.errors += 1) === 1) this.#losses.errorPlace = this.#placeOf(row, column);
  }

  countUncomputed(row: SheetRow, column: number): void {
    if ((this.#losses.uncomputed += 1) === 1) this.#losses.uncomputedPlace = this.#placeOf(row, column);
  }

  #placeOf(row: SheetRow, column: number): string {
    return `${this.#label}:${row.number}:${column + 1}`;
  }
}
