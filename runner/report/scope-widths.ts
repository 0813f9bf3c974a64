import { ColumnWidths } from '../../core/report/widths.ts';
import type { ReportScope } from '../../core/report/source.ts';
import { openRows } from './scope-rows.ts';

const ROWS_SEEN = 100;

/** Widths of the variables of a scope, from its first rows. */
export async function measureVariables(scope: ReportScope): Promise<readonly number[]> {
  const widths = new ColumnWidths(scope.variables);
  if (scope.rows === 0) return widths.values;
  const rows = openRows(scope);
  try {
    while (rows.lines < ROWS_SEEN && (await rows.load())) {
      while (rows.lines < ROWS_SEEN && rows.next()) widths.see(rows.line().values);
    }
  } finally {
    await rows.close();
  }
  return widths.values;
}
