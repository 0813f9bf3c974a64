/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
import { MOST_PLAIN_CHARACTERS } from '../../core/planner/convert.ts';

const TAB = 9;
const LF = 10;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const LETTER_N = 78;

const ENDS = 1;
const ESCAPES = 2;
const IS_CONTROL = 3;
/** What a byte of a value is; 0: nothing in particular. */
const CLASSES = new Uint8Array(256);
CLASSES.fill(IS_CONTROL, 0, 32);
CLASSES[TAB] = ENDS;
CLASSES[LF] = ENDS;
CLASSES[BACKSLASH] = ESCAPES;
/** Letters after a backslash that mean the same to `COPY`, and to JSON but for the quote. */
const SHARED_ESCAPES = new Uint8Array(256);
for (const letter of "'\\bfnrt") SHARED_ESCAPES[letter.charCodeAt(0)] = 1;

/** Where the values of lines stand, and which lines hold nothing that takes a text to understand. */
export interface ScannedLines {
  /** By line: its row number; 0 where it has to be taken apart as a text. */
  readonly rows: Uint32Array;
  /** By line, one more than there are values: a value stands between one bound and the next, and the bounds are no part of it. */
  readonly bounds: Uint32Array;
}

/**
 * Goes once over lines of a scope file (see ScopeLine) and finds their values. A line has a row number if it is that of an
 * accepted row without problems of as many values as there must be, none of them an empty text, none with a character that
 * `COPY` or JSON writes in a form of its own.
 *
 * @param starts of the lines in `bytes`, and where the last one ends
 * @param variables at least 1
 */
export function scanLines(bytes: Uint8Array, starts: Uint32Array, variables: number): ScannedLines {
  const lines = starts.length - 1;
  const rows = new Uint32Array(lines);
  const bounds = new Uint32Array(lines * (variables + 1));
  for (let line = 0; line < lines; line += 1) {
    const from = findValues(bytes, starts[line]!);
    const first = line * (variables + 1);
    if (from === 0 || !findEnds(bytes, from, bounds, first + 1, variables, false)) continue;
    if (bounds[first + variables]! - from > MOST_PLAIN_CHARACTERS) continue;
    bounds[first] = from - 1;
    rows[line] = readNumber(bytes, starts[line]!);
  }
  return { rows, bounds };
}

function readNumber(bytes: Uint8Array, from: number): number {
  let number = 0;
  for (let at = from; bytes[at]! >= ZERO && bytes[at]! <= NINE; at += 1) number = number * 10 + bytes[at]! - ZERO;
  return number;
}

/** Where the values of a plain line begin; 0 where it is none. */
function findValues(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at += 1;
  if (bytes[at] !== TAB || at === from) return 0;
  at += 1;
  while (bytes[at] !== TAB && bytes[at] !== LF) at += 1;
  const isPlain =
    bytes[at] === TAB &&
    bytes[at + 1] === TAB &&
    bytes[at + 2] === BACKSLASH &&
    bytes[at + 3] === LETTER_N &&
    bytes[at + 4] === TAB;
  return isPlain ? at + 5 : 0;
}

/**
 * Finds where the values of a line end, and puts that into `ends` from `first` on; false where they are not as many as
 * there must be, or hold a character that `COPY` or JSON writes in a form of its own.
 *
 * @param takesEmpty whether a value may be an empty text
 */
export function findEnds(
  bytes: Uint8Array,
  from: number,
  ends: Uint32Array,
  first: number,
  values: number,
  takesEmpty: boolean,
): boolean {
  let at = from;
  let begin = from;
  for (let value = 0; ;) {
    const kind = CLASSES[bytes[at]!]!;
    if (kind === 0) {
      at += 1;
    } else if (kind === ENDS) {
      if (at === begin && !takesEmpty) return false;
      ends[first + value] = at;
      value += 1;
      if (bytes[at] === LF) return value === values;
      if (value === values) return false;
      at += 1;
      begin = at;
    } else if (kind === ESCAPES) {
      const isNull = at === begin && bytes[at + 1] === LETTER_N && CLASSES[bytes[at + 2]!] === ENDS;
      if (!isNull && SHARED_ESCAPES[bytes[at + 1]!] === 0) return false;
      at += 2;
    } else {
      return false;
    }
  }
}

/** Whether a value is NULL. */
export function isNull(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 2 && bytes[from] === BACKSLASH && bytes[from + 1] === LETTER_N;
}
