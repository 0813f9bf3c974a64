import { DAY_MS, sheetDate } from './sheet-date.ts';

const SLOTS = 65_536;
/** Bytes of `2026-01-31`. */
export const DAY_BYTES = 10;
/** Bytes of `2026-01-31T12:30:00.123` at most. */
export const DAY_TIME_BYTES = 23;

const ZERO = 48;
const COLON = 58;
const POINT = 46;
const UPPER_T = 84;

/** Writes points in time of cells of a date style, with the days that came lately kept: a sheet has few, many times over. */
export class SheetDays {
  readonly #date1904: boolean;
  readonly #days = new Int32Array(SLOTS).fill(-1);
  readonly #bytes = new Uint8Array(SLOTS * DAY_BYTES);

  constructor(date1904: boolean) {
    this.#date1904 = date1904;
  }

  /**
   * Writes what `sheetDate` says of the serial number in the style `Date`; needs `DAY_TIME_BYTES` of room.
   *
   * @returns the offset after it; -1 where the number is no such time, or one without a day
   */
  write(serial: number, target: Uint8Array, begin: number): number {
    if (!(serial >= 1)) return -1;
    const ms = Math.round(serial * DAY_MS);
    const day = Math.floor(ms / DAY_MS);
    const slot = day % SLOTS;
    if (this.#days[slot] !== day && !this.#keep(day, slot)) return -1;
    const from = slot * DAY_BYTES;
    for (let index = 0; index < DAY_BYTES; index += 1) target[begin + index] = this.#bytes[from + index] ?? 0;
    const time = ms % DAY_MS;
    return time === 0 ? begin + DAY_BYTES : writeClock(time, target, begin + DAY_BYTES);
  }

  #keep(day: number, slot: number): boolean {
    const text = sheetDate(String(day), 'Date', this.#date1904);
    if (text?.length !== DAY_BYTES) return false;
    for (let index = 0; index < DAY_BYTES; index += 1) {
      this.#bytes[slot * DAY_BYTES + index] = text.charCodeAt(index);
    }
    this.#days[slot] = day;
    return true;
  }
}

/** `T12:30:00`, and `.123` where there are milliseconds. */
function writeClock(ms: number, target: Uint8Array, begin: number): number {
  const seconds = Math.floor(ms / 1000);
  const rest = ms % 1000;
  target[begin] = UPPER_T;
  writeTwo(Math.floor(seconds / 3600), target, begin + 1);
  target[begin + 3] = COLON;
  writeTwo(Math.floor(seconds / 60) % 60, target, begin + 4);
  target[begin + 6] = COLON;
  writeTwo(seconds % 60, target, begin + 7);
  if (rest === 0) return begin + 9;
  target[begin + 9] = POINT;
  target[begin + 10] = ZERO + Math.floor(rest / 100);
  writeTwo(rest % 100, target, begin + 11);
  return begin + 13;
}

function writeTwo(value: number, target: Uint8Array, begin: number): void {
  target[begin] = ZERO + Math.floor(value / 10);
  target[begin + 1] = ZERO + (value % 10);
}
