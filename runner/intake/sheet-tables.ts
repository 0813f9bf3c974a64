import { cleanHeaders } from '../../core/intake/clean-name.ts';
import { settleCell } from '../../core/intake/sheet-cell.ts';
import { distinctTableNames, tableNameOfSheet } from '../../core/intake/table-names.ts';
import { BadInput } from './bad-input.ts';
import { countRenamed, emptyInput, headerClash } from './delimited-table.ts';
import type { WrittenTable } from './delimited-table.ts';
import type { IntakeContext } from './run-intake.ts';
import { INTAKE_LIMITS } from './limits.ts';
import { readSheetRows } from './sheet-rows.ts';
import type { SheetLosses, SheetRow } from './sheet-rows.ts';
import type { UnboundTable } from './spreadsheet-tables.ts';
import { TableFile } from './table-file.ts';
import type { Workbook, WorkbookSheet } from './workbook.ts';

/**
 * Reads every sheet of a workbook into a table, in the order of the tabs; hidden sheets and chart sheets keep their
 * position too. A sheet without any cell becomes a table of one column `_1` without rows, so that the positions after it
 * stay; at the end of the workbook, beyond the `declared` number of tables, it is left out: an empty `Sheet2` that
 * nobody asked for should not turn a file of one table into one of two. Throws `BadInput`.
 */
export async function writeSheetTables(
  context: IntakeContext,
  workbook: Workbook,
  declared: number,
): Promise<UnboundTable[]> {
  const { warnings } = context;
  const cleaned = workbook.sheets.map(({ name }) => tableNameOfSheet(name));
  const names = distinctTableNames(cleaned);
  const renamed = names.filter((name, index) => name !== cleaned[index]).length;
  warnings.add('TablesRenamed', renamed, 'empty or repeated table names renamed', workbook.label);
  const shared = {
    texts: await workbook.readTexts(),
    styles: await workbook.readStyles(),
    date1904: workbook.date1904,
  };
  const tables: (UnboundTable & { isEmpty: boolean })[] = [];
  for (const [page, sheet] of workbook.sheets.entries()) {
    const table = await writeSheetTable(context, sheet, shared, context.tablePath(page).absolute);
    const isEmpty = table === null;
    tables.push({
      ...(table ?? { columns: ['_1'], headers: ['_1'], written: null, rows: 0 }),
      isEmpty,
      sourceName: names[page] ?? '',
      page,
    });
  }
  const lastFilled = tables.findLastIndex(({ isEmpty }) => !isEmpty);
  if (lastFilled < 0) throw emptyInput(workbook.label);
  return tables.filter(({ page }) => page <= lastFilled || page < declared);
}

type Shared = Omit<Parameters<typeof readSheetRows>[1], 'losses'>;

interface SheetState {
  header: { readonly columns: readonly string[]; readonly headers: readonly string[] } | null;
  rows: number;
  lastNumber: number;
  blank: number;
  blankRow: number;
  extra: number;
  extraPlace: string;
}

/** Null for a sheet without any value. */
async function writeSheetTable(
  context: IntakeContext,
  sheet: WorkbookSheet,
  shared: Shared,
  path: string,
): Promise<WrittenTable | null> {
  const label = sheet.source?.label ?? sheet.name;
  const { trim } = context.request.connector.spreadsheet;
  const state: SheetState = { header: null, rows: 0, lastNumber: 0, blank: 0, blankRow: 0, extra: 0, extraPlace: '' };
  const losses: SheetLosses = { errors: 0, errorPlace: '', uncomputed: 0, uncomputedPlace: '' };
  const file = await TableFile.create(path);
  try {
    if (sheet.source !== null) {
      for await (const row of readSheetRows(sheet.source, { ...shared, losses })) {
        takeRow(row, state, { file, label, trim });
        if (file.isFull) await file.flush();
      }
    }
    await file.flush();
  } finally {
    await file.close();
  }
  if (state.header === null) return null;
  const { warnings } = context;
  const renamed = countRenamed(state.header.headers, state.header.columns);
  warnings.add('HeadersRenamed', renamed, 'empty or repeated headers renamed', label);
  warnings.add('BlankRowsDropped', state.blank, 'blank rows dropped', `${label}:${state.blankRow}:1`);
  warnings.add('ExtraValuesDropped', state.extra, 'values beyond the header dropped', state.extraPlace);
  warnings.add('ErrorCellsBlanked', losses.errors, 'cells with an error such as #N/A left blank', losses.errorPlace);
  const uncomputed = 'formulas without a stored value left blank (a spreadsheet program stores it on saving)';
  warnings.add('FormulasWithoutValue', losses.uncomputed, uncomputed, losses.uncomputedPlace);
  return { ...state.header, written: null, rows: state.rows };
}

function takeRow(row: SheetRow, state: SheetState, to: { file: TableFile; label: string; trim: boolean }): void {
  const { file, label, trim } = to;
  // Cells by index: a sheet's row may have holes.
  const cells = Array.from(row.cells, (text) => (text === null || text === undefined ? null : settleCell(text, trim)));
  const width = cells.findLastIndex((text) => text !== null) + 1;
  if (width === 0) return;
  // Blank rows are those between the rows with values, whether the file spells them out or leaves them away.
  const gap = Math.max(0, row.number - state.lastNumber - 1);
  if (gap > 0 && state.blank === 0) state.blankRow = state.lastNumber + 1;
  state.blank += gap;
  state.lastNumber = Math.max(row.number, state.lastNumber);
  if (state.header === null) {
    state.header = readHeader(row, width, label);
    return;
  }
  const columns = state.header.columns.length;
  for (let column = columns; column < width; column += 1) {
    if (cells[column] === null) continue;
    if ((state.extra += 1) === 1) state.extraPlace = `${label}:${row.number}:${column + 1}`;
  }
  const { encoder } = file;
  encoder.integer((state.rows += 1));
  for (let column = 0; column < columns; column += 1) encoder.text(cells[column] ?? null);
  encoder.endRow();
}

function readHeader(row: SheetRow, width: number, label: string): NonNullable<SheetState['header']> {
  const headers = Array.from({ length: width }, (_, column) => row.cells[column] ?? '');
  if (width > INTAKE_LIMITS.columns) {
    throw new BadInput('TooManyColumns', `${label} has more than ${INTAKE_LIMITS.columns} columns`, {
      file: label,
      line: row.number,
    });
  }
  const named = cleanHeaders(headers);
  if (named.kind === 'Clash') throw headerClash(label, headers, named, { line: row.number, column: named.second + 1 });
  return { headers, columns: named.names };
}
