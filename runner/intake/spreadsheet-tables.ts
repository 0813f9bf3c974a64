import { stat } from 'node:fs/promises';
import {
  delimiterOfExtension,
  detectFileKind,
  formatsOfText,
  looksBinary,
  nameWithoutGzip,
} from '../../core/intake/file-kind.ts';
import { detectDialect } from '../../core/intake/dialect.ts';
import { bindTableNames, distinctTableNames, tableNameOfFile } from '../../core/intake/table-names.ts';
import { selectZipTables, isHousekeeping } from '../../core/intake/zip-entries.ts';
import type { SpreadsheetFormat } from '../../core/model/connector.ts';
import type { InputTable } from '../../core/model/stages.ts';
import { BadInput } from './bad-input.ts';
import { fileSource } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import { writeDelimitedTable } from './delimited-table.ts';
import type { UnboundTable, WrittenTable } from './delimited-table.ts';
import type { IntakeContext } from './intake-context.ts';
import { readTableNames } from './sample-names.ts';
import { gzipSource } from './gzip-source.ts';
import { openText } from './text-source.ts';
import { openWorkbook } from './workbook.ts';
import { openLegacyWorkbook } from './legacy-workbook.ts';
import { checkTableCount, sheetsOf, writeSheetTables } from './sheet-tables.ts';
import { openZip } from './zip-archive.ts';
import type { ZipArchive } from './zip-archive.ts';

/** Reads a CSV, TSV, XLSX, XLS, XLSB or ZIP file into tables. Content decides what a file is, then its extension. Throws `BadInput`. */
export async function writeSpreadsheetTables(context: IntakeContext): Promise<InputTable[]> {
  const { path, fileName } = context;
  const { limits } = context.reading;
  const file = fileSource(path, fileName);
  const kind = detectFileKind(await readPrefix(file), fileName);
  if (kind.kind === 'Unsupported') throw unsupported(fileName, kind.what, kind.hint);
  const declared = await declaredTableNames(context);
  const bind = (tables: readonly UnboundTable[]): InputTable[] => bindTables(context, tables, declared);
  const writeLegacy = async (bytes: number, archive: ZipArchive | null): Promise<InputTable[]> => {
    accept(context, [archive === null ? 'XLS' : 'XLSB']);
    const workbook = await openLegacyWorkbook(path, fileName, context.request.workspace, bytes, archive);
    try {
      return bind(await writeSheetTables(context, workbook.sheets, declared.length));
    } finally {
      await workbook.close();
    }
  };
  if (kind.kind === 'Ole') return writeLegacy((await stat(path)).size, null);
  if (kind.kind !== 'Zip') {
    const isPacked = kind.kind === 'Gzip';
    const textName = isPacked ? nameWithoutGzip(fileName) : fileName;
    const source = isPacked ? gzipSource(file, limits) : file;
    if (isPacked) await checkContent(source, textName);
    const table = await writeTextTable(context, source, textName, 0, true);
    const [sourceName = '_1'] = distinctTableNames([tableNameOfFile(textName)]);
    return bind([{ ...table, sourceName, page: 0 }]);
  }
  const archive = await openZip(path, fileName, limits);
  try {
    const workbook = await openWorkbook(archive);
    if (workbook === 'Binary') return await writeLegacy(archive.expandedBytes, archive);
    if (workbook !== null) {
      accept(context, ['XLSX']);
      return bind(await writeSheetTables(context, await sheetsOf(workbook), declared.length));
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

/** What is packed has to be text. Throws `BadInput`. */
async function checkContent(source: ByteSource, name: string): Promise<void> {
  const inner = detectFileKind(await readPrefix(source), name);
  if (inner.kind === 'Text') return;
  if (inner.kind === 'Unsupported') throw unsupported(source.label, inner.what, inner.hint);
  const what = { Zip: 'a workbook or ZIP file', Ole: 'a workbook', Gzip: 'a gzip file' }[inner.kind];
  throw unsupported(source.label, `${what} within another packed file`, 'send it as it is, not packed once more');
}

async function declaredTableNames({ request, reading }: IntakeContext): Promise<readonly string[]> {
  if (reading.tables.length > 0) return reading.tables.map(({ name }) => name);
  const sample = request.connector.sql?.sample ?? null;
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
  const { fileName, warnings, reading } = context;
  const names = selectZipTables(archive.names, fileName);
  checkTableCount(fileName, names.length, 'tables', reading.limits);
  if (names.length === 0) {
    throw new BadInput(
      'NoTablesInArchive',
      `${fileName} holds no CSV or TSV file at its root or in a folder of its own name${renderSome(archive.names)}`,
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
    await checkContent(source, name);
    const table = await writeTextTable(context, source, name, page, false);
    tables.push({ ...table, sourceName: sourceNames[page] ?? name, page });
  }
  return tables;
}

function renderSome(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return names.length === 0 ? '' : `, but ${names.slice(0, 3).join(', ')}${more}`;
}

async function writeTextTable(
  context: IntakeContext,
  source: ByteSource,
  fileName: string,
  page: number,
  checkFormat: boolean,
): Promise<WrittenTable> {
  const { delimiter: declared, encoding, trim, limits } = context.reading;
  checkDelimiter(declared);
  const text = await openText(source, encoding);
  if (looksBinary(text.sample)) {
    throw unsupported(source.label, 'no text but a binary file', 'export the data as CSV or XLSX');
  }
  const preferred = delimiterOfExtension(fileName);
  const dialect = detectDialect(text.sample, { isWhole: text.isWhole, declared, preferred });
  if (checkFormat) accept(context, formatsOfText(fileName, dialect.delimiter));
  const { absolute } = context.tablePath(page);
  return writeDelimitedTable(text, dialect, absolute, { trim, limits, warnings: context.warnings });
}

function checkDelimiter(delimiter: string | null): void {
  if (delimiter === null || (/^[\t -~]$/.test(delimiter) && !/["']/.test(delimiter))) return;
  throw new BadInput('InvalidDelimiter', `${JSON.stringify(delimiter)} cannot be a delimiter`, {
    path: 'spec.spreadsheet.delimiter',
    hint: 'use a comma, semicolon, tab, pipe or another ASCII sign',
  });
}

/** One of `formats` has to be among those that the connector accepts. */
function accept({ fileName, reading }: IntakeContext, formats: readonly SpreadsheetFormat[]): void {
  const accepted = reading.formats;
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

const PREFIX_BYTES = 4096;

async function readPrefix(source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source.open()) {
    parts.push(new Uint8Array(chunk.subarray(0, PREFIX_BYTES - bytes)));
    bytes += chunk.length;
    if (bytes >= PREFIX_BYTES) break;
  }
  return Buffer.concat(parts);
}
