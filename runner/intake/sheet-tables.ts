import { stat } from 'node:fs/promises';
import { cleanHeaders } from '../../core/intake/clean-name.ts';
import type { SheetRow } from '../../core/intake/sheet-row.ts';
import type { IntakeLimits } from '../../core/model/connector.ts';
import { distinctTableNames, tableNameOfSheet } from '../../core/intake/table-names.ts';
import { BadInput, limitHint, renderBytes } from './bad-input.ts';
import { emptyInput, headerClash } from './delimited-faults.ts';
import { countRenamed } from './delimited-table.ts';
import type { UnboundTable, WrittenTable } from './delimited-table.ts';
import { RATIO_FROM_BYTES } from './limits.ts';
import type { IntakeContext } from './intake-context.ts';
import { readSheetRows, type RowSink } from './sheet-rows.ts';
import type { SheetLosses } from './sheet-values.ts';
import { TableFile } from './table-file.ts';
import type { Workbook } from './workbook.ts';

/**
 * One sheet to be read. `readRows` is null for a chart sheet; it gives its rows to the sink, yields where that may be emptied,
 * and has filled in the losses by its end.
 */
export interface SheetSource {
  readonly name: string;
  readonly label: string;
  readonly readRows: ((sink: RowSink, losses: SheetLosses) => AsyncGenerator<void>) | null;
}

/** The sheets of an XLSX workbook, with what their cells refer to. Throws `BadInput`. */
export async function sheetsOf(workbook: Workbook): Promise<SheetSource[]> {
  const { date1904 } = workbook;
  const references = { texts: await workbook.readTexts(), styles: await workbook.readStyles(), date1904 };
  return workbook.sheets.map(({ name, source }) => ({
    name,
    label: source?.label ?? name,
    readRows: source === null ? null : (sink, losses) => readSheetRows(source, { references, losses, sink }),
  }));
}

/**
 * Reads every sheet of a workbook into a table, in the order of the tabs; hidden sheets and chart sheets keep their
 * position too. A sheet without any cell becomes a table of one column `_1` without rows, so that the positions after it
 * stay; at the end of the workbook, beyond the `declared` number of tables, it is left out: an empty `Sheet2` that
 * nobody asked for should not turn a file of one table into one of two. Throws `BadInput`.
 */
export async function writeSheetTables(
  context: IntakeContext,
  sheets: readonly SheetSource[],
  declared: number,
): Promise<UnboundTable[]> {
  const { warnings, reading, fileName } = context;
  checkTableCount(fileName, sheets.length, 'sheets', reading.limits);
  const cleaned = sheets.map(({ name }) => tableNameOfSheet(name));
  const names = distinctTableNames(cleaned);
  const renamed = names.filter((name, index) => name !== cleaned[index]).length;
  warnings.add('TablesRenamed', renamed, 'empty or repeated table names renamed', fileName);
  const budget = await expansionBudget(context);
  const tables: (UnboundTable & { isEmpty: boolean })[] = [];
  for (const [page, sheet] of sheets.entries()) {
    const table = await writeSheetTable(context, sheet, context.tablePath(page).absolute, budget);
    const isEmpty = table === null;
    tables.push({
      ...(table ?? { columns: ['_1'], headers: ['_1'], written: null, rows: 0 }),
      isEmpty,
      sourceName: names[page] ?? '',
      page,
    });
  }
  const lastFilled = tables.findLastIndex(({ isEmpty }) => !isEmpty);
  if (lastFilled < 0) throw emptyInput(fileName);
  return tables.filter(({ page }) => page <= lastFilled || page < declared);
}

/** What the tables of a workbook may still come to, and the setting that says so. */
interface ExpansionBudget {
  bytes: number;
  readonly limit: 'expandedBytes' | 'expansionRatio';
}

/**
 * A text that a workbook has once may stand in every cell of it, so that the size of its parts says nothing about that of
 * its tables: these are held to the same limits.
 */
async function expansionBudget({ path, reading: { limits } }: IntakeContext): Promise<ExpansionBudget> {
  const byRatio = Math.max(RATIO_FROM_BYTES, (await stat(path)).size * limits.expansionRatio);
  return byRatio < limits.expandedBytes
    ? { bytes: byRatio, limit: 'expansionRatio' }
    : { bytes: limits.expandedBytes, limit: 'expandedBytes' };
}

function tablesTooLarge(label: string, { limit }: ExpansionBudget): BadInput {
  return new BadInput('UnsafeArchive', `${label} is not read: its tables are far larger than the file`, {
    file: label,
    ...limitHint(limit, 'send the data as CSV'),
  });
}

