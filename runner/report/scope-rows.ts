import type { ReportScope } from '../../core/report/source.ts';
import { ScopeCursor } from '../sql/scope-cursor.ts';
import { readValue } from '../sql/scope-line.ts';
import { endOfField } from './byte-classes.ts';
import type { RowXml } from './row-xml.ts';

const BACKSLASH = 92;
const LETTER_N = 78;

/** The rows of a scope, from the first one. */
export function openRows(scope: ReportScope): ScopeCursor {
  const arrays = scope.variables.map((variable) => variable.isArray === true);
  const shape = { path: scope.file, arrays };
  return new ScopeCursor(scope.readRows(), shape, scope.rows - scope.unchangedByDiff);
}

/**
 * Writes a cell for each variable of a row.
 *
 * @throws AppError `ScopeFile` where the row has more or fewer values
 */
export function writeValues(cells: RowXml, rows: ScopeCursor, variables: ReportScope['variables']): void {
  const { bytes, to } = rows;
  let from = rows.valuesFrom;
  let isWhole = true;
  for (const { type, isArray } of variables) {
    isWhole = from <= to;
    if (!isWhole) break;
    const end = endOfField(bytes, from);
    if (end - from === 2 && bytes[from] === BACKSLASH && bytes[from + 1] === LETTER_N) cells.skip();
    else if (isArray === true || !cells.plainValue(bytes, from, end, type)) {
      cells.value(readValue(rows.text(from, end), isArray === true), type);
    }
    from = end + 1;
  }
  if (!isWhole || (variables.length > 0 && from !== to + 1)) throw rows.line().fault();
}
