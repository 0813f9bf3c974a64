import type { NamePart, SheetNames } from '../../core/report/sheet-names.ts';
import { columnName, MAX_COLUMNS, type RowXml } from './row-xml.ts';
import { Sheet } from './sheet.ts';
import { styleIndex, type StyleName } from './styles.ts';
import type { Workbook } from './workbook.ts';

/** Where a sheet ends and the next one begins. */
export interface SheetLimits {
  /** Rows with the header; Excel has 1,048,576. */
  readonly rows: number;
  /** XML of one sheet, well below the 4 GiB of a ZIP entry. */
  readonly bytes: number;
}

export interface TableColumn {
  readonly header: string;
  readonly width: number;
  readonly style: StyleName;
}

export interface TableLayout {
  readonly name: readonly NamePart[];
  readonly columns: readonly TableColumn[];
  readonly frozenColumns: number;
  /** RGB, hex. */
  readonly tabColor: string;
}

/** A table with a header and filters that goes on in further sheets where one is full. */
export class TableSheets {
  readonly #workbook: Workbook;
  readonly #names: SheetNames;
  readonly #layout: TableLayout;
  readonly #limits: SheetLimits;
  readonly #sheetNames: string[] = [];
  #sheet: Sheet;
  #full = false;

  constructor(workbook: Workbook, names: SheetNames, layout: TableLayout, limits: SheetLimits) {
    this.#workbook = workbook;
    this.#names = names;
    this.#layout = { ...layout, columns: layout.columns.slice(0, MAX_COLUMNS) };
    this.#limits = limits;
    this.#sheet = this.#start();
  }

  /** The names of the sheets so far, the first one first. */
  get sheetNames(): readonly string[] {
    return this.#sheetNames;
  }

  /** Writes a row through `fill`. The promise is there only where the disk has to catch up or a sheet is full. */
  write(fill: (row: RowXml) => void): Promise<void> | undefined {
    if (this.#full) return this.#next().then(() => this.write(fill));
    fill(this.#sheet.row());
    const wait = this.#sheet.add();
    this.#full = this.#sheet.rows >= this.#limits.rows || this.#sheet.bytes >= this.#limits.bytes;
    return wait ? this.#sheet.drain() : undefined;
  }

  /** Ends the last sheet, with a note below the table where there is one to make. */
  async end(note: string | null = null): Promise<void> {
    if (note !== null && this.#sheet.rows >= this.#limits.rows) await this.#next();
    const filterTo = this.#filterTo();
    if (note !== null) {
      this.#sheet.row().text(note, styleIndex('note'));
      this.#sheet.add();
    }
    await this.#sheet.end({ filterTo });
  }

  async #next(): Promise<void> {
    await this.#sheet.end({ filterTo: this.#filterTo() });
    this.#full = false;
    this.#sheet = this.#start();
  }

  #filterTo(): string | null {
    const columns = this.#layout.columns.length;
    return columns === 0 ? null : `${columnName(columns - 1)}${this.#sheet.rows}`;
  }

  #start(): Sheet {
    const name = this.#names.take(...this.#layout.name);
    this.#sheetNames.push(name);
    const sheet = new Sheet(this.#workbook, name, {
      widths: this.#layout.columns.map((column) => column.width),
      frozenColumns: this.#layout.frozenColumns,
      frozenRows: 1,
      tabColor: this.#layout.tabColor,
      gridLines: true,
    });
    const header = sheet.row(20);
    for (const column of this.#layout.columns) header.styled(column.header, column.style);
    sheet.add();
    return sheet;
  }
}
