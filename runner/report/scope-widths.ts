import { ColumnWidths } from '../../core/report/widths.ts';
import type { ReportScope } from '../../core/report/source.ts';

const ROWS_SEEN = 100;

/** Widths of the variables of a scope, from its first rows. */
export async function measureVariables(scope: ReportScope): Promise<readonly number[]> {
  const widths = new ColumnWidths(scope.variables);
  if (scope.rows === 0) return widths.values;
  let seen = 0;
  for await (const rows of scope.readRows()) {
    for (const { values } of rows.slice(0, ROWS_SEEN - seen)) widths.see(values);
    seen += rows.length;
    if (seen >= ROWS_SEEN) break;
  }
  return widths.values;
}
