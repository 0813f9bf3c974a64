import type { SheetNames } from '../../core/report/sheet-names.ts';
import type { ReportScope } from '../../core/report/source.ts';
import { renderCount, renderRows } from '../../core/report/text.ts';
import { ColumnWidths } from '../../core/report/widths.ts';
import { type SheetLimits, TableSheets } from './table-sheets.ts';
import type { Workbook } from './workbook.ts';

const NUMBER_TYPE = /^(?:Nullable\(|LowCardinality\()*(?:U?Int\d+|Float\d+|Decimal)/;

/** `SQL Output (<scope>)`: a sample of the scope as the SQL left it. Returns the name of the sheet. */
export async function writeSqlOutput(
  workbook: Workbook,
  names: SheetNames,
  scope: ReportScope,
  limits: SheetLimits,
): Promise<string> {
  const widths = new ColumnWidths(scope.columns.map(({ name }) => ({ name })));
  for await (const values of scope.sample()) widths.see(values);
  const columns = scope.columns.map((column, index) => ({
    header: column.name,
    width: widths.values[index] ?? 12,
    style: 'dataHeader' as const,
  }));
  const isNumber = scope.columns.map((column) => NUMBER_TYPE.test(column.type));
  const layout = { name: ['SQL Output (', { name: scope.name }, ')'], columns, frozenColumns: 0, tabColor: '7C93A8' };
  const sheets = new TableSheets(workbook, names, layout, limits);
  let listed = 0;
  for await (const values of scope.sample()) {
    listed++;
    const wait = sheets.write((row) => {
      for (const [index, value] of values.entries()) {
        row.value(value, isNumber[index] === true ? 'Number' : 'String');
      }
    });
    if (wait !== undefined) await wait;
  }
  await sheets.end(sampleNote(listed, scope.rows));
  return sheets.sheetNames[0] ?? '';
}

function sampleNote(listed: number, rows: number): string | null {
  if (rows === 0) return 'The SQL left no rows.';
  return listed < rows ? `A sample: the first ${renderCount(listed)} of ${renderRows(rows)}.` : null;
}
