import type { VariableType } from '../model/connector.ts';
import { BOOLEAN_FORMATS } from '../typing/formats.ts';

/** A type with a format, as which a column may be read. */
export interface Reading {
  readonly type: VariableType;
  /** As a manifest declares it; '' for types that have none. */
  readonly format: string;
}

/** Date patterns that are tried, the safest to read first; of two that fit alike the earlier one is taken. */
export const DATE_PATTERNS: readonly string[] = [
  ...['-', '/', '.'].map((sign) => ['YYYY', 'MM', 'DD'].join(sign)),
  ...['/', '-', '.'].map((sign) => ['MM', 'DD', 'YYYY'].join(sign)),
  ...['/', '-', '.'].map((sign) => ['DD', 'MM', 'YYYY'].join(sign)),
];

/** Every reading that is tried on a column. String fits always, and is not among them. */
export const READINGS: readonly Reading[] = [
  { type: 'UUID', format: '' },
  { type: 'Email', format: '' },
  ...Object.keys(BOOLEAN_FORMATS).map((format): Reading => ({ type: 'Boolean', format })),
  { type: 'Number', format: 'DecimalPoint' },
  { type: 'Number', format: 'DecimalComma' },
  ...DATE_PATTERNS.map((format): Reading => ({ type: 'DateTime', format })),
  { type: 'DateTime', format: 'YYYYMMDD' },
  { type: 'DateTime', format: 'UnixEpoch' },
  { type: 'DateTime', format: 'UnixEpochMillis' },
  { type: 'PhoneNumber', format: '' },
];

/** Words that people write where there is no value. They speak for no type and against none. */
const PLACEHOLDERS = /^(?:n\/?a|null|none|nil|nan|#n\/a|unknown|tbd|-+|\?+|\.+)$/i;

export function isPlaceholder(text: string): boolean {
  return text.length <= 8 && PLACEHOLDERS.test(text);
}
