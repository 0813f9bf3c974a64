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

/** The form in which the input came, or a simpler one where the connector takes that too. */
export function chooseRejectedForm(
  type: ConnectorModel['type'],
  tables: readonly InputTable[],
  formats: readonly SpreadsheetFormat[],
  prefersText: boolean,
): RejectedForm {
  if (type !== 'Spreadsheet') return 'Events';
  const [first] = tables;
  if (first === undefined || first.written === null) {
    return tables.length <= 1 && prefersText && formats.includes('CSV') ? 'Text' : 'Workbook';
  }
  const isAccepted = formats.includes(first.written.delimiter === '\t' ? 'TSV' : 'CSV') || !formats.includes('ZIP');
  return tables.length === 1 && isAccepted ? 'Text' : 'Zip';
}
