import { renderCsvHeader, renderCsvRow } from '../../core/intake/csv-row.ts';
import type { InputTable, TextShape } from '../../core/model/stages.ts';
import { readInputRows } from './input-rows.ts';

const PLAIN: TextShape = { delimiter: ',', hasByteOrderMark: false, hasSeparatorLine: false };

/**
 * The wanted rows of an input table as an input file to correct and run again, in pieces of text. The headers stand as
 * the first input had them, so that the columns get the same names. `webhooks_raw` becomes events, one a line; a text file
 * what it was (delimiter, separator line, byte order mark); every other table CSV.
 */
export async function* renderRejectedRows(
  table: InputTable,
  workspace: string,
  wanted: (row: number) => boolean,
): AsyncGenerator<string> {
  const isEvents = table.name === 'webhooks_raw';
  const { delimiter, hasByteOrderMark, hasSeparatorLine } = table.written ?? PLAIN;
  if (!isEvents) {
    const mark = hasByteOrderMark ? '\ufeff' : '';
    const separator = hasSeparatorLine ? `sep=${delimiter}\r\n` : '';
    yield `${mark}${separator}${renderCsvHeader(table.headers, delimiter)}`;
  }
  for await (const { cells } of readInputRows(table, workspace, wanted)) {
    yield isEvents ? renderEvent(cells) : renderCsvRow(cells, delimiter);
  }
}

/** The body stays the text that it was, digit for digit; its line ends, which cannot be within values, become blanks. */
function renderEvent(cells: readonly (string | null)[]): string {
  const [timestamp = null, employeeId = null, querystring = null, body = null] = cells;
  const time = timestamp !== null && /^(0|-?[1-9][0-9]*)$/.test(timestamp) ? timestamp : JSON.stringify(timestamp);
  const members = [
    `"timestamp":${time}`,
    `"employee_id":${JSON.stringify(employeeId)}`,
    `"querystring":${JSON.stringify(querystring)}`,
    `"body":${(body ?? 'null').replace(/[\r\n]+/g, ' ')}`,
  ];
  return `{${members.join(',')}}\n`;
}
