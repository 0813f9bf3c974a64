const MAX_EXPONENT = 400;

/**
 * The number of a sheet's cell as plain decimal digits, every digit as written in the file, with three exceptions: `1.0`
 * is the whole number `1`; an exponent is written out; and the noise of binary fractions is taken off, since
 * spreadsheets store 17 digits of a value that was typed with fewer (`1.1000000000000001`, `0.30000000000000004`).
 * Text that is no number is returned as it is.
 */
export function sheetNumber(text: string): string {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(text.trim());
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponentText] = match;
  const exponent = Number(exponentText ?? 0);
  if (whole + fraction === '' || Math.abs(exponent) > MAX_EXPONENT) return text;
  const plain = placePoint(whole, fraction, exponent);
  const digits = plain.replace('.', '').replace(/^0+/, '');
  const settled = plain.includes('.') && (digits.length === 16 || digits.length === 17) ? withoutNoise(plain) : plain;
  return sign === '-' && /[1-9]/.test(settled) ? `-${settled}` : settled;
}

/** `12.50` from 12, 50, 0; zeros of a whole number's fraction go, as do leading zeros. */
function placePoint(whole: string, fraction: string, exponent: number): string {
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const left = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  let right = point <= 0 ? digits.padStart(digits.length - point, '0') : digits.slice(point);
  if (exponent !== 0) right = right.replace(/0+$/, '');
  const head = left.replace(/^0+(?=[0-9])/, '');
  return /[1-9]/.test(right) ? `${head}.${right}` : head;
}

/**
 * Fifteen digits are what spreadsheets compute with. Where rounding to them leaves at most twelve, the rest was noise;
 * otherwise the shortest text that is the same binary number.
 */
function withoutNoise(plain: string): string {
  const value = Number(plain);
  const rounded = expand(value.toPrecision(15));
  if (rounded.replace('.', '').replace(/^0+/, '').length <= 12) return rounded;
  return expand(String(value));
}

function expand(text: string): string {
  const match = /^([0-9]+)(?:\.([0-9]*))?(?:e([+-]?[0-9]+))?$/.exec(text);
  if (match === null) return text;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  return placePoint(match[1] ?? '', fraction, Number(match[3] ?? 0));
}

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
/** Up to so many digits there is no noise. */
const EXACT_DIGITS = 15;

/** Whether the bytes are a number that `sheetNumber` leaves as it is; may say false of one that it would. */
export function isSettledNumber(bytes: Uint8Array, begin: number, end: number): boolean {
  let at = begin;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at += 1;
  const first = bytes[at];
  const whole = at;
  let isZero = true;
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    if (digit !== 0) isZero = false;
  }
  const wholeDigits = at - whole;
  if (wholeDigits === 0 || (first === ZERO && wholeDigits > 1)) return false;
  if (at === end) return !(isNegative && isZero);
  if (bytes[at] !== POINT || end - whole > EXACT_DIGITS + 1) return false;
  let isWhole = true;
  for (at += 1; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return false;
    if (digit !== 0) isWhole = false;
  }
  return !isWhole;
}
