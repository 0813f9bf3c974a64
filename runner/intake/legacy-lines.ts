/** What the process that reads a legacy workbook writes, a JSON value a line: the sheets, then each sheet's rows and end. */
export interface LegacySheets {
  readonly sheets: readonly string[];
}

export interface LegacyRow {
  /** In the sheet, from 1. */
  readonly number: number;
  readonly cells: readonly (string | null)[];
}

/** Cells with an error instead of a value; row and column, from 1, of the first. Formulas have a value in these formats. */
export interface LegacyEnd {
  readonly errors: number;
  readonly firstError: readonly [number, number] | null;
}

/** Why a file could not be read: as JSON on `FAULT_CHANNEL`, where the exit status is `FILE_AT_FAULT`. */
export type LegacyFault =
  | { readonly kind: 'Password' }
  | { readonly kind: 'Damaged' }
  | { readonly kind: 'SheetMissing'; readonly name: string }
  /** Of a program that uses the container of .xls for its own files. */
  | { readonly kind: 'OtherProgram'; readonly what: string };

/** Exit status of the process where the file is at fault. */
export const FILE_AT_FAULT = 3;
/** A file descriptor of its own: the reader writes what it likes to the standard ones. */
export const FAULT_CHANNEL = 3;
