import type { ConnectorModel, SpreadsheetFormat } from '../../core/model/connector.ts';
import type { InputTable } from '../../core/model/stages.ts';

/** What a file of bad rows is. */
export type RejectedForm = 'Events' | 'Text' | 'Workbook' | 'Zip';

export const EXTENSIONS: Readonly<Record<RejectedForm, string>> = {
  Events: 'ndjson',
  Text: 'csv',
  Workbook: 'xlsx',
  Zip: 'zip',
};

/** The form in which the input came, or a simpler one where the connector takes that too, or only that. */
export function chooseRejectedForm(
  type: ConnectorModel['type'],
  tables: readonly InputTable[],
  formats: readonly SpreadsheetFormat[],
  prefersText: boolean,
): RejectedForm {
  if (type !== 'Spreadsheet') return 'Events';
  const [first] = tables;
  if (first === undefined || first.written === null) {
    const takesWorkbook = formats.includes('XLSX');
    if (tables.length <= 1 && formats.includes('CSV') && (prefersText || !takesWorkbook)) return 'Text';
    return takesWorkbook || !formats.includes('ZIP') ? 'Workbook' : 'Zip';
  }
  const isAccepted = formats.includes(first.written.delimiter === '\t' ? 'TSV' : 'CSV') || !formats.includes('ZIP');
  return tables.length === 1 && isAccepted ? 'Text' : 'Zip';
}

/** What is to be done before the connector takes the file; null: nothing. No workbook is written in a legacy format. */
export function noteOfForm(form: RejectedForm, formats: readonly SpreadsheetFormat[]): string | null {
  if (form !== 'Workbook' || formats.includes('XLSX')) return null;
  const wanted = formats.filter((format) => format === 'XLS' || format === 'XLSB').join(' or ');
  return `the connector takes no XLSX: save the file as ${wanted} in a spreadsheet program, or add XLSX to spec.spreadsheet.formats`;
}
