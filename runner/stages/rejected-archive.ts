import { SheetNames } from '../../core/report/sheet-names.ts';
import type { InputTable } from '../../core/model/stages.ts';
import { readInputRows } from '../intake/input-rows.ts';
import { renderRejectedRows } from '../intake/rejected-rows.ts';
import { columnName } from '../report/row-xml.ts';
import { Sheet } from '../report/sheet.ts';
import { Workbook } from '../report/workbook.ts';
import { ZipPackage } from '../report/zip-package.ts';

/** Whether a row of a table is wanted. */
export type Wanted = (table: InputTable, row: number) => boolean;

const NARROWEST = 12;
const WIDEST = 40;
const TAB_COLOR = 'D9A441';

/**
 * The wanted rows as a workbook with a sheet for every table, in the order of the input, so that positions hold. Every
 * cell is text: what a spreadsheet program makes of digits must not change them.
 */
export async function writeRejectedWorkbook(
  path: string,
  tables: readonly InputTable[],
  workspace: string,
  wanted: Wanted,
  title: string,
): Promise<void> {
  const properties = {
    title,
    subject: 'Rows to correct and run again',
    description: '',
    created: new Date(0).toISOString(),
  };
  const workbook = await Workbook.create(path, properties);
  try {
    const names = new SheetNames();
    for (const [index, table] of tables.entries()) {
      const sheet = new Sheet(workbook, names.take({ name: table.sourceName }), {
        widths: table.headers.map((header) => Math.min(WIDEST, Math.max(NARROWEST, header.length + 4))),
        frozenColumns: 0,
        frozenRows: 1,
        tabColor: TAB_COLOR,
        gridLines: true,
        selected: index === 0,
      });
      const header = sheet.row();
      for (const text of table.headers) header.text(text);
      sheet.add();
      for await (const { cells } of readInputRows(table, workspace, (row) => wanted(table, row))) {
        const line = sheet.row();
        for (const cell of cells) line.text(cell);
        if (sheet.add()) await sheet.drain();
      }
      await sheet.end({ filterTo: `${columnName(table.headers.length - 1)}${sheet.rows}` });
    }
  } catch (error) {
    await workbook.discard();
    throw error;
  }
  await workbook.finish();
}

/** The wanted rows as a ZIP file of text files, in the order of the input. */
export async function writeRejectedZip(
  path: string,
  tables: readonly InputTable[],
  workspace: string,
  wanted: Wanted,
): Promise<void> {
  const zip = await ZipPackage.create(path);
  try {
    for (const table of tables) {
      const part = zip.open(`${table.sourceName}.${table.written?.delimiter === '\t' ? 'tsv' : 'csv'}`);
      for await (const text of renderRejectedRows(table, workspace, (row) => wanted(table, row))) {
        part.bytes.text(text);
        if (part.pass()) await part.drain();
      }
      await part.end();
    }
  } catch (error) {
    await zip.discard();
    throw error;
  }
  await zip.finish();
}
