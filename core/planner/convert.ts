import type { VariableRef, VariableType, VariableValue } from '../model/connector.ts';
import type { FieldModel } from '../model/object.ts';
import type { FieldValue, RowProblem } from '../model/outcome.ts';
import { readPhone } from '../typing/phone.ts';
import { readValue } from '../typing/read-value.ts';
import { renderOutput } from '../typing/render.ts';
import { isTimeZone } from '../typing/time-zone.ts';
import { localDate, startOfDay } from './calendar.ts';
import { canonicalNumber, compareNumbers } from './field-value.ts';

/** What conversions need to know besides the value. */
export interface ConversionContext {
  /** IANA zone in which a date-time is cut to a date, and a date becomes a date-time. */
  readonly timeZone: string;
  readonly phoneRegion: string | null;
  /** Whether the label was added to the field after the manifest was written. */
  readonly hasAddedOption: (field: string, label: string) => boolean;
}

/** A value for a field, why it cannot be written, and the options that writing it would add. */
export interface Conversion {
  /** With a problem: what would have been written, to see whether the record holds it already. */
  readonly value: FieldValue;
  readonly problem: RowProblem | null;
  readonly newOptions: readonly string[];
}

const NO_OPTIONS: readonly string[] = [];
const BLANK: Conversion = { value: null, problem: null, newOptions: NO_OPTIONS };

const plain = (value: FieldValue): Conversion => ({ value, problem: null, newOptions: NO_OPTIONS });

const fault = (field: FieldModel, value: FieldValue, code: string, message: string): Conversion => ({
  value,
  problem: { code, message: `${field.name}: ${message}`, field: field.name },
  newOptions: NO_OPTIONS,
});

const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);

/** PostgreSQL's numeric holds this many digits before and after the point. */
const MOST_WHOLE_DIGITS = 131_072;
const MOST_FRACTION_DIGITS = 16_383;

function convertNumber(field: FieldModel, text: string): Conversion {
  const isUnbounded = field.scale === null && field.minimum === null && field.maximum === null;
  if (isUnbounded && text.length <= MOST_FRACTION_DIGITS) return plain(text);
  const canonical = canonicalNumber(text);
  const [whole = '', fraction = ''] = canonical.replace('-', '').split('.');
  if (whole.length > MOST_WHOLE_DIGITS || fraction.length > MOST_FRACTION_DIGITS) {
    return fault(field, text, 'OutOfRange', `${quote(text)} has more digits than a number can hold`);
  }
  if (field.scale !== null && fraction.length > field.scale) {
    const limit = field.scale === 0 ? 'a whole number' : `at most ${field.scale} digits after the decimal point`;
    return fault(field, text, 'TooManyDecimals', `${quote(text)} is not ${limit}`);
  }
  if (field.minimum !== null && compareNumbers(canonical, canonicalNumber(field.minimum)) < 0) {
    return fault(field, text, 'OutOfRange', `${quote(text)} is less than ${field.minimum}`);
  }
  if (field.maximum !== null && compareNumbers(canonical, canonicalNumber(field.maximum)) > 0) {
    return fault(field, text, 'OutOfRange', `${quote(text)} is more than ${field.maximum}`);
  }
  return plain(text);
}

/** Code points, not UTF-16 units: what a person and PostgreSQL call characters. Short texts are judged by their units. */
function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  return Array.from(text).length > limit;
}

function isEmail(text: string, { timeZone, phoneRegion }: ConversionContext): boolean {
  return readValue('Email', text, { format: '', timeZone, phoneRegion }) !== null;
}

/**
 * @param typed the type of the variable that the text is the whole value of: a value that typing has read already is not
 * read again; null for joined texts
 */
function convertText(
  field: FieldModel,
  text: string,
  typed: VariableType | null,
  context: ConversionContext,
): Conversion {
  if (text.includes('\0')) return fault(field, text, 'InvalidText', 'the value holds a NUL character');
  if (field.maxLength !== null && isLonger(text, field.maxLength)) {
    return fault(field, text, 'TooLong', `${quote(text)} is longer than ${field.maxLength} characters`);
  }
  switch (field.type) {
    case 'Email':
      return typed === 'Email' || isEmail(text, context)
        ? plain(text)
        : fault(field, text, 'InvalidEmail', `${quote(text)} is not an e-mail address`);
    case 'PhoneNumber': {
      if (typed === 'PhoneNumber') return plain(text);
      const reading = readPhone(text, context.phoneRegion);
      if (reading.kind === 'Valid') return plain(reading.e164);
      return fault(field, text, 'InvalidPhoneNumber', `${quote(text)} is not a phone number with a country code`);
    }
    case 'Timezone':
      return isTimeZone(text)
        ? plain(text)
        : fault(field, text, 'InvalidTimezone', `${quote(text)} is not an IANA time zone`);
    default:
      return plain(text);
  }
}

