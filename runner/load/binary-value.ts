/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
import type { ColumnType } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';
import { renderCopyColumn } from './record-values.ts';

/*
 * Values in the binary format of `COPY`, as the receive functions of PostgreSQL's types take them: the length in 32 bits,
 * -1 for NULL, and the bytes, all numbers big-endian.
 */

const BACKSLASH = 92;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const COLON = 58;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const UPPER_T = 84;
const UPPER_Z = 90;

/** Of a length. */
const LENGTH_BYTES = 4;
const NUMERIC_HEAD_BYTES = 8;
const NUMERIC_NEGATIVE = 0x4000;
/** PostgreSQL's numeric has no more digits behind the point. */
const MOST_NUMERIC_CHARACTERS = 16_383;
const DATE_CHARACTERS = 10;
/** Of a date-time without a fraction and a zone. */
const TIME_CHARACTERS = 19;
const MOST_FRACTION_DIGITS = 6;
const DAY_SECONDS = 86_400;
/** From 0000-03-01 to 2000-01-01. */
const DAYS_TO_2000 = 730_425;
const NO_DAY = -1e9;

/**
 * Writes a value that is not NULL from its text, which is TabSeparated or as `COPY` writes it; takes at most
 * MOST_ADDED_BYTES more.
 *
 * @param from,to of the text in `bytes`, of which `findEnds` has taken every character
 * @returns where the value ends in `target`; -1 where the text is not of the form that typing or the server gives the type,
 * and nothing is said of what it means
 */
export type WriteBinary = (bytes: Uint8Array, from: number, to: number, target: Uint8Array, at: number) => number;

/** Bytes that a value takes at most beyond those of its text. */
export const MOST_ADDED_BYTES = 20;

export function writeInt32(value: number, target: Uint8Array, at: number): number {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
  return at + 4;
}

export function writeInt16(value: number, target: Uint8Array, at: number): number {
  target[at] = value >>> 8;
  target[at + 1] = value;
  return at + 2;
}

export const writeBinaryNull = (target: Uint8Array, at: number): number => writeInt32(-1, target, at);

/** What a letter after a backslash stands for. */
const UNESCAPED = Uint8Array.from({ length: 256 }, (_, code) => code);
for (const [letter, character] of Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' })) {
  UNESCAPED[letter.charCodeAt(0)] = character.charCodeAt(0);
}

const writeText: WriteBinary = (bytes, from, to, target, start) => {
  let at = start + LENGTH_BYTES;
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index]!;
    target[at++] = byte === BACKSLASH ? UNESCAPED[bytes[++index]!]! : byte;
  }
  writeInt32(at - start - LENGTH_BYTES, target, start);
  return at;
};

const isDigit = (byte: number | undefined): boolean => byte! >= ZERO && byte! <= NINE;

/** Digits to the base of 10,000, aligned at the point; the server leaves zeros at both ends away. */
const writeNumeric: WriteBinary = (bytes, from, to, target, start) => {
  if (to - from > MOST_NUMERIC_CHARACTERS) return -1;
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  let point = first;
  while (point < to && isDigit(bytes[point])) point += 1;
  if (point === first || (point < to && (bytes[point] !== POINT || point + 1 === to))) return -1;
  let at = start + LENGTH_BYTES + NUMERIC_HEAD_BYTES;
  let group = 0;
  for (let index = first; index < point; index += 1) {
    group = group * 10 + bytes[index]! - ZERO;
    if (((point - index) & 3) !== 1) continue;
    at = writeInt16(group, target, at);
    group = 0;
  }
  let scale = 0;
  for (let index = point + 1; index < to; index += 1) {
    if (!isDigit(bytes[index])) return -1;
    group = group * 10 + bytes[index]! - ZERO;
    scale += 1;
    if ((scale & 3) !== 0) continue;
    at = writeInt16(group, target, at);
    group = 0;
  }
  for (let digits = scale; (digits & 3) !== 0; digits += 1) {
    group *= 10;
    if ((digits & 3) === 3) at = writeInt16(group, target, at);
  }
  const groups = (at - start - LENGTH_BYTES - NUMERIC_HEAD_BYTES) >> 1;
  writeInt32(at - start - LENGTH_BYTES, target, start);
  writeInt16(groups, target, start + 4);
  writeInt16(((point - first + 3) >> 2) - 1, target, start + 6);
  writeInt16(isNegative ? NUMERIC_NEGATIVE : 0, target, start + 8);
  writeInt16(scale, target, start + 10);
  return at;
};

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/** Whether a text is the word or its first letter. */
function isWord(word: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length !== 1 && length !== word.length) return false;
  for (let index = 0; index < length; index += 1) if (bytes[from + index] !== word[index]) return false;
  return true;
}

