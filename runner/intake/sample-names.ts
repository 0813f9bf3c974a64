import { detectFileKind, nameWithoutGzip } from '../../core/intake/file-kind.ts';
import { DEFAULT_INTAKE_LIMITS } from '../../core/intake/reading.ts';
import { distinctTableNames, tableNameOfFile, tableNameOfSheet } from '../../core/intake/table-names.ts';
import { selectZipTables } from '../../core/intake/zip-entries.ts';
import { BadInput } from './bad-input.ts';
import { openWorkbook } from './workbook.ts';
import { openZip } from './zip-archive.ts';

/**
 * The names that intake would give to the tables of a file, without reading its rows: `price_list` for
 * `price_list.csv`, the sheets of a workbook, the files of a ZIP file. Empty for .xls and .xlsb, and where the file
 * cannot be read, which intake of the file itself reports.
 */
export async function readTableNames(sample: {
  readonly fileName: string;
  readonly content: Uint8Array;
}): Promise<string[]> {
  const { fileName, content } = sample;
  const { kind } = detectFileKind(content.subarray(0, 4096), fileName);
  if (kind === 'Unsupported' || kind === 'Ole') return [];
  if (kind === 'Gzip') return distinctTableNames([tableNameOfFile(nameWithoutGzip(fileName))]);
  if (kind === 'Text') return distinctTableNames([tableNameOfFile(fileName)]);
  try {
    const archive = await openZip(content, fileName, DEFAULT_INTAKE_LIMITS);
    try {
      const workbook = await openWorkbook(archive);
      if (workbook === 'Binary') return [];
      if (workbook !== null) return distinctTableNames(workbook.sheets.map(({ name }) => tableNameOfSheet(name)));
      return distinctTableNames(selectZipTables(archive.names, fileName).map((name) => tableNameOfFile(name)));
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof BadInput) return [];
    throw error;
  }
}
