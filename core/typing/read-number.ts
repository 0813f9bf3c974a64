import { MAX_NUMBER_LENGTH, MINUS_ZERO, numberSource, PLAIN_NUMBER } from './grammar.ts';
import { NUMBER_FORMATS, type NumberFormat } from './formats.ts';

const PLAIN = new RegExp(PLAIN_NUMBER);
const ZERO = new RegExp(MINUS_ZERO);
const SOURCES: Readonly<Record<NumberFormat, RegExp>> = {
  DecimalPoint: new RegExp(numberSource('DecimalPoint')),
  DecimalComma: new RegExp(numberSource('DecimalComma')),
};

/** Whether a text is a number in the format. */
export function isNumber(text: string, format: NumberFormat): boolean {
  return text.length <= MAX_NUMBER_LENGTH && SOURCES[format].test(text);
}

/** The canonical text of a number, every digit as written, or null where it is none. */
export function readNumber(text: string, format: NumberFormat): string | null {
  if (!isNumber(text, format)) return null;
  const [group, point] = format === 'DecimalPoint' ? [',', '.'] : ['.', ','];
  const pointed = text.replaceAll(group, '').replace(point, '.');
  if (PLAIN.test(pointed) && !ZERO.test(pointed)) return pointed;
  const negative = pointed.startsWith('-');
  const digits = expand(pointed.replace(/^[+-]/, '')).replace(/\.$/, '').replace(/^0+/, '');
  const unsigned = digits === '' || digits.startsWith('.') ? `0${digits}` : digits;
  return negative && /[1-9]/.test(unsigned) ? `-${unsigned}` : unsigned;
}

/** Moves the point by the exponent: `1.50e3` is `1500`, `12e-3` is `0.012`. */
function expand(text: string): string {
  const [mantissa = '', exponent] = text.split(/[eE]/);
  if (exponent === undefined) return text;
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** DecimalComma only where the values prove it: some cannot be read with a point, and all can be read with a comma. */
export function detectNumber(counts: Readonly<Record<NumberFormat | 'both', number>>): NumberFormat {
  const onlyComma = counts.DecimalComma - counts.both;
  const onlyPoint = counts.DecimalPoint - counts.both;
  return onlyComma > 0 && onlyPoint === 0 ? 'DecimalComma' : NUMBER_FORMATS[0];
}
