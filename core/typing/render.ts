import type { VariableType } from '../model/connector.ts';
import { parseDatePattern, type TimePart } from './date-pattern.ts';
import { booleanOutput } from './formats.ts';

/**
 * A canonical value as it is written into a text field. Without an output format it stays canonical. DateTimes are
 * rendered in UTC. A format that does not fit the type leaves the value as it is; `checkOutputFormat` refuses it before.
 */
export function renderOutput(type: VariableType, outputFormat: string | null, canonical: string): string {
  if (outputFormat === null) return canonical;
  switch (type) {
    case 'Boolean': {
      const words = booleanOutput(outputFormat);
      return words === null ? canonical : words[canonical === 'true' ? 0 : 1];
    }
    case 'Number':
      return outputFormat === 'Comma' ? groupDigits(canonical) : canonical;
    case 'Date':
    case 'DateTime':
      return renderTime(outputFormat, canonical);
    default:
      return canonical;
  }
}

function groupDigits(canonical: string): string {
  const [whole = '', fraction] = canonical.split('.');
  const grouped = whole.replace(/\B(?=(?:[0-9]{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function renderTime(outputFormat: string, canonical: string): string {
  const pattern = parseDatePattern(outputFormat);
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z)?$/.exec(canonical);
  if (typeof pattern === 'string' || match === null) return canonical;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = ''] = match;
  const twelve = pattern.tokens.some((token) => 'part' in token && token.part === 'meridiem');
  const parts: Readonly<Record<TimePart, string>> = {
    year,
    month,
    day,
    hour: twelve ? String(((Number(hour) + 11) % 12) + 1).padStart(2, '0') : hour,
    minute,
    second,
    fraction: fraction.padEnd(3, '0'),
    meridiem: Number(hour) < 12 ? 'AM' : 'PM',
    offset: 'Z',
  };
  return pattern.tokens
    .map((token) => {
      if ('literal' in token) return token.literal;
      const text = parts[token.part];
      return token.padded ? text : text.replace(/^0(?=.)/, '');
    })
    .join('');
}
