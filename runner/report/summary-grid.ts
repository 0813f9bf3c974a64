import { wrappedLines } from '../../core/report/widths.ts';
import { columnName, LINE_POINTS, type RowXml } from './row-xml.ts';
import type { Sheet, SheetLink } from './sheet.ts';
import type { StyleName } from './styles.ts';

/** Widths of the columns of the summary: three for names, the others for counts. */
export const SUMMARY_WIDTHS = [25, 18, 18, 11, 11, 11, 11.5, 11, 12, 11, 12, 11, 11, 11.5];

/** A cell of the summary; `to` is the last column that it is merged over. */
export interface GridCell {
  readonly column: number;
  readonly text?: string | null;
  readonly count?: number;
  readonly fill?: (row: RowXml) => void;
  readonly style: StyleName;
  readonly to?: number;
  readonly link?: string;
}

/** Lays out the summary: merged and wrapped cells with the height that they need, and links to the other sheets. */
export class SummaryGrid {
  readonly merges: string[] = [];
  readonly links: SheetLink[] = [];
  readonly #sheet: Sheet;
  readonly #styleIndex: (style: StyleName) => number;

  constructor(sheet: Sheet, styleIndex: (style: StyleName) => number) {
    this.#sheet = sheet;
    this.#styleIndex = styleIndex;
  }

  /** Adds a row of cells, which stand in the order of their columns. */
  async row(cells: readonly GridCell[], heightPoints?: number): Promise<void> {
    const number = this.#sheet.rows + 1;
    const lines = Math.max(1, ...cells.map(linesOf));
    const row = this.#sheet.row(heightPoints ?? lines * LINE_POINTS);
    for (const cell of cells) {
      row.skip(cell.column - row.column);
      const name = `${columnName(cell.column)}${number}`;
      if (cell.fill !== undefined) cell.fill(row);
      else if (cell.count !== undefined) row.number(cell.count, this.#styleIndex(cell.style));
      else if (cell.text === undefined || cell.text === null || cell.text === '') row.blank(cell.style);
      else row.styled(cell.text, cell.style);
      if (cell.to !== undefined && cell.to > cell.column) {
        while (row.column <= cell.to) row.blank(cell.style);
        this.merges.push(`${name}:${columnName(cell.to)}${number}`);
      }
      if (cell.link !== undefined) this.links.push({ cell: name, sheet: cell.link, tip: `Go to ${cell.link}` });
    }
    if (this.#sheet.add()) await this.#sheet.drain();
  }

  async gap(): Promise<void> {
    await this.row([], 9);
  }
}

/** Merged cells do not grow by themselves, so their lines are counted here. */
function linesOf(cell: GridCell): number {
  const { text } = cell;
  if (text === undefined || text === null) return 1;
  if (!/Wrapped|errorText/.test(cell.style)) return 1;
  const width = SUMMARY_WIDTHS.slice(cell.column, (cell.to ?? cell.column) + 1).reduce((sum, each) => sum + each, 0);
  // A row is at most 409 points high.
  return Math.min(wrappedLines(text, width), 27);
}
