/** What the process that reads a legacy workbook writes, a JSON value a line: the sheets, then each sheet's rows and end. */
export interface LegacySheets {
  readonly sheets: readonly string[];
}

export interface LegacyRow {
  /** In the sheet, from 1. */
  readonly number: number;
  readonly cells: readonly (string | null)[];
}

/** Cells whose value is not there; row and column, from 1, of the first of each. */
export interface LegacyEnd {
  readonly errors: number;
  readonly firstError: readonly [number, number] | null;
  readonly uncomputed: number;
  readonly firstUncomputed: readonly [number, number] | null;
}

/** Exit status of the process where the file is at fault; standard error says how. */
export const FILE_AT_FAULT = 3;
