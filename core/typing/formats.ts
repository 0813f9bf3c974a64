import type { VariableType } from '../model/connector.ts';
import { parseDatePattern } from './date-pattern.ts';

/** Words of the Boolean families: [true, false], lower-case. Detection prefers the earlier of two that fit alike. */
export const BOOLEAN_FORMATS = {
  TrueFalse: ['true', 'false'],
  YesNo: ['yes', 'no'],
  OnOff: ['on', 'off'],
  OneZero: ['1', '0'],
  TF: ['t', 'f'],
  CheckedUnchecked: ['checked', 'unchecked'],
} as const;
export type BooleanFormat = keyof typeof BOOLEAN_FORMATS;

export const NUMBER_FORMATS = ['DecimalPoint', 'DecimalComma'] as const;
export type NumberFormat = (typeof NUMBER_FORMATS)[number];

/** Formats of Date and DateTime that are not a pattern. */
export const TIME_FORMATS = ['ISO8601', 'UnixEpoch', 'UnixEpochMillis', 'ExcelEpoch'] as const;

/** Patterns that detection tries; each takes `/`, `-` or `.` between its parts. */
export const DATE_FAMILIES = ['YYYY-MM-DD', 'MM/DD/YYYY', 'DD/MM/YYYY'] as const;
export type DateFamily = (typeof DATE_FAMILIES)[number];

const BOOLEAN_OUTPUTS: Readonly<Record<string, readonly [string, string]>> = {
  TrueFalse: ['True', 'False'],
  YesNo: ['Yes', 'No'],
  OnOff: ['On', 'Off'],
};
const NUMBER_OUTPUTS: readonly string[] = ['NoComma', 'Comma'];

/** What is wrong with a declared `inputFormat` of a variable of this type, or null. */
export function checkInputFormat(type: VariableType, format: string): string | null {
  switch (type) {
    case 'Boolean':
      return oneOf(format, Object.keys(BOOLEAN_FORMATS), type);
    case 'Number':
      return oneOf(format, NUMBER_FORMATS, type);
    case 'Date':
    case 'DateTime': {
      if ((TIME_FORMATS as readonly string[]).includes(format)) return null;
      const parsed = parseDatePattern(format);
      return typeof parsed === 'string'
        ? `${parsed}; use ${TIME_FORMATS.join(', ')} or a pattern such as DD.MM.YYYY`
        : null;
    }
    default:
      return `a variable of type ${type} takes no inputFormat`;
  }
}

/** What is wrong with an `outputFormat` of a variable of this type, or null. */
export function checkOutputFormat(type: VariableType, format: string): string | null {
  switch (type) {
    case 'Boolean':
      return oneOf(format, Object.keys(BOOLEAN_OUTPUTS), type);
    case 'Number':
      return oneOf(format, NUMBER_OUTPUTS, type);
    case 'Date':
    case 'DateTime': {
      const parsed = parseDatePattern(format);
      return typeof parsed === 'string' ? `${parsed}; use a pattern such as MM/DD/YYYY` : null;
    }
    default:
      return `a variable of type ${type} takes no outputFormat`;
  }
}

/** The words that stand for true and false in an output format of type Boolean. */
export function booleanOutput(format: string | null): readonly [string, string] | null {
  return format === null ? null : (BOOLEAN_OUTPUTS[format] ?? null);
}

function oneOf(format: string, known: readonly string[], type: VariableType): string | null {
  return known.includes(format) ? null : `unknown format '${format}' for a ${type}; use one of ${known.join(', ')}`;
}
