import type { FieldModel } from '../model/object.ts';
import type { FieldValue } from '../model/outcome.ts';

/** Blank: null, the empty text, the empty list. `false` and `0` are values. */
export function isBlank(value: FieldValue): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/**
 * Decimal text in one form per number: no sign of zero, no leading zeros, no trailing zeros after the point, no
 * exponent. Takes plain decimal text and the exponent forms that PostgreSQL prints for none of its numerics but people
 * write; keeps every significant digit. Text that is not a number comes back as it is.
 */
export function canonicalNumber(text: string): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/.exec(text);
  if (match === null) return text;
  let whole = match[2] ?? '';
  let fraction = match[3] ?? '';
  if (whole === '' && fraction === '') return text;
  const exponent = Number(match[4] ?? '0');
  if (exponent > 0) {
    const moved = fraction.padEnd(exponent, '0');
    whole += moved.slice(0, exponent);
    fraction = moved.slice(exponent);
  } else if (exponent < 0) {
    const moved = whole.padStart(-exponent, '0');
    fraction = moved.slice(moved.length + exponent) + fraction;
    whole = moved.slice(0, moved.length + exponent);
  }
  whole = whole.replace(/^0+/, '') || '0';
  fraction = fraction.replace(/0+$/, '');
  const digits = fraction === '' ? whole : `${whole}.${fraction}`;
  return match[1] === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** Compares two canonical numbers by value: negative, zero or positive, as a sort wants it. */
export function compareNumbers(left: string, right: string): number {
  const leftNegative = left.startsWith('-');
  if (leftNegative !== right.startsWith('-')) return leftNegative ? -1 : 1;
  const sign = leftNegative ? -1 : 1;
  const [leftWhole = '', leftFraction = ''] = (leftNegative ? left.slice(1) : left).split('.');
  const [rightWhole = '', rightFraction = ''] = (leftNegative ? right.slice(1) : right).split('.');
  if (leftWhole.length !== rightWhole.length) return sign * (leftWhole.length - rightWhole.length);
  if (leftWhole !== rightWhole) return leftWhole < rightWhole ? -sign : sign;
  if (leftFraction === rightFraction) return 0;
  return leftFraction < rightFraction ? -sign : sign;
}

/**
 * The text under which two values of a field are equal for matching: text exact, e-mail lower-cased, numbers by value,
 * dates, ids and booleans by their canonical text. Null for blank values and lists, which match nothing.
 */
export function matchKey(field: FieldModel, value: FieldValue): string | null {
  if (isBlank(value) || value === null || typeof value === 'object') return null;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (field.type === 'Email') return value.toLowerCase();
  return field.columnType === 'numeric' ? canonicalNumber(value) : value;
}

/** Whether a field holds the same in both: numbers by value, lists of options and references as sets. */
export function isSameValue(field: FieldModel, left: FieldValue, right: FieldValue): boolean {
  if (left === right) return true;
  if (isBlank(left) || isBlank(right)) return isBlank(left) && isBlank(right);
  if (typeof left === 'string' && typeof right === 'string') {
    return field.columnType === 'numeric' && canonicalNumber(left) === canonicalNumber(right);
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    const seen = new Set<unknown>(left);
    return seen.size === new Set<unknown>(right).size && right.every((item) => seen.has(item));
  }
  return false;
}