/** Labels are exact. An unknown one is a new option where the mapping allows that, and a fault where not. */
function convertLabels(
  field: FieldModel,
  labels: readonly string[],
  createOptions: boolean,
  context: ConversionContext,
): Conversion {
  const options = field.options;
  if (options === null) return { value: labels, problem: null, newOptions: NO_OPTIONS };
  const unknown = labels.filter((label) => !options.includes(label) && !context.hasAddedOption(field.name, label));
  const [first] = unknown;
  if (first === undefined) return { value: labels, problem: null, newOptions: NO_OPTIONS };
  if (!createOptions) {
    const shown = options.slice(0, 8).join(', ') + (options.length > 8 ? ', …' : '');
    return fault(field, labels, 'UnknownOption', `${quote(first)} is not an option; there is ${shown}`);
  }
  const odd = unknown.find((label) => label.includes('\0') || isLonger(label, 255));
  if (odd !== undefined)
    return fault(field, labels, 'TooLong', `${quote(odd)} cannot become an option: more than 255 characters`);
  return { value: labels, problem: null, newOptions: unknown };
}

function convertList(
  field: FieldModel,
  items: readonly string[],
  createOptions: boolean,
  context: ConversionContext,
): Conversion {
  const distinct = [...new Set(items)];
  for (const item of distinct) {
    if (item.includes('\0')) return fault(field, distinct, 'InvalidText', 'the value holds a NUL character');
    if (isLonger(item, 255)) return fault(field, distinct, 'TooLong', `${quote(item)} is longer than 255 characters`);
  }
  return distinct.length === 0 ? BLANK : convertLabels(field, distinct, createOptions, context);
}

/** Between Date and DateTime in the zone of the connector; the edges of the calendar can be left on the way. */
function convertTime(
  field: FieldModel,
  text: string,
  convert: (text: string, timeZone: string) => string | null,
  { timeZone }: ConversionContext,
): Conversion {
  const value = convert(text, timeZone);
  return value === null
    ? fault(field, text, 'OutOfRange', `${quote(text)} is not between the years 1 and 9999 in ${timeZone}`)
    : plain(value);
}

/** `10:00:00.120Z` and `10:00:00.12Z` are one instant, and PostgreSQL prints the second. */
const withoutTrailingZeros = (instant: string): string => instant.replace(/(\.\d*?)0+Z$/, '$1Z').replace('.Z', 'Z');

function convertScalar(
  field: FieldModel,
  variable: VariableRef,
  text: string,
  createOptions: boolean,
  context: ConversionContext,
): Conversion {
  switch (field.columnType) {
    case 'numeric':
      return convertNumber(field, text);
    case 'boolean':
      return plain(text === 'true');
    case 'date':
      return variable.type === 'DateTime' ? convertTime(field, text, localDate, context) : plain(text);
    case 'timestamptz':
      return variable.type === 'Date'
        ? convertTime(field, text, startOfDay, context)
        : plain(withoutTrailingZeros(text));
    case 'text': {
      if (field.options === null)
        return convertText(field, renderOutput(variable.type, variable.outputFormat, text), variable.type, context);
      const yesNo = field.type === 'YesNoMaybe' && variable.type === 'Boolean';
      const label = yesNo ? (text === 'true' ? 'Yes' : 'No') : renderOutput(variable.type, variable.outputFormat, text);
      const converted = convertLabels(field, [label], createOptions, context);
      return { ...converted, value: label };
    }
    case 'text[]':
    case 'uuid[]':
      return convertList(field, [text], createOptions, context);
    case 'uuid':
      return plain(text);
  }
}

/** Texts up to this many characters need no look at the digits that PostgreSQL can hold. */
export const MOST_PLAIN_CHARACTERS = MOST_FRACTION_DIGITS;

/**
 * How often `convertOne` gives a field the very text of a variable (a Checkbox: what the text says), without a problem or
 * a new option: for every text without NUL of at most MOST_PLAIN_CHARACTERS; for some, which convertOne tells; never.
 */
