import { sheetDate } from './sheet-date.ts';
import type { DateStyle } from './sheet-date.ts';
import { sheetNumber } from './sheet-number.ts';

/** Columns of a sheet count to 16,384 (XFD). */
export const SHEET_COLUMNS = 16_384;

/** The column of a cell reference such as `AB12`, from 0; -1 where it is none. */
export function columnOfReference(reference: string): number {
  let column = 0;
  let at = 0;
  for (; at < reference.length; at += 1) {
    const letter = reference.charCodeAt(at) & ~32;
    if (letter < 65 || letter > 90) break;
    column = column * 26 + letter - 64;
    if (column > SHEET_COLUMNS) return -1;
  }
  return column - 1;
}

/** Characters that XML cannot hold are written `_x000D_` in workbooks; an underscore that would look so, `_x005F_`. */
export function decodeSheetText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** The text of a cell that holds a number, by the style of the cell. */
export function textOfNumber(value: string, style: DateStyle, date1904: boolean): string {
  return (style === 'None' ? null : sheetDate(value, style, date1904)) ?? sheetNumber(value);
}
