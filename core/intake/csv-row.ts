/** Characters that would make a reader see something else than a plain value, in any dialect that is detected. */
const SPECIAL = /[",;|\t\r\n']|^[ \ufeff]|[ ]$/;

/**
 * The first line of CSV. Where one header needs quotes all get them: a reader that looks for the delimiter then finds, under
 * any other, a field of the first row cut apart at a quote, whatever the values below hold.
 */
export function renderCsvHeader(headers: readonly (string | null)[], delimiter: string): string {
  const needsQuotes = headers.some((header) => header !== null && isSpecial(header, delimiter));
  return needsQuotes
    ? `${headers.map((header) => quoted(header ?? '')).join(delimiter)}\r\n`
    : renderCsvRow(headers, delimiter);
}

/** One line of CSV with its line end (CRLF, RFC 4180). Null is an empty field; a row that would be a blank line is quoted. */
export function renderCsvRow(cells: readonly (string | null)[], delimiter: string): string {
  const fields = cells.map((cell) => {
    const text = cell ?? '';
    return isSpecial(text, delimiter) ? quoted(text) : text;
  });
  const line = fields.join(delimiter);
  return `${line.trim() === '' && cells.length === 1 ? '""' : line}\r\n`;
}

function isSpecial(text: string, delimiter: string): boolean {
  return SPECIAL.test(text) || text.includes(delimiter);
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
