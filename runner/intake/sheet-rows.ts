import { columnOfReference, SHEET_COLUMNS } from '../../core/intake/sheet-cell.ts';
import { SheetRow } from '../../core/intake/sheet-row.ts';
import type { ByteSource } from './byte-source.ts';
import { RowScanner } from './row-scanner.ts';
import { SheetValues } from './sheet-values.ts';
import type { RawCell, SheetLosses, SheetReferences } from './sheet-values.ts';
import { readXmlItems } from './xml-items.ts';
import { invalidWorkbook, joinText, type XmlHandlers } from './xml-source.ts';

/** Where rows go. */
export interface RowSink {
  /** A row is valid within the call. Cell texts are as written, not trimmed. */
  take(row: SheetRow): void;
  /** Throws `BadInput` where the row, of which more may come, is longer than one may be. */
  checkLength(row: SheetRow): void;
  /** What was taken should be written out before the next row. */
  isFull(): boolean;
}

/**
 * Reads the rows of a sheet, in the order of the file. Rows and cells without an `r` reference stand after the one before
 * them. Yields where the sink may be emptied. Throws `BadInput`.
 */
export function readSheetRows(
  source: ByteSource,
  context: { readonly references: SheetReferences; readonly losses: SheetLosses; readonly sink: RowSink },
): AsyncGenerator<void> {
  const { references, losses, sink } = context;
  const row = new SheetRow();
  const values = new SheetValues(source.label, references, losses);
  const take = (taken: SheetRow): void => sink.take(taken);
  return readXmlItems(source, rowHandlers(source.label, row, values, sink), {
    container: 'sheetData',
    item: 'row',
    scanner: (prefix) => {
      const scanner = new RowScanner(prefix, row, values, take);
      return (bytes, from) => scanner.scan(bytes, from);
    },
    isFull: () => sink.isFull(),
  });
}

/** What a parser calls for rows however they are spelled. */
function rowHandlers(label: string, row: SheetRow, values: SheetValues, sink: RowSink): XmlHandlers {
  let cell: RawCell = newCell();
  let column = -1;
  let collecting: 'Value' | 'Inline' | null = null;
  let phonetic = 0;
  return {
    open: (name, attributes) => {
      switch (name) {
        case 'row': {
          const said = Number(attributes['r'] ?? Number.NaN);
          row.clear(Number.isSafeInteger(said) && said > 0 ? said : row.number + 1);
          column = -1;
          return;
        }
        case 'c': {
          const reference = attributes['r'];
          column = reference === undefined ? column + 1 : columnOfReference(reference);
          if (column < 0 || column >= SHEET_COLUMNS) {
            throw invalidWorkbook(label, `${JSON.stringify(reference ?? '')} is no cell (row ${row.number})`);
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
      if (collecting === 'Value') cell.value = joinText(label, cell.value, text);
      else if (collecting === 'Inline') cell.inline = joinText(label, cell.inline, text);
    },
    close: (name) => {
      if (name === 'v' || name === 't') collecting = null;
      else if (name === 'rPh') phonetic -= 1;
      else if (name === 'row') sink.take(row);
      else if (name === 'c' && cell.column >= 0) {
        if (!values.put(row, cell)) throw missingText(label, row, cell);
        // A row of any length comes here cell by cell.
        sink.checkLength(row);
      }
    },
    place: () => `row ${row.number}`,
  };
}

function missingText(label: string, row: SheetRow, { column, value }: RawCell): Error {
  const where = `the cell in row ${row.number}, column ${column + 1}`;
  return invalidWorkbook(label, `${where} refers to the text ${value}, which is not there`);
}

function newCell(): RawCell {
  return { column: -1, type: 'n', style: 0, value: '', inline: '', hasFormula: false, hasValue: false };
}
