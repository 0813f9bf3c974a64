import { columnOfReference, decodeSheetText, SHEET_COLUMNS, textOfNumber } from '../../core/intake/sheet-cell.ts';
import type { DateStyle } from '../../core/intake/sheet-date.ts';
import type { ByteSource } from './byte-source.ts';
import type { TextPool } from './text-pool.ts';
import { invalidWorkbook, readXml } from './xml-source.ts';

/** One row that the sheet's XML holds: its number in the sheet, from 1, and its cells by column, from 0. */
export interface SheetRow {
  readonly number: number;
  /** Holes and blanks are undefined or null. */
  readonly cells: readonly (string | null | undefined)[];
}

/** Cells whose value is not there: errors, and formulas that no program has computed. The place is of the first. */
export interface SheetLosses {
  errors: number;
  errorPlace: string;
  uncomputed: number;
  uncomputedPlace: string;
}

interface Cell {
  column: number;
  type: string;
  style: number;
  value: string;
  inline: string;
  hasFormula: boolean;
  hasValue: boolean;
}

/**
 * The rows of a sheet, in the order of the file. Rows and cells without an `r` reference stand after the one before
 * them. Cell texts are as written, not trimmed.
 */
export async function* readSheetRows(
  source: ByteSource,
  context: { texts: TextPool; styles: readonly DateStyle[]; date1904: boolean; losses: SheetLosses },
): AsyncGenerator<SheetRow> {
  const { losses } = context;
  let rows: SheetRow[] = [];
  let number = 0;
  let cells: (string | null)[] = [];
  let cell: Cell = newCell();
  let column = -1;
  let collecting: 'Value' | 'Inline' | null = null;
  let phonetic = 0;
  const place = (): string => `${source.label}:${number}:${cell.column + 1}`;
  const chunks = readXml(source, {
    open: (name, attributes) => {
      switch (name) {
        case 'row': {
          const said = Number(attributes['r'] ?? Number.NaN);
          number = Number.isSafeInteger(said) && said > 0 ? said : number + 1;
          cells = [];
          column = -1;
          return;
        }
        case 'c': {
          const reference = attributes['r'];
          column = reference === undefined ? column + 1 : columnOfReference(reference);
          if (column < 0 || column >= SHEET_COLUMNS) {
            throw invalidWorkbook(source.label, `${JSON.stringify(reference ?? '')} is no cell (row ${number})`);
          }
          cell = newCell();
          cell.column = column;
          cell.type = attributes['t'] ?? 'n';
          cell.style = Number(attributes['s'] ?? 0);
          return;
        }
        case 'f':
          cell.hasFormula = true;
          return;
        case 'v':
          cell.hasValue = true;
          collecting = 'Value';
          return;
        case 'rPh':
          phonetic += 1;
          return;
        case 't':
          if (phonetic === 0) collecting = 'Inline';
          return;
        default:
          return;
      }
    },
    text: (text) => {
      if (collecting === 'Value') cell.value += text;
      else if (collecting === 'Inline') cell.inline += text;
    },
    close: (name) => {
      if (name === 'v' || name === 't') collecting = null;
      else if (name === 'rPh') phonetic -= 1;
      else if (name === 'c') cells[cell.column] = readCell(cell);
      else if (name === 'row') rows.push({ number, cells });
    },
  });
  const readCell = ({ type, value, inline, style, hasFormula, hasValue }: Cell): string | null => {
    if (type === 'inlineStr') return decodeSheetText(inline);
    if (!hasValue || value === '') {
      if (hasFormula && !hasValue) {
        if ((losses.uncomputed += 1) === 1) losses.uncomputedPlace = place();
      }
      return inline === '' ? null : decodeSheetText(inline);
    }
    switch (type) {
      case 's':
        return context.texts.get(Number(value)) ?? missingText(value);
      case 'str':
        return decodeSheetText(value);
      case 'b':
        return value.trim() === '1' || value.trim() === 'true' ? 'true' : 'false';
      case 'e':
        if ((losses.errors += 1) === 1) losses.errorPlace = place();
        return null;
      case 'd':
        return value;
      default:
        return textOfNumber(value, context.styles[style] ?? 'None', context.date1904);
    }
  };
  const missingText = (value: string): never => {
    throw invalidWorkbook(
      source.label,
      `the cell in row ${number}, column ${cell.column + 1} refers to the text ${value}, which is not there`,
    );
  };
  while ((await chunks.next()).done !== true) {
    const ready = rows;
    rows = [];
    yield* ready;
  }
}

function newCell(): Cell {
  return { column: -1, type: 'n', style: 0, value: '', inline: '', hasFormula: false, hasValue: false };
}
