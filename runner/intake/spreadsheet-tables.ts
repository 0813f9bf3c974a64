import { open } from 'node:fs/promises';
import { delimiterOfExtension, detectFileKind, formatsOfText } from '../../core/intake/file-kind.ts';
import { detectDialect } from '../../core/intake/dialect.ts';
import { bindTableNames, distinctTableNames, tableNameOfFile } from '../../core/intake/table-names.ts';
import { selectZipTables, isHousekeeping } from '../../core/intake/zip-entries.ts';
import type { SpreadsheetFormat } from '../../core/model/connector.ts';
import type { InputTable } from '../../core/model/stages.ts';
import { BadInput } from './bad-input.ts';
import { fileSource } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import { writeDelimitedTable } from './delimited-table.ts';
import type { WrittenTable } from './delimited-table.ts';
import type { IntakeContext } from './run-intake.ts';
import { readTableNames } from './sample-names.ts';
import { openText } from './text-source.ts';
import { openWorkbook } from './workbook.ts';
import { writeSheetTables } from './sheet-tables.ts';
import { openZip } from './zip-archive.ts';
import type { ZipArchive } from './zip-archive.ts';

/** A table that was written, before it has the name under which the script knows it. */
export interface UnboundTable extends WrittenTable {
  readonly sourceName: string;
  readonly page: number;
}

/** Reads a CSV, TSV, XLSX or ZIP file into tables. Content decides what a file is, then its extension. Throws `BadInput`. */
export async function writeSpreadsheetTables(context: IntakeContext): Promise<InputTable[]> {
  const { path, fileName } = context;
  const kind = detectFileKind(await readPrefix(path), fileName);
  if (kind.kind === 'Unsupported') throw unsupported(fileName, kind.what, kind.hint);
  const declared = await declaredTableNames(context);
  const bind = (tables: readonly UnboundTable[]): InputTable[] => bindTables(context, tables, declared);
  if (kind.kind === 'Text') {
    const table = await writeTextTable(context, fileSource(path, fileName), fileName, 0, true);
    const [sourceName = '_1'] = distinctTableNames([tableNameOfFile(fileName)]);
    return bind([{ ...table, sourceName, page: 0 }]);
  }
  const archive = await openZip(path, fileName);
  try {
    const workbook = await openWorkbook(archive);
    if (workbook !== null) {
      accept(context, ['XLSX']);
      return bind(await writeSheetTables(context, workbook, declared.length));
    }
    accept(context, ['ZIP']);
    return bind(await writeArchiveTables(context, archive));
  } finally {
    archive.close();
  }
}

export function unsupported(fileName: string, what: string, hint: string): BadInput {
  return new BadInput('UnsupportedFormat', `${fileName} is ${what}, which is not read`, { file: fileName, hint });
}

async function declaredTableNames({ request: { connector } }: IntakeContext): Promise<readonly string[]> {
  if (connector.spreadsheet.tables.length > 0) return connector.spreadsheet.tables.map(({ name }) => name);
  const sample = connector.sql?.sample ?? null;
  return sample === null ? [] : readTableNames(sample);
}

function bindTables(
  context: IntakeContext,
  tables: readonly UnboundTable[],
  declared: readonly string[],
): InputTable[] {
  const names = bindTableNames(
    tables.map(({ sourceName }) => sourceName),
    declared,
  );
  return tables.map((table, index) => ({
    name: names[index] ?? table.sourceName,
    sourceName: table.sourceName,
    page: table.page,
    columns: table.columns.map((name) => ({ name, type: 'Nullable(String)' })),
    headers: table.headers,
    written: table.written,
    rows: table.rows,
    file: context.tablePath(table.page).relative,
  }));
}

async function writeArchiveTables(context: IntakeContext, archive: ZipArchive): Promise<UnboundTable[]> {
  const { fileName, warnings } = context;
  const names = selectZipTables(archive.names, fileName);
  if (names.length === 0) {
    throw new BadInput(
      'NoTablesInArchive',
      `${fileName} holds no CSV or TSV file at its root or in a folder of its own name`,
      {
        file: fileName,
        hint: 'pack the files without folders',
      },
    );
  }
  const ignored = archive.names.filter((name) => !names.includes(name) && !isHousekeeping(name));
  warnings.add(
    'ArchiveEntriesIgnored',
    ignored.length,
    'entries that are no tables left out',
    `${fileName}[${ignored[0] ?? ''}]`,
  );
  const cleaned = names.map((name) => tableNameOfFile(name));
  const sourceNames = distinctTableNames(cleaned);
  const renamed = sourceNames.filter((name, index) => name !== cleaned[index]).length;
  warnings.add('TablesRenamed', renamed, 'empty or repeated table names renamed', fileName);
  const tables: UnboundTable[] = [];
  for (const [page, name] of names.entries()) {
    const source = archive.entry(name);
    if (source === undefined) continue;
    const table = await writeTextTable(context, source, name, page, false);
    tables.push({ ...table, sourceName: sourceNames[page] ?? name, page });
  }
  return tables;
}

async function writeTextTable(
  context: IntakeContext,
  source: ByteSource,
  fileName: string,
  page: number,
  checkFormat: boolean,
): Promise<WrittenTable> {
  const { spreadsheet } = context.request.connector;
  checkDelimiter(spreadsheet.delimiter);
  const text = await openText(source);
  const preferred = delimiterOfExtension(fileName);
  const dialect = detectDialect(text.sample, { isWhole: text.isWhole, declared: spreadsheet.delimiter, preferred });
  if (checkFormat) accept(context, formatsOfText(fileName, dialect.delimiter));
  const { absolute } = context.tablePath(page);
  return writeDelimitedTable(text, dialect, absolute, { trim: spreadsheet.trim, warnings: context.warnings });
}

function checkDelimiter(delimiter: string | null): void {
  if (delimiter === null || (/^[\t -~]$/.test(delimiter) && !/["']/.test(delimiter))) return;
  throw new BadInput('InvalidDelimiter', `${JSON.stringify(delimiter)} cannot be a delimiter`, {
    path: 'spec.spreadsheet.delimiter',
    hint: 'use a comma, semicolon, tab, pipe or another ASCII sign',
  });
}

/** One of `formats` has to be among those that the connector accepts. */
function accept({ fileName, request }: IntakeContext, formats: readonly SpreadsheetFormat[]): void {
  const accepted = request.connector.spreadsheet.formats;
  if (formats.some((format) => accepted.includes(format))) return;
  throw new BadInput(
    'FormatNotAccepted',
    `${fileName} is ${formats.join(' or ')}, and this connector accepts ${accepted.join(', ')}`,
    {
      file: fileName,
      path: 'spec.spreadsheet.formats',
      hint: 'send another format, or add it to the formats of the connector',
    },
  );
}

async function readPrefix(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