const writeBoolean: WriteBinary = (bytes, from, to, target, at) => {
  const isTrue = isWord(TRUE, bytes, from, to);
  if (!isTrue && !isWord(FALSE, bytes, from, to)) return -1;
  writeInt32(1, target, at);
  target[at + LENGTH_BYTES] = isTrue ? 1 : 0;
  return at + LENGTH_BYTES + 1;
};

/** Two digits; far below 0 where they are none. */
function readTwo(bytes: Uint8Array, at: number): number {
  return isDigit(bytes[at]) && isDigit(bytes[at + 1]) ? bytes[at]! * 10 + bytes[at + 1]! - 11 * ZERO : NO_DAY;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Days since 2000-01-01 of `2026-01-31` in the Gregorian calendar, as H. Hinnant's `days_from_civil` counts them; NO_DAY
 * where there is no such day in the years 1 to 9999.
 */
function readDays(bytes: Uint8Array, from: number): number {
  const year = readTwo(bytes, from) * 100 + readTwo(bytes, from + 2);
  const month = readTwo(bytes, from + 5);
  const day = readTwo(bytes, from + 8);
  if (bytes[from + 4] !== MINUS || bytes[from + 7] !== MINUS) return NO_DAY;
  if (year < 1 || month < 1 || month > 12 || day < 1) return NO_DAY;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day > MONTH_DAYS[month - 1]! + (month === 2 && isLeap ? 1 : 0)) return NO_DAY;
  const counted = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leaps = Math.floor(counted / 4) - Math.floor(counted / 100) + Math.floor(counted / 400);
  return counted * 365 + leaps + dayOfYear - DAYS_TO_2000;
}

const writeDate: WriteBinary = (bytes, from, to, target, at) => {
  if (to - from !== DATE_CHARACTERS) return -1;
  const days = readDays(bytes, from);
  return days === NO_DAY ? -1 : writeInt32(days, target, writeInt32(4, target, at));
};

