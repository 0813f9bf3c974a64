/** The longest text of a cell in Excel, in UTF-16 units. */
export const MAX_CELL_TEXT = 32_767;

/** Text with what XML cannot hold taken out (control characters, lone surrogates), cut where a cell ends. */
export function cellText(text: string): string {
  const clean = hasIllegal(text) ? text.replace(ILLEGAL, '') : text;
  if (clean.length <= MAX_CELL_TEXT) return clean;
  const note = ` … [cut: ${clean.length} characters]`;
  const kept = MAX_CELL_TEXT - note.length;
  // Never between the halves of a surrogate pair.
  const splitsPair = /[\ud800-\udbff]/.test(clean.charAt(kept - 1));
  return clean.slice(0, splitsPair ? kept - 1 : kept) + note;
}

const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const SUSPECT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

function hasIllegal(text: string): boolean {
  return SUSPECT.test(text);
}

const MARKUP = /[&<>\r]|_x[0-9a-fA-F]{4}_/;

/**
 * The text of a cell as XML character data. `_x0041_` is an escape in a workbook, so text that looks like one is
 * escaped itself (ISO/IEC 29500-1, 22.9.2.19); a carriage return would be read as a line feed.
 */
export function escapeCellText(text: string): string {
  if (!MARKUP.test(text)) return text;
  return text
    .replace(/_(?=x[0-9a-fA-F]{4}_)/g, '_x005F_')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\r/g, '&#13;');
}

/**
 * Whether a spreadsheet program would read text as something else (a formula, a number) once a person edits it.
 *
 * @param first its first UTF-16 unit, or its first byte in UTF-8
 */
export function needsQuotePrefix(first: number): boolean {
  // = + - @ ' tab, line breaks, digits
  return (
    first === 61 ||
    first === 43 ||
    first === 45 ||
    first === 64 ||
    first === 39 ||
    first === 9 ||
    first === 10 ||
    first === 13 ||
    (first >= 48 && first <= 57)
  );
}
