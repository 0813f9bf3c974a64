/**
 * The ids that an execution gives to the records it creates: version 7 UUIDs (RFC 9562) made from the execution's start,
 * the step and the row alone. The same row of the same execution gets the same id in every attempt, ids grow with the
 * rows, and nothing has to be stored to know them.
 *
 * Layout: 48 bits start (ms) | version | 6 bits step, 6 bits salt | variant | 32 bits row | 30 bits salt.
 *
 * @param salt 36 bits as 9 hex digits, from a hash of the execution's id: tells apart executions of one millisecond
 */
export function buildRecordIds(startMs: number, salt: string, stepIndex: number): (row: number) => string {
  if (!/^[0-9a-f]{9}$/.test(salt)) throw new RangeError('salt must be 9 hex digits');
  if (stepIndex < 0 || stepIndex > 63) throw new RangeError('a connector has at most 64 load steps');
  const time = Math.floor(startMs).toString(16).padStart(12, '0').slice(-12);
  const saltHigh = parseInt(salt.slice(0, 2), 16) >>> 2;
  const saltLow = parseInt(salt.slice(1), 16) % 2 ** 30;
  // The lower 12 digits: 18 bits of the row and the upper 2 of the salt, then 28 bits of salt.
  const saltTop = saltLow >>> 28;
  const saltTail = (saltLow & 0xfffffff).toString(16).padStart(7, '0');
  const prefix = `${time.slice(0, 8)}-${time.slice(8)}-7${((stepIndex << 6) | saltHigh).toString(16).padStart(3, '0')}-`;
  return (row) => {
    if (row < 1 || row >= 2 ** 32) throw new RangeError('row numbers are 1 to 4294967295');
    // 62 bits: row (32), salt (30), under the two variant bits 10.
    const high = 0x8000 | (row >>> 18);
    const low = ((row & 0x3ffff) << 2) | saltTop;
    return prefix + high.toString(16) + '-' + (HEX_3[low >>> 8] ?? '') + (HEX_2[low & 0xff] ?? '') + saltTail;
  };
}

/** Texts of numbers in 3 and in 2 hexadecimal digits: an id is made for every row. */
const HEX_3 = Array.from({ length: 4096 }, (_, value) => value.toString(16).padStart(3, '0'));
const HEX_2 = HEX_3.slice(0, 256).map((digits) => digits.slice(1));

/** The ids of the records that a step creates, by row. */
export interface RecordIds {
  readonly of: (row: number) => string;
  /** Writes the 36 characters of an id at a place of a buffer. */
  readonly writeText: (row: number, into: Uint8Array, at: number) => void;
  /** Writes the 16 bytes of an id. */
  readonly writeBytes: (row: number, into: Uint8Array, at: number) => void;
}

/** Where the digits of the row begin in the text of an id: four, a hyphen, five. */
const ROW_DIGITS_AT = 19;
const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef');

/** Makes of what buildRecordIds gave the ways to write an id where no text is wanted. */
export function buildIdWriter(of: (row: number) => string): RecordIds {
  const example = of(1);
  const text = new TextEncoder().encode(example);
  const bytes = Uint8Array.from(example.replaceAll('-', '').match(/../g) ?? [], (digits) => parseInt(digits, 16));
  // The lowest two of the bits behind those of the row are of the salt.
  const saltTop = parseInt(example.charAt(ROW_DIGITS_AT + 9), 16) & 3;
  const digit = (value: number): number => HEX_DIGITS[value & 15] ?? 0;
  const highOf = (row: number): number => 0x8000 | (row >>> 18);
  const lowOf = (row: number): number => ((row & 0x3ffff) << 2) | saltTop;
  return {
    of,
    writeText: (row, into, at) => {
      for (let index = 0; index < text.length; index += 1) into[at + index] = text[index] ?? 0;
      const high = highOf(row);
      const low = lowOf(row);
      const place = at + ROW_DIGITS_AT;
      for (let index = 0; index < 4; index += 1) into[place + index] = digit(high >>> (12 - 4 * index));
      for (let index = 0; index < 5; index += 1) into[place + 5 + index] = digit(low >>> (16 - 4 * index));
    },
    writeBytes: (row, into, at) => {
      for (let index = 0; index < bytes.length; index += 1) into[at + index] = bytes[index] ?? 0;
      const high = highOf(row);
      const low = lowOf(row);
      into[at + 8] = high >>> 8;
      into[at + 9] = high;
      into[at + 10] = low >>> 12;
      into[at + 11] = low >>> 4;
      into[at + 12] = ((low & 15) << 4) | ((bytes[12] ?? 0) & 15);
    },
  };
}

/** Where an id of this layout says that its record was created. */
export interface RecordOrigin {
  readonly startMs: number;
  readonly stepIndex: number;
  readonly row: number;
}

/**
 * Reads what buildRecordIds wrote into an id; null for ids of another version. Other makers of version 7 ids fill the same
 * bits with chance: only an execution whose own id for the row is this one has created the record.
 */
export function readRecordOrigin(id: string): RecordOrigin | null {
  const hex = id.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(hex)) return null;
  const low = BigInt(`0x${hex.slice(16)}`) & (2n ** 62n - 1n);
  return {
    startMs: parseInt(hex.slice(0, 12), 16),
    stepIndex: parseInt(hex.slice(13, 16), 16) >>> 6,
    row: Number(low >> 30n),
  };
}
