import { columnName, RowXml } from './row-xml.ts';
import { quoteSheetName, type OpenSheet, type Workbook } from './workbook.ts';
import { escapeXml, RELATIONSHIPS_NAMESPACE, SPREADSHEET_NAMESPACE, XML_HEADER } from './xml.ts';

export interface SheetLayout {
  /** Widths of the columns in characters. */
  readonly widths: readonly number[];
  /** Columns that stay in view on the left. */
  readonly frozenColumns: number;
  /** Rows that stay in view at the top. */
  readonly frozenRows: number;
  /** RGB, hex. */
  readonly tabColor: string;
  readonly gridLines: boolean;
  readonly selected?: boolean;
}

export interface SheetLink {
  readonly cell: string;
  readonly sheet: string;
  readonly tip: string;
}

export interface SheetEnd {
  /** The last cell of the range with filter buttons, which starts at A1: `F20`. */
  readonly filterTo: string | null;
  readonly merges?: readonly string[];
  readonly links?: readonly SheetLink[];
}

/** One sheet of a workbook, row by row. */
export class Sheet {
  readonly name: string;
  readonly #open: OpenSheet;
  readonly #row: RowXml;
  #rows = 0;

  constructor(workbook: Workbook, name: string, layout: SheetLayout, options: { readonly first?: boolean } = {}) {
    this.name = name;
    this.#open = workbook.openSheet(name, { ...options, repeatsHeader: layout.frozenRows > 0 });
    const { bytes } = this.#open.part;
    bytes.text(renderHead(layout));
    this.#row = new RowXml(bytes);
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of XML so far. */
  get bytes(): number {
    return this.#open.part.length;
  }

  /** The next row, to be filled and given to `add` before another one starts. */
  row(heightPoints?: number): RowXml {
    return this.#row.begin(this.#rows + 1, heightPoints);
  }

  /** Takes the row that was started last; true asks to await `drain` before the next. */
  add(): boolean {
    this.#rows++;
    this.#row.end();
    return this.#open.part.pass();
  }

  async drain(): Promise<void> {
    await this.#open.part.drain();
  }

  async end(end: SheetEnd): Promise<void> {
    const filter = end.filterTo === null ? null : `A1:${end.filterTo}`;
    this.#open.part.bytes.text(renderTail(this.name, filter, end));
    await this.#open.part.end();
    this.#open.close(filter === null ? null : filter.replace(/([A-Z]+)(\d+)/g, '$$$1$$$2'));
  }
}

function renderHead(layout: SheetLayout): string {
  const columns = layout.widths
    .map((width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`)
    .join('');
  return (
    `${XML_HEADER}<worksheet xmlns="${SPREADSHEET_NAMESPACE}" xmlns:r="${RELATIONSHIPS_NAMESPACE}">` +
    `<sheetPr><tabColor rgb="FF${layout.tabColor}"/><pageSetUpPr fitToPage="1"/></sheetPr>` +
    `<sheetViews><sheetView${layout.gridLines ? '' : ' showGridLines="0"'}` +
    `${layout.selected === true ? ' tabSelected="1"' : ''} workbookViewId="0">${renderPane(layout)}</sheetView></sheetViews>` +
    `<sheetFormatPr defaultRowHeight="15"/>${columns === '' ? '' : `<cols>${columns}</cols>`}<sheetData>`
  );
}

function renderPane(layout: SheetLayout): string {
  const { frozenColumns: columns, frozenRows: rows } = layout;
  if (columns === 0 && rows === 0) return '<selection activeCell="A1" sqref="A1"/>';
  const pane = columns > 0 && rows > 0 ? 'bottomRight' : rows > 0 ? 'bottomLeft' : 'topRight';
  const corner = `${columnName(columns)}${rows + 1}`;
  return (
    `<pane${columns > 0 ? ` xSplit="${columns}"` : ''}${rows > 0 ? ` ySplit="${rows}"` : ''}` +
    ` topLeftCell="${corner}" activePane="${pane}" state="frozen"/>` +
    `<selection pane="${pane}" activeCell="${corner}" sqref="${corner}"/>`
  );
}

function renderTail(name: string, filter: string | null, end: SheetEnd): string {
  const merges = (end.merges ?? []).map((range) => `<mergeCell ref="${range}"/>`);
  const links = (end.links ?? []).map(
    (link) =>
      `<hyperlink ref="${link.cell}" location="${escapeXml(`${quoteSheetName(link.sheet)}!A1`)}"` +
      ` tooltip="${escapeXml(link.tip)}"/>`,
  );
  // `&` starts a code in headers and footers.
  const footer = escapeXml(`&L${name.replace(/&/g, '&&')}&RPage &P of &N`);
  return (
    '</sheetData>' +
    (filter === null ? '' : `<autoFilter ref="${filter}"/>`) +
    (merges.length === 0 ? '' : `<mergeCells count="${merges.length}">${merges.join('')}</mergeCells>`) +
    (links.length === 0 ? '' : `<hyperlinks>${links.join('')}</hyperlinks>`) +
    '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>' +
    '<pageSetup orientation="landscape" fitToWidth="1" fitToHeight="0"/>' +
    `<headerFooter><oddFooter>${footer}</oddFooter></headerFooter>` +
    '<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/></ignoredErrors></worksheet>'
  );
}