/** Holds the tables of one file to their limit. Throws `BadInput`. */
export function checkTableCount(label: string, count: number, what: string, { sheets }: IntakeLimits): void {
  if (count <= sheets) return;
  throw new BadInput('TooManySheets', `${label} has ${count} ${what}, and at most ${sheets} are read`, {
    file: label,
    ...limitHint('sheets', 'split the file'),
  });
}

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
  sheet: SheetSource,
  path: string,
  budget: ExpansionBudget,
): Promise<WrittenTable | null> {
  const { label } = sheet;
  const { trim, limits } = context.reading;
  const state: SheetState = { header: null, rows: 0, lastNumber: 0, blank: 0, blankRow: 0, extra: 0, extraPlace: '' };
  const losses: SheetLosses = { errors: 0, errorPlace: '', uncomputed: 0, uncomputedPlace: '' };
  const file = await TableFile.create(path);
  try {
    if (sheet.readRows !== null) {
      const target = { file, fileName: context.fileName, label, trim, limits, budget };
      const sink: RowSink = {
        take: (row) => takeRow(row, state, target),
        checkLength: (row) => checkLength(row, label, limits),
        isFull: () => file.isFull,
      };
      for await (const _ of sheet.readRows(sink, losses)) if (file.isFull) await file.flush();
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

interface SheetTarget {
  readonly file: TableFile;
  readonly fileName: string;
  readonly label: string;
  readonly trim: boolean;
  readonly limits: IntakeLimits;
  readonly budget: ExpansionBudget;
}

function takeRow(row: SheetRow, state: SheetState, to: SheetTarget): void {
  const { file, fileName, label, trim, limits, budget } = to;
  checkLength(row, label, limits);
  // A header stands as it is written.
  const texts = state.header === null ? row.texts() : [];
  const { width, longest } = row.settle(trim);
  if (width === 0) return;
  if (longest > limits.cellBytes) throw cellTooLong(row, label, limits);
  // Blank rows are those between the rows with values, whether the file spells them out or leaves them away.
  const gap = Math.max(0, row.number - state.lastNumber - 1);
  if (gap > 0 && state.blank === 0) state.blankRow = state.lastNumber + 1;
  state.blank += gap;
  state.lastNumber = Math.max(row.number, state.lastNumber);
  if (state.header === null) {
    state.header = readHeader(row.number, texts.slice(0, width), label, limits);
    return;
  }
  const columns = state.header.columns.length;
  const { sources, begins, ends } = row;
  for (let column = columns; column < width; column += 1) {
    if (begins[column] === ends[column]) continue;
    if ((state.extra += 1) === 1) state.extraPlace = `${label}:${row.number}:${column + 1}`;
  }
  const { encoder } = file;
  const before = encoder.length;
  // Rows wait here for no more of the sheet than one piece, which is small.
  if (before > RATIO_FROM_BYTES) throw tablesTooLarge(fileName, budget);
  encoder.integer((state.rows += 1));
  for (let column = 0; column < columns; column += 1) {
    const source = column < width ? sources[column] : undefined;
    if (source === undefined) encoder.nil();
    else encoder.cell(source, begins[column] ?? 0, ends[column] ?? 0, false);
  }
  encoder.endRow();
  budget.bytes -= encoder.length - before;
  if (budget.bytes < 0) throw tablesTooLarge(fileName, budget);
}

/** Holds a row to the limit of its length. Its texts may be shared, so that the sheet has it in a few bytes. Throws `BadInput`. */
function checkLength({ number, bytes }: SheetRow, label: string, { rowBytes }: IntakeLimits): void {
  if (bytes <= rowBytes) return;
  throw new BadInput('RowTooLong', `${label}:${number}: this row is longer than ${renderBytes(rowBytes)}`, {
    file: label,
    line: number,
    ...limitHint('rowBytes', 'spread it over more rows'),
  });
}

function cellTooLong({ number, width, begins, ends }: SheetRow, label: string, { cellBytes }: IntakeLimits): BadInput {
  let column = 1;
  while (column < width && (ends[column - 1] ?? 0) - (begins[column - 1] ?? 0) <= cellBytes) column += 1;
  return new BadInput(
    'CellTooLong',
    `${label}:${number}:${column}: this cell is longer than ${renderBytes(cellBytes)}`,
    {
      file: label,
      line: number,
      column,
      ...limitHint('cellBytes', 'shorten it'),
    },
  );
}

/** The header of a table, from its texts. Throws `BadInput`. */
function readHeader(
  number: number,
  headers: readonly string[],
  label: string,
  limits: IntakeLimits,
): NonNullable<SheetState['header']> {
  if (headers.length > limits.columns) {
    throw new BadInput('TooManyColumns', `${label} has more than ${limits.columns} columns`, {
      file: label,
      line: number,
      ...limitHint('columns', 'split the sheet'),
    });
  }
  const named = cleanHeaders(headers);
  if (named.kind === 'Clash') throw headerClash(label, headers, named, { line: number, column: named.second + 1 });
  return { headers, columns: named.names };
}
