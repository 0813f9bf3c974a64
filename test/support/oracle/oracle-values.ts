import type { VariableRef, VariableValue } from '../../../core/model/connector.ts';
import type { FieldModel } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';

/*
 * Values as the oracle sees them: what a variable is in a field, when two values are the same, and what may be written.
 * Written from the rules alone, on purpose without a line of the planner.
 */

const TEXTS = ['Text', 'LongText', 'Wysiwyg'];

/** A decimal as a whole number and the count of digits after its point, without zeros at its end. */
export function readDecimal(text: string): { readonly digits: bigint; readonly scale: number } {
  const [whole = '0', fraction = ''] = text.split('.');
  const trimmed = fraction.replace(/0+$/, '');
  return { digits: BigInt(whole + trimmed), scale: trimmed.length };
}

/** Negative, zero or positive, as left is less than, equal to or more than right. */
export function compareDecimals(left: string, right: string): number {
  const a = readDecimal(left);
  const b = readDecimal(right);
  const scale = Math.max(a.scale, b.scale);
  const difference = a.digits * 10n ** BigInt(scale - a.scale) - b.digits * 10n ** BigInt(scale - b.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function isEmpty(value: FieldValue | VariableValue): boolean {
  return value === null || value === '' || (typeof value === 'object' && value.length === 0);
}

/** Whether two values of a field are the same to a person: numbers by value, several options as a set. */
export function isSame(field: FieldModel, left: FieldValue, right: FieldValue): boolean {
  if (isEmpty(left) || isEmpty(right)) return isEmpty(left) && isEmpty(right);
  if (typeof left === 'object' && typeof right === 'object' && left !== null && right !== null) {
    return left.length === right.length && left.every((item) => right.includes(item));
  }
  if (field.columnType === 'numeric') return compareDecimals(String(left), String(right)) === 0;
  if (field.columnType === 'timestamptz') return Date.parse(String(left)) === Date.parse(String(right));
  return left === right;
}

/** Whether a record's value is the one that a rule or a lookup asks for. A blank is equal to nothing. */
export function isEqualInMatching(field: FieldModel, held: FieldValue, asked: FieldValue): boolean {
  if (isEmpty(held) || isEmpty(asked)) return false;
  if (field.type === 'Email') return String(held).toLowerCase() === String(asked).toLowerCase();
  return isSame(field, held, asked);
}

/** The day that a moment falls on in a time zone. */
function dayOf(moment: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(moment));
}

/** The moment a day begins in a time zone, found by trying every quarter of an hour around it. */
function beginOf(day: string, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  for (let quarter = -14 * 4; quarter <= 14 * 4; quarter += 1) {
    const moment = new Date(Date.parse(`${day}T00:00:00Z`) + quarter * 900_000);
    if (clock.format(moment) === `${day} 00:00:00`) return moment.toISOString().replace('.000Z', 'Z');
  }
  throw new Error(`${day} has no midnight in ${timeZone}`);
}

/** One text of a variable as a field holds it. No check yet. */
export function inField(field: FieldModel, variable: VariableRef, text: string, timeZone: string): FieldValue {
  if (field.type === 'Checkbox') return text === 'true';
  if (field.type === 'YesNoMaybe' && variable.type === 'Boolean') return text === 'true' ? 'Yes' : 'No';
  if (field.type === 'Date' && variable.type === 'DateTime') return dayOf(text, timeZone);
  if (field.type === 'DateTime' && variable.type === 'Date') return beginOf(text, timeZone);
  return text;
}

/** The value of a mapping's variables: lists for fields of several values, otherwise texts joined by the separator. */
export function joinInField(
  field: FieldModel,
  parts: readonly { readonly variable: VariableRef; readonly value: VariableValue }[],
  separator: string,
  timeZone: string,
): FieldValue {
  const texts = parts.flatMap(({ variable, value }) =>
    (typeof value === 'string' ? [value] : (value ?? [])).map((text) => inField(field, variable, text, timeZone)),
  );
  const filled = texts.filter((text) => !isEmpty(text));
  if (filled.length === 0) return null;
  if (field.columnType.endsWith('[]')) return [...new Set(filled.map(String))];
  if (TEXTS.includes(field.type)) return filled.map(String).join(separator);
  return filled[0] ?? null;
}

/** Labels that a value needs and the field does not have. */
export function unknownLabels(options: readonly string[] | null, value: FieldValue): readonly string[] {
  if (options === null || isEmpty(value)) return [];
  const labels = typeof value === 'object' && value !== null ? value : [String(value)];
  return labels.filter((label) => !options.includes(label));
}

export type Refusal = 'Length' | 'Range' | 'Scale' | 'Email' | 'Phone' | 'TimeZone' | 'Option';

/** Why a value may not be written, options aside; null if it may. */
export function refusal(field: FieldModel, value: FieldValue): Refusal | null {
  if (isEmpty(value) || typeof value === 'boolean') return null;
  const texts = typeof value === 'string' ? [value] : (value ?? []);
  for (const text of texts) {
    if (field.maxLength !== null && Array.from(text).length > field.maxLength) return 'Length';
    if (field.columnType === 'numeric') {
      if (field.scale !== null && readDecimal(text).scale > field.scale) return 'Scale';
      if (field.minimum !== null && compareDecimals(text, field.minimum) < 0) return 'Range';
      if (field.maximum !== null && compareDecimals(text, field.maximum) > 0) return 'Range';
    }
    if (field.type === 'Email' && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text)) return 'Email';
    if (field.type === 'PhoneNumber' && !/^\+[1-9][0-9]{7,14}$/.test(text)) return 'Phone';
    if (field.type === 'Timezone' && !isTimeZone(text)) return 'TimeZone';
  }
  return null;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
