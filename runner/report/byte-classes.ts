/** What a byte of text means to who copies it into a cell as it is. */
const FIELD_END = 1;
/** The text has to be looked at: an escape, markup, what XML cannot hold, or the lead byte of what it may not hold. */
const CARE = 2;
/** `_x0041_` would be an escape of the workbook. */
const UNDERSCORE = 4;

const CLASSES = new Uint8Array(256);
CLASSES.fill(CARE, 0, 32);
// & < > \, and the lead bytes of surrogates and of U+FFFE and U+FFFF.
for (const byte of [38, 60, 62, 92, 0xed, 0xef]) CLASSES[byte] = CARE;
CLASSES[95] = UNDERSCORE;
CLASSES[9] = FIELD_END | CARE;
CLASSES[10] = FIELD_END | CARE;

const UNDERSCORE_BYTE = 95;
const LETTER_X = 120;

/** Where a field of TabSeparated text ends: at a tab, a line feed or the end of the block. */
export function endOfField(bytes: Buffer, from: number): number {
  let at = from;
  while (((CLASSES[bytes[at] ?? 10] ?? FIELD_END) & FIELD_END) === 0) at += 1;
  return at;
}

/** Whether UTF-8 text stands in XML as it stands here, without an escape of any kind. */
export function isPlainText(bytes: Buffer, from: number, to: number): boolean {
  let classes = 0;
  for (let at = from; at < to; at += 1) classes |= CLASSES[bytes[at] ?? 0] ?? CARE;
  if (classes === 0) return true;
  if ((classes & CARE) !== 0) return false;
  for (let at = from; at < to - 1; at += 1) {
    if (bytes[at] === UNDERSCORE_BYTE && bytes[at + 1] === LETTER_X) return false;
  }
  return true;
}