/** `2026-01-31T23:59:59.5Z`, or `2026-01-31 23:59:59.5+00` as the server writes it. */
const writeTime: WriteBinary = (bytes, from, to, target, start) => {
  let zone = from + TIME_CHARACTERS;
  let micros = 0;
  if (bytes[zone] === POINT && zone < to) {
    const first = ++zone;
    while (zone < to && isDigit(bytes[zone])) micros = micros * 10 + bytes[zone++]! - ZERO;
    const digits = zone - first;
    if (digits === 0 || digits > MOST_FRACTION_DIGITS) return -1;
    for (let digit = digits; digit < MOST_FRACTION_DIGITS; digit += 1) micros *= 10;
  }
  const isUtc =
    (to - zone === 1 && bytes[zone] === UPPER_Z) ||
    (to - zone === 3 && bytes[zone] === PLUS && readTwo(bytes, zone + 1) === 0);
  const separator = bytes[from + DATE_CHARACTERS];
  if (!isUtc || (separator !== UPPER_T && separator !== SPACE)) return -1;
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return -1;
  const days = readDays(bytes, from);
  const hours = readTwo(bytes, from + 11);
  const minutes = readTwo(bytes, from + 14);
  const seconds = readTwo(bytes, from + 17);
  if (days === NO_DAY || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
    return -1;
  const at = writeInt32(8, target, start);
  return writeMicros(days * DAY_SECONDS + hours * 3600 + minutes * 60 + seconds, micros, target, at);
};

/** Microseconds in 64 bits, which a number of JavaScript does not hold beyond the year 2285. */
function writeMicros(seconds: number, micros: number, target: Uint8Array, at: number): number {
  const upper = Math.floor(seconds / 65_536);
  const lower = (seconds - upper * 65_536) * 1e6 + micros;
  const rest = Math.floor(lower / 65_536);
  // The number without its lowest 16 bits.
  const shifted = upper * 1e6 + rest;
  const high = Math.floor(shifted / 65_536);
  writeInt32(high, target, at);
  writeInt16(shifted - high * 65_536, target, at + 4);
  return writeInt16(lower - rest * 65_536, target, at + 6);
}

const HEX = Int8Array.from({ length: 256 }, (_, code) => {
  const value = parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});
/** Where the digits of each byte stand in the text of a UUID. */
const UUID_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const UUID_CHARACTERS = 36;

export const writeUuid: WriteBinary = (bytes, from, to, target, start) => {
  const hasHyphens =
    bytes[from + 8] === MINUS && bytes[from + 13] === MINUS && bytes[from + 18] === MINUS && bytes[from + 23] === MINUS;
  if (to - from !== UUID_CHARACTERS || !hasHyphens) return -1;
  let at = writeInt32(UUID_PLACES.length, target, start);
  for (const place of UUID_PLACES) {
    const high = HEX[bytes[from + place]!]!;
    const low = HEX[bytes[from + place + 1]!]!;
    if (high < 0 || low < 0) return -1;
    target[at++] = (high << 4) | low;
  }
  return at;
};

/** By type; none for lists, of which no row has the text. */
export const BINARY_WRITERS: Readonly<Record<ColumnType, WriteBinary | null>> = {
  text: writeText,
  numeric: writeNumeric,
  boolean: writeBoolean,
  date: writeDate,
  timestamptz: writeTime,
  uuid: writeUuid,
  'text[]': null,
  'uuid[]': null,
};

/** The object ids of the element types, which the server compares with those of the column. */
const ELEMENTS = { 'text[]': { type: 'text', oid: 25 }, 'uuid[]': { type: 'uuid', oid: 2950 } } as const;

/** A value with its length; null where it has no such form (see WriteBinary). For values that are the same in every row. */
export function encodeBinary(type: ColumnType, value: FieldValue): Uint8Array | null {
  if (value === null) return encodeInt32s([-1]);
  if (type === 'text[]' || type === 'uuid[]') return typeof value === 'object' ? encodeList(type, value) : null;
  const write = BINARY_WRITERS[type];
  if (write === null || typeof value === 'object') return null;
  const text = Buffer.from(renderCopyColumn(value), 'utf8');
  const target = new Uint8Array(text.length + MOST_ADDED_BYTES);
  const end = write(text, 0, text.length, target, 0);
  return end < 0 ? null : target.subarray(0, end);
}

/** Dimensions, whether there are NULLs, the type of the elements, how many there are and where they begin; the elements. */
function encodeList(type: keyof typeof ELEMENTS, items: readonly string[]): Uint8Array | null {
  const { type: element, oid } = ELEMENTS[type];
  const parts = [encodeInt32s(items.length === 0 ? [0, 0, oid] : [1, 0, oid, items.length, 1])];
  for (const item of items) {
    const part = encodeBinary(element, item);
    if (part === null) return null;
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([encodeInt32s([body.length]), body]);
}

function encodeInt32s(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  for (const [index, value] of values.entries()) writeInt32(value, bytes, 4 * index);
  return bytes;
}
