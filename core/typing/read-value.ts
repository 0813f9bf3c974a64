import type { VariableType } from '../model/connector.ts';
import { BOOLEAN_FORMATS, type BooleanFormat, type NumberFormat } from './formats.ts';
import { EMAIL, MAX_EMAIL_LENGTH, MAX_LOCAL_PART_LENGTH, UUID } from './grammar.ts';
import { readPhone } from './phone.ts';
import { readNumber } from './read-number.ts';
import { readDate, readDateTime } from './read-time.ts';

/** What a value is read in, besides its type. */
export interface ReadingContext {
  /** As the converters take it; ignored by types that have none. */
  readonly format: string;
  readonly timeZone: string;
  readonly phoneRegion: string | null;
}

const EMAIL_FORM = new RegExp(EMAIL);
const UUID_FORM = new RegExp(UUID);

/** The canonical text of a trimmed, non-blank text, or null where it is not of the type. */
export function readValue(
  type: VariableType,
  text: string,
  { format, timeZone, phoneRegion }: ReadingContext,
): string | null {
  switch (type) {
    case 'String':
      return text;
    case 'Boolean': {
      const [yes, no] = BOOLEAN_FORMATS[format as BooleanFormat];
      const word = asciiLower(text);
      return word === yes ? 'true' : word === no ? 'false' : null;
    }
    case 'Number':
      return readNumber(text, format as NumberFormat);
    case 'Date':
      return readDate(text, format);
    case 'DateTime':
      return readDateTime(text, format, timeZone);
    case 'Email':
      return text.length <= MAX_EMAIL_LENGTH && text.indexOf('@') <= MAX_LOCAL_PART_LENGTH && EMAIL_FORM.test(text)
        ? text
        : null;
    case 'UUID':
      return UUID_FORM.test(text) ? hyphenated(text) : null;
    case 'PhoneNumber': {
      const reading = readPhone(text, phoneRegion);
      return reading.kind === 'Valid' ? reading.e164 : null;
    }
  }
}

function hyphenated(text: string): string {
  const hex = asciiLower(text).replace(/[{}-]/g, '');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** ASCII only, as ClickHouse's `lower`. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
