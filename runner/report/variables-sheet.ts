import type { SheetNames } from '../../core/report/sheet-names.ts';
import type { ReportScope } from '../../core/report/source.ts';
import { renderProblems, renderRows } from '../../core/report/text.ts';
import { openRows, writeValues } from './scope-rows.ts';
import { styleIndex } from './styles.ts';
import { type SheetLimits, TableSheets } from './table-sheets.ts';
import type { Workbook } from './workbook.ts';

const ROW = styleIndex('row');
const PROBLEMS_WIDTH = 60;
const REJECTED = styleIndex('statusRejected');
const BLANKED = styleIndex('statusSkippedAmbiguous');

/**
 * `Extracted Variables (<scope>)`: the rows in which a value could not be read, at most `maxRows` of them, with what was
 * read of the others. Returns the name of the first sheet.
 */
export async function writeVariables(
  workbook: Workbook,
  names: SheetNames,
  scope: ReportScope,
  widths: readonly number[],
  maxRows: number,
  limits: SheetLimits,
): Promise<string> {
  const clean = scope.rows === 0 || (scope.rejected === 0 && scope.problemRows === 0);
  const layout = {
    name: ['Extracted Variables (', { name: scope.name }, ')'],
    columns: [
      { header: 'Row', width: 9, style: 'header' as const },
      { header: 'Result', width: 13, style: 'header' as const },
      { header: 'Problems', width: clean ? 30 : PROBLEMS_WIDTH, style: 'header' as const },
      ...scope.variables.map(({ name }, index) => ({
        header: name,
        width: widths[index] ?? 12,
        style: 'dataHeader' as const,
      })),
    ],
    frozenColumns: 2,
    tabColor: clean ? '7C93A8' : 'D9A441',
  };
  const sheets = new TableSheets(workbook, names, layout, limits);
  let found = 0;
  if (!clean) {
    const rows = openRows(scope);
    try {
      while (await rows.load()) {
        while (rows.next()) {
          if (!(rows.rejected || rows.hasProblems) || ++found > maxRows) continue;
          const wait = sheets.write((cells) => {
            cells
              .number(rows.row, ROW)
              .text(...resultOf(rows.rejected))
              .wrapped(renderProblems(rows.line().problems), PROBLEMS_WIDTH);
            writeValues(cells, rows, scope.variables);
          });
          if (wait !== undefined) await wait;
        }
      }
    } finally {
      await rows.close();
    }
  }
  await sheets.end(noteOf(scope, found, maxRows));
  return sheets.sheetNames[0] ?? '';
}

const resultOf = (isRejected: boolean): [string, number] =>
  isRejected ? ['Rejected', REJECTED] : ['Left blank', BLANKED];

function noteOf(scope: ReportScope, found: number, maxRows: number): string | null {
  if (scope.rows === 0) return 'The scope has no rows.';
  if (found === 0) return `No conversion problem in ${renderRows(scope.rows)}.`;
  if (found <= maxRows) return null;
  return `Not listed: ${renderRows(found - maxRows)} with problems more than report.maxRows.`;
}
