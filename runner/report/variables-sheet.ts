import type { ScopeRow } from '../../core/model/stages.ts';
import type { SheetNames } from '../../core/report/sheet-names.ts';
import type { ReportScope } from '../../core/report/source.ts';
import { renderProblems, renderRows } from '../../core/report/text.ts';
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
    for await (const row of rowsWithProblems(scope)) {
      if (++found > maxRows) continue;
      const wait = sheets.write((cells) => {
        cells
          .number(row.row, ROW)
          .text(...resultOf(row))
          .wrapped(renderProblems(row.problems), PROBLEMS_WIDTH);
        for (const [index, { type }] of scope.variables.entries()) cells.value(row.values[index] ?? null, type);
      });
      if (wait !== undefined) await wait;
    }
  }
  await sheets.end(noteOf(scope, found, maxRows));
  return sheets.sheetNames[0] ?? '';
}

async function* rowsWithProblems(scope: ReportScope): AsyncGenerator<ScopeRow> {
  for await (const rows of scope.readRows()) {
    for (const row of rows) if (row.rejected || row.problems.length > 0) yield row;
  }
}

function resultOf(row: ScopeRow): [string, number] {
  return row.rejected ? ['Rejected', REJECTED] : ['Left blank', BLANKED];
}

function noteOf(scope: ReportScope, found: number, maxRows: number): string | null {
  if (scope.rows === 0) return 'The scope has no rows.';
  if (found === 0) return `No conversion problem in ${renderRows(scope.rows)}.`;
  if (found <= maxRows) return null;
  return `Not listed: ${renderRows(found - maxRows)} with problems more than report.maxRows.`;
}
