import type { VariableType } from '../model/connector.ts';
import { BOOLEAN_FORMATS, DATE_FAMILIES, NUMBER_FORMATS, type DateFamily } from './formats.ts';
import { MAX_NUMBER_LENGTH, numberSource, PLAIN_NUMBER } from './grammar.ts';
import { detectNumber } from './read-number.ts';
import { DETECTED } from './read-time.ts';
import { quoteText } from './sql-text.ts';

/** What detection found in a column. */
export interface Detection {
  /** As the converters take it. */
  readonly format: string;
  /** Values that could be read in another way as well, to another value. */
  readonly ambiguous: number;
}

/** Counts by name, as the detection query gives them. */
export type DetectionCounts = Readonly<Record<string, number>>;

/** Whether the format of a type is detected where none is declared. */
export function isDetected(type: VariableType): boolean {
  return type === 'Boolean' || type === 'Number' || type === 'Date' || type === 'DateTime';
}

/** Epochs are told from serials by their size; 8 digits are neither (20240131 is no second of 1970). */
export const NUMERIC_TIMES: Readonly<Record<string, string>> = {
  UnixEpoch: '^-?[0-9]{9,11}(?:\\.[0-9]+)?$',
  UnixEpochMillis: '^-?[0-9]{12,14}(?:\\.[0-9]+)?$',
  ExcelEpoch: '^[1-9][0-9]{0,6}(?:\\.[0-9]+)?$',
};

const MONTH = '(?:0?[1-9]|1[0-2])';
const DAY = '(?:0?[1-9]|[12][0-9]|3[01])';
const FAMILY_SHAPES: Readonly<Record<DateFamily, string>> = {
  'YYYY-MM-DD': `^[0-9]{4}[/.-]${MONTH}[/.-]${DAY}(?:[Tt ].*)?$`,
  'MM/DD/YYYY': `^${MONTH}[/.-]${DAY}[/.-][0-9]{4}(?:[Tt ].*)?$`,
  'DD/MM/YYYY': `^${DAY}[/.-]${MONTH}[/.-][0-9]{4}(?:[Tt ].*)?$`,
};

/**
 * A predicate over a non-blank text `s`. Where it holds for all texts of a column, none of them can be read in another
 * way to another value, and the format is the one that `chooseFormat` takes without any counts.
 */
export function settledSql(type: VariableType): string {
  switch (type) {
    case 'Boolean':
      return `lower(s) IN (${BOOLEAN_FORMATS.TrueFalse.map((word) => quoteText(word)).join(', ')})`;
    case 'Number':
      return `length(s) <= ${MAX_NUMBER_LENGTH} AND match(s, ${quoteText(PLAIN_NUMBER)})`;
    default:
      return `match(s, ${quoteText(FAMILY_SHAPES['YYYY-MM-DD'])})`;
  }
}

/**
 * A query of one row of counts. `source` is a SELECT with the column `s` of trimmed, non-blank texts. Only values that are
 * possible count: 13/13/2024 speaks for nobody.
 */
export function detectionQuery(type: VariableType, source: string): string {
  switch (type) {
    case 'Boolean': {
      const counts = Object.entries(BOOLEAN_FORMATS).map(
        ([name, [yes, no]]) => `countIf(lower(s) IN ('${yes}', '${no}')) AS ${name}`,
      );
      return `SELECT ${counts.join(', ')} FROM (${source})`;
    }
    case 'Number': {
      const [point = '', comma = ''] = NUMBER_FORMATS.map((format) => `match(s, ${quoteText(numberSource(format))})`);
      const short = `length(s) <= ${MAX_NUMBER_LENGTH}`;
      return (
        `SELECT countIf(point) AS DecimalPoint, countIf(comma) AS DecimalComma, countIf(point AND comma) AS both, ` +
        `countIf(point AND comma AND match(s, '[.,]')) AS separated ` +
        `FROM (SELECT s, ${short} AND ${point} AS point, ${short} AND ${comma} AS comma FROM (${source}))`
      );
    }
    default: {
      const counts = Object.entries({ ...FAMILY_SHAPES, ...NUMERIC_TIMES }).map(
        ([name, regexp]) => `countIf(match(s, ${quoteText(regexp)})) AS \`${name}\``,
      );
      const both = [FAMILY_SHAPES['MM/DD/YYYY'], FAMILY_SHAPES['DD/MM/YYYY']].map(
        (regexp) => `match(s, ${quoteText(regexp)})`,
      );
      return (
        `SELECT ${counts.join(', ')}, countIf(either) AS both, ` +
        `countIf(either AND toUInt8OrZero(parts[1]) != toUInt8OrZero(parts[2])) AS ambiguous ` +
        // A lambda over the texts that count: splitting is dear.
        `FROM (SELECT s, ${both.join(' AND ')} AS either, ` +
        `arrayMap(s -> splitByRegexp('[/.-]', substring(s, 1, 6)), if(either, [s], emptyArrayString()))[1] AS parts FROM (${source}))`
      );
    }
  }
}

/** The format that fits most values; of two that fit alike the earlier in the list of the type. */
export function chooseFormat(type: VariableType, counts: DetectionCounts): Detection {
  const count = (name: string): number => counts[name] ?? 0;
  switch (type) {
    case 'Boolean':
      return { format: mostFrequent(Object.keys(BOOLEAN_FORMATS), count), ambiguous: 0 };
    case 'Number': {
      const format = detectNumber({
        DecimalPoint: count('DecimalPoint'),
        DecimalComma: count('DecimalComma'),
        both: count('both'),
      });
      return { format, ambiguous: format === 'DecimalComma' ? count('separated') : 0 };
    }
    default: {
      const best = mostFrequent([...DATE_FAMILIES, ...Object.keys(NUMERIC_TIMES)], count);
      const isFamily = DATE_FAMILIES.some((family) => family === best);
      // One reading that fits a value the other does not, and never the other way round, settles the column.
      const month = count('MM/DD/YYYY') - count('both');
      const day = count('DD/MM/YYYY') - count('both');
      const settled = month > 0 !== day > 0;
      const ambiguous = isFamily && best !== 'YYYY-MM-DD' && !settled ? count('ambiguous') : 0;
      return { format: isFamily ? `${DETECTED}${best}` : best, ambiguous };
    }
  }
}

function mostFrequent(names: readonly string[], count: (name: string) => number): string {
  return names.reduce((best, name) => (count(name) > count(best) ? name : best), names[0] ?? '');
}
