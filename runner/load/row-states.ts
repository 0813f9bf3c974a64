import { ROW_STATUSES } from '../../core/model/outcome.ts';
import type { ParentRow, RowPlan } from '../../core/planner/plan.ts';
import type { RecordIds } from '../../core/planner/record-id.ts';

/** What a chunk remembers of each row for later steps and for the diff baseline. */
export interface RowState extends ParentRow {
  readonly row: number;
  readonly unresolved: boolean;
}

/** What a row takes in its encoded form. */
export const ROW_STATE_BYTES = 22;
const CREATED = ROW_STATUSES.indexOf('Created');
const UPDATED = ROW_STATUSES.indexOf('Updated');
const UNCHANGED = ROW_STATUSES.indexOf('Unchanged');
const HYPHEN = 45;

/**
 * Row states as bytes, 22 a row: row number (32 bits, little-endian), status (its place in ROW_STATUSES), flags (1 has a
 * record, 2 unresolved), the record's id. Later steps and the diff baseline read these, not the outcomes, which are large.
 */
export class RowStates {
  readonly #bytes: Buffer;
  #length = 0;

  /** @param rows the most that will be added */
  constructor(rows: number) {
    this.#bytes = Buffer.alloc(rows * ROW_STATE_BYTES);
  }

  add(plan: Pick<RowPlan, 'row' | 'status' | 'record' | 'unresolved'>): void {
    const at = this.#length;
    this.#bytes.writeUInt32LE(plan.row, at);
    this.#bytes.writeUInt8(ROW_STATUSES.indexOf(plan.status), at + 4);
    this.#bytes.writeUInt8((plan.record === null ? 0 : 1) | (plan.unresolved ? 2 : 0), at + 5);
    if (plan.record !== null) writeUuid(this.#bytes, at + 6, plan.record);
    this.#length = at + ROW_STATE_BYTES;
  }

  /** As `add`, for a row that created a record and left nothing open. */
  addCreated(row: number, ids: RecordIds): void {
    const at = this.#length;
    this.#bytes.writeUInt32LE(row, at);
    this.#bytes[at + 4] = CREATED;
    this.#bytes[at + 5] = 1;
    ids.writeBytes(row, this.#bytes, at + 6);
    this.#length = at + ROW_STATE_BYTES;
  }

  /** As `add`, for a row that updated a record or left it as it was, and left nothing open. @param from of the text of its id */
  addHeld(row: number, status: 'Updated' | 'Unchanged', text: Uint8Array, from: number): void {
    const at = this.#length;
    this.#bytes.writeUInt32LE(row, at);
    this.#bytes[at + 4] = status === 'Updated' ? UPDATED : UNCHANGED;
    this.#bytes[at + 5] = 1;
    let read = from;
    for (let to = at + 6; to < at + ROW_STATE_BYTES; to += 1) {
      if (text[read] === HYPHEN) read += 1;
      this.#bytes[to] = ((DIGITS[text[read] ?? 0] ?? 0) << 4) | (DIGITS[text[read + 1] ?? 0] ?? 0);
      read += 2;
    }
    this.#length = at + ROW_STATE_BYTES;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

export function encodeRowStates(plans: readonly RowPlan[]): Buffer {
  const states = new RowStates(plans.length);
  for (const plan of plans) states.add(plan);
  return states.bytes;
}

/** The value of a hexadecimal digit by its character code. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 0 : value;
});

function writeUuid(bytes: Buffer, at: number, uuid: string): void {
  let to = at;
  for (let index = 0; index < uuid.length; index += 2) {
    if (uuid.charCodeAt(index) === 45) index += 1;
    bytes[to] = ((DIGITS[uuid.charCodeAt(index)] ?? 0) << 4) | (DIGITS[uuid.charCodeAt(index + 1)] ?? 0);
    to += 1;
  }
}

export function decodeRowStates(bytes: Buffer): RowState[] {
  const states: RowState[] = [];
  for (let at = 0; at + ROW_STATE_BYTES <= bytes.length; at += ROW_STATE_BYTES) {
    const flags = bytes.readUInt8(at + 5);
    const hex = bytes.toString('hex', at + 6, at + ROW_STATE_BYTES);
    states.push({
      row: bytes.readUInt32LE(at),
      status: ROW_STATUSES[bytes.readUInt8(at + 4)] ?? 'NotProcessed',
      record: (flags & 1) === 0 ? null : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      unresolved: (flags & 2) !== 0,
    });
  }
  return states;
}
