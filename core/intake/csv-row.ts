/** Characters that would make a reader see something else than a plain value, in any dialect that is detected. */
const SPECIAL = /[",;|\t\r\n']|^[ ]|[ ]$/;

/** One line of CSV with its line end (CRLF, RFC 4180). Null is an empty field; a row that would be a blank line is quoted. */
export function renderCsvRow(cells: readonly (string | null)[], delimiter: string): string {
  const fields = cells.map((cell) => {
    const text = cell ?? '';
    return SPECIAL.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  const line = fields.join(delimiter);
  return `${line.trim() === '' && cells.length === 1 ? '""' : line}\r\n`;
}