export function takesTexts(field: FieldModel, { type, isArray, outputFormat }: VariableRef): 'All' | 'Some' | 'None' {
  if (isArray) return 'None';
  switch (field.columnType) {
    case 'numeric':
      return field.scale === null && field.minimum === null && field.maximum === null ? 'All' : 'Some';
    case 'boolean':
      return type === 'Boolean' ? 'All' : 'None';
    case 'date':
      return type === 'DateTime' ? 'None' : 'All';
    case 'timestamptz':
      return type === 'Date' ? 'None' : 'Some';
    case 'uuid':
      return 'All';
    case 'text': {
      const isRead = !['Email', 'PhoneNumber', 'Timezone'].includes(field.type) || field.type === type;
      return field.options === null && field.maxLength === null && outputFormat === null && isRead ? 'All' : 'Some';
    }
    case 'text[]':
    case 'uuid[]':
      return 'None';
  }
}

/** A look at a text that tells without converting it that it is taken as it is; where it fails, nothing is said. */
export type QuickTest =
  | { readonly kind: 'WithoutPoint' }
  /** Of the digits after the decimal point, which there need not be. */
  | { readonly kind: 'FractionDigits'; readonly most: number }
  /** UTF-16 units or bytes: there are at most as many characters. */
  | { readonly kind: 'Length'; readonly most: number };

export function passesQuickTest(test: QuickTest, text: string): boolean {
  switch (test.kind) {
    case 'WithoutPoint':
      return !text.includes('.');
    case 'FractionDigits': {
      const point = text.indexOf('.');
      return point < 0 || text.length - point - 1 <= test.most;
    }
    case 'Length':
      return text.length <= test.most;
  }
}

/** Where a field takes some texts of a variable: a quick test that only those pass; null where there is none. */
export function quickTest(field: FieldModel, { type, outputFormat }: VariableRef): QuickTest | null {
  const { columnType, maxLength } = field;
  switch (columnType) {
    case 'numeric':
      if (type !== 'Number' || field.minimum !== null || field.maximum !== null) return null;
      return { kind: 'FractionDigits', most: field.scale ?? 0 };
    case 'timestamptz':
      return type === 'DateTime' ? { kind: 'WithoutPoint' } : null;
    case 'text': {
      if (maxLength === null || outputFormat !== null) return null;
      const isFreeOfLimits = takesTexts(
        { ...field, maxLength: null },
        { name: '', type, isArray: false, outputFormat },
      );
      return isFreeOfLimits === 'All' ? { kind: 'Length', most: maxLength } : null;
    }
    default:
      return null;
  }
}

/** The value that one variable gives a field: what `convertToField` does with a single one. */
export function convertOne(
  field: FieldModel,
  variable: VariableRef,
  value: VariableValue,
  createOptions: boolean,
  context: ConversionContext,
): Conversion {
  if (value === null || value === '') return BLANK;
  if (typeof value === 'string') return convertScalar(field, variable, value, createOptions, context);
  if (field.columnType !== 'text[]' && field.columnType !== 'uuid[]') return BLANK;
  return convertList(field, value, createOptions, context);
}

/**
 * The value that variables give a field. Several are joined by the separator, blanks left out; into a field of several
 * options they are united. Total: whatever cannot be stored is a problem, which counts only where the value would be
 * written.
 */
export function convertToField(
  field: FieldModel,
  variables: readonly VariableRef[],
  values: readonly VariableValue[],
  separator: string,
  createOptions: boolean,
  context: ConversionContext,
): Conversion {
  if (field.columnType === 'text[]' || field.columnType === 'uuid[]') {
    const items = values.flatMap((value) => (value === null ? [] : typeof value === 'string' ? [value] : value));
    return convertList(field, items, createOptions, context);
  }
  const [only] = variables;
  if (variables.length === 1 && only !== undefined) {
    return convertOne(field, only, values[0] ?? null, createOptions, context);
  }
  const present: { variable: VariableRef; text: string }[] = [];
  for (const [index, variable] of variables.entries()) {
    const value = values[index] ?? null;
    if (typeof value === 'string' && value !== '') present.push({ variable, text: value });
  }
  const [first] = present;
  if (first === undefined) return BLANK;
  if (present.length === 1) return convertScalar(field, first.variable, first.text, createOptions, context);
  const joined = present
    .map(({ variable, text }) => renderOutput(variable.type, variable.outputFormat, text))
    .join(separator);
  return convertText(field, joined, null, context);
}
