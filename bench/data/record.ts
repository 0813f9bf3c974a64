/** The columns of the benchmark's file, in order. */
export const COLUMNS = [
  'code',
  'first_name',
  'last_name',
  'email',
  'amount',
  'quantity',
  'joined',
  'seen_at',
  'is_active',
] as const;

type Column = (typeof COLUMNS)[number];

/** One line of the file; an empty text is a blank. */
export type SourceRecord = Readonly<Record<Column, string>>;

const FIRST_NAMES = ['Anna', 'Jürgen', 'Zoë', 'Li', 'Mary "May"', 'O’Neil, Jr.', 'Søren', 'Ewa', 'Luís', '  Padded '];
const LAST_NAMES = ['Smith', 'Müller', 'García', 'Nguyễn', 'van der Berg', 'Okafor', "D'Angelo", 'Ivanova', 'Tanaka'];

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(1950, 0, 1);
const DAYS = 27_000;
const FIRST_SECOND = Date.UTC(2020, 0, 1) / 1000;
const SECONDS = 180_000_000;

/** 32 well mixed bits of three numbers (the finalizer of MurmurHash3). */
function mix(seed: number, index: number, salt: number): number {
  let bits = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35) ^ Math.imul(salt, 0x27d4eb2f);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A key that no other index has, in no order: an odd factor permutes the 32-bit numbers. */
function codeOf(seed: number, index: number): string {
  return `M-${((Math.imul(index, 0x9e3779b1) ^ seed) >>> 0).toString(16).padStart(8, '0')}`;
}

/**
 * A record of the benchmark: always the same for the same arguments. About 4 % of the optional values are blank.
 *
 * @param index which record, from 0; decides the key
 * @param version how often it was changed; quantity, amount and seen_at depend on it, and quantity always differs
 */
export function buildRecord(seed: number, index: number, version: number): SourceRecord {
  const isBlank = (salt: number): boolean => mix(seed, index, salt) % 25 === 0;
  const pick = (names: readonly string[], salt: number): string => names[mix(seed, index, salt) % names.length] ?? '';
  const changing = (salt: number): number => mix(seed, index, salt + 100 * (version + 1));
  const cents = changing(1) % 10_000_000;
  const day = new Date(FIRST_DAY + (mix(seed, index, 2) % DAYS) * DAY_MS);
  const second = new Date((FIRST_SECOND + (changing(3) % SECONDS)) * 1000);
  return {
    code: codeOf(seed, index),
    first_name: pick(FIRST_NAMES, 4),
    last_name: isBlank(5) ? '' : pick(LAST_NAMES, 6),
    email: isBlank(7) ? '' : `member.${index.toString(36)}@example.com`,
    amount: isBlank(8) ? '' : `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
    quantity: String((mix(seed, index, 9) % 1000) + 1000 * version),
    joined: isBlank(10) ? '' : day.toISOString().slice(0, 10),
    seen_at: isBlank(11) ? '' : `${second.toISOString().slice(0, 19)}Z`,
    is_active: isBlank(12) ? '' : mix(seed, index, 13) % 3 === 0 ? 'false' : 'true',
  };
}

/** The record as a line of a CSV file, without its end. */
export function renderLine(record: SourceRecord): string {
  return COLUMNS.map((column) => {
    const cell = record[column];
    return /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }).join(',');
}

/**
 * What the table must hold for the record, as one text: the values of the eight fields in the order of FINGERPRINT_SQL,
 * separated by a unit separator, blanks empty.
 */
export function renderStored(record: SourceRecord): string {
  const name = `${record.first_name.trim()} ${record.last_name.trim()}`.trim();
  // Trailing zeros carry no meaning: 1.50 and 1.5 are one number.
  const amount = record.amount.includes('.') ? record.amount.replace(/\.?0+$/, '') : record.amount;
  const { code, email, quantity, joined, seen_at: seenAt, is_active: isActive } = record;
  return [code, name, email, amount, quantity, joined, seenAt, isActive].join('\u001f');
}
