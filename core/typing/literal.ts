import type { ArrayDelimiter, VariableType, VariableValue } from '../model/connector.ts';
import { BOOLEAN_FORMATS, DATE_FAMILIES } from './formats.ts';
import { expectation, withArticle } from './expectation.ts';
import { splitList, trimText } from './list.ts';
import { DETECTED } from './read-time.ts';
import { readValue, type ReadingContext } from './read-value.ts';

/** What a literal is read in. Everything may be left out. */
export interface LiteralOptions {
  /** Null or left out: the first format of the type that fits. */
  readonly inputFormat?: string | null;
  /** IANA; UTC unless said. */
  readonly timeZone?: string;
  readonly phoneRegion?: string | null;
}

export interface LiteralResult {
  readonly value: VariableValue;
  /** Why the text is not of the type, for people; null where it is. */
  readonly problem: string | null;
}

/**
 * Types a literal of a manifest (`additionalVariables[].value`, `filterCondition.value`) by the grammar that columns are
 * typed by. A blank text is null. One failing element fails a list: a literal is the author's own.
 */
export function typeLiteral(
  type: VariableType,
  text: string,
  arrayDelimiter: ArrayDelimiter | null,
  options: LiteralOptions = {},
): LiteralResult {
  const clean = text.replaceAll('\0', '');
  const elements =
    arrayDelimiter === null ? [trimText(clean)].filter((element) => element !== '') : splitList(clean, arrayDelimiter);
  const values: string[] = [];
  for (const element of elements) {
    const value = readLiteral(type, element, options);
    if (value === null) {
      const expected = expectation(type, options.inputFormat ?? null);
      return { value: null, problem: `'${element.slice(0, 80)}' is not ${withArticle(type)} (expected ${expected})` };
    }
    values.push(value);
  }
  const [first = null] = values;
  return { value: arrayDelimiter === null || first === null ? first : values, problem: null };
}

function readLiteral(type: VariableType, text: string, options: LiteralOptions): string | null {
  const context = { timeZone: options.timeZone ?? 'UTC', phoneRegion: options.phoneRegion ?? null };
  for (const format of literalFormats(type, options.inputFormat ?? null)) {
    const value = readValue(type, text, { ...context, format } satisfies ReadingContext);
    if (value !== null) return value;
  }
  return null;
}

/** A literal has no column around it that could tell epochs from serials: dates only, months first. */
function literalFormats(type: VariableType, declared: string | null): readonly string[] {
  if (declared !== null) return [declared];
  switch (type) {
    case 'Boolean':
      return Object.keys(BOOLEAN_FORMATS);
    case 'Number':
      return ['DecimalPoint'];
    case 'Date':
    case 'DateTime':
      return DATE_FAMILIES.map((family) => `${DETECTED}${family}`);
    default:
      return [''];
  }
}
