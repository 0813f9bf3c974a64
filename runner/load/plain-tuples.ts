/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
import type { ColumnType, FieldModel } from '../../core/model/object.ts';
import type { FieldValue } from '../../core/model/outcome.ts';
import type { PlainColumn } from '../../core/planner/plain-step.ts';
import type { RecordIds } from '../../core/planner/record-id.ts';
import {
  BINARY_WRITERS,
  encodeBinary,
  MOST_ADDED_BYTES,
  writeBinaryNull,
  writeInt16,
  writeInt32,
  writeUuid,
  type WriteBinary,
} from './binary-value.ts';
import { LEADING_COLUMNS } from './held-records.ts';
import { write } from './json-bytes.ts';
import type { PlainCreate, PlainUpdate } from './plain-rows.ts';
import { isNull } from './plain-scan.ts';
import type { UpdateColumn } from './plain-update.ts';
import type { TupleBytes } from './tuple-bytes.ts';

const ID_BYTES = 16;
const ID_CHARACTERS = 36;
/** Of the number of fields, and of the id with its length. */
const LEADING_BYTES = 2 + 4 + ID_BYTES;

/** Columns that have the same value in every row: behind the id, and behind the fields. */
export interface TupleFrame {
  readonly head: readonly (readonly [ColumnType, FieldValue])[];
  readonly tail: readonly (readonly [ColumnType, FieldValue])[];
}

/**
 * Adds a row that was planned without a look at its values, in the binary format of `COPY`.
 *
 * @returns its place; -1 where a value has no such form: nothing was added then
 */
export type AddTuple<Plan> = (plan: Plan, into: TupleBytes) => number;

const NO_FORM = (): number => -1;

/** A column of a tuple: the value of a variable, or what all rows share. */
type Source =
  | { readonly place: number; readonly write: WriteBinary; readonly constant: null }
  | { readonly place: -1; readonly write: null; readonly constant: Uint8Array };

/** @param fields of the table, in the order of the statement; those that no column writes are NULL */
export function compilePlainTuples(
  fields: readonly FieldModel[],
  columns: readonly PlainColumn[],
  ids: RecordIds,
  frame: TupleFrame,
): AddTuple<PlainCreate> {
  const sources: Source[] = [];
  for (const { name, columnType } of fields) {
    const column = columns.find((one) => one.field.name === name);
    const source = buildSource(columnType, column);
    if (source === null) return NO_FORM;
    sources.push(source);
  }
  const encoded = encodeFrame(frame, sources);
  if (encoded === null) return NO_FORM;
  const { count, head, tail, fixed, uses } = encoded;
  return ({ row, bytes, bounds, boundsFrom, length }, into) => {
    into.reserve(fixed + uses * length);
    const target = into.bytes;
    let at = writeInt32(ID_BYTES, target, writeInt16(count, target, into.end));
    ids.writeBytes(row, target, at);
    at = write(head, target, at + ID_BYTES);
    for (const { place, write: writeValue, constant } of sources) {
      if (constant !== null) {
        at = write(constant, target, at);
        continue;
      }
      const from = bounds[boundsFrom + place]! + 1;
      const to = bounds[boundsFrom + place + 1]!;
      at = isNull(bytes, from, to) ? writeBinaryNull(target, at) : writeValue(bytes, from, to, target, at);
      if (at < 0) return -1;
    }
    return into.close(write(tail, target, at));
  };
}

function buildSource(type: ColumnType, column: PlainColumn | undefined): Source | null {
  if (column?.kind === 'Variable') {
    const writer = BINARY_WRITERS[type];
    return writer === null ? null : { place: column.place, write: writer, constant: null };
  }
  const constant = encodeBinary(type, column?.value ?? null);
  return constant === null ? null : { place: -1, write: null, constant };
}

interface EncodedFrame {
  /** Of the fields of a tuple. */
  readonly count: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** Bytes of a tuple beside the texts of its values. */
  readonly fixed: number;
  /** How many columns take the variable that is taken most: so often a tuple holds the values of its row at most. */
  readonly uses: number;
}

/** @returns null where a value has no binary form */
function encodeFrame(
  frame: TupleFrame,
  sources: readonly { readonly place: number; readonly constant: Uint8Array | null }[],
): EncodedFrame | null {
  const encode = (values: TupleFrame['head']): Uint8Array | null => {
    const parts = values.flatMap(([type, value]) => encodeBinary(type, value) ?? []);
    return parts.length === values.length ? Buffer.concat(parts) : null;
  };
  const [head, tail] = [encode(frame.head), encode(frame.tail)];
  if (head === null || tail === null) return null;
  const uses = new Map<number, number>();
  let fixed = LEADING_BYTES + head.length + tail.length;
  for (const { place, constant } of sources) {
    fixed += MOST_ADDED_BYTES + (constant?.length ?? 0);
    if (place >= 0) uses.set(place, (uses.get(place) ?? 0) + 1);
  }
  const count = 1 + frame.head.length + sources.length + frame.tail.length;
  return { count, head, tail, fixed, uses: Math.max(0, ...uses.values()) };
}

/**
 * As compilePlainTuples, for the record as a row that matches it leaves it.
 *
 * @param fields of which each that a column writes may change, and the others stay as they are held
 * @param relationFields those of the relation, in the order of the held columns
 */
export function compileUpdateTuples(
  fields: readonly FieldModel[],
  columns: readonly UpdateColumn[],
  relationFields: readonly FieldModel[],
  frame: TupleFrame,
): AddTuple<PlainUpdate> {
  const sources = fields.map(({ name, columnType }) => {
    const index = columns.findIndex((column) => column.field.name === name);
    const heldColumn = LEADING_COLUMNS + relationFields.findIndex((field) => field.name === name);
    const { place = -1, constant = Buffer.alloc(0) } = columns[index] ?? {};
    return { index, heldColumn, place, constant, write: BINARY_WRITERS[columnType] ?? NO_FORM };
  });
  const encoded = encodeFrame(frame, sources);
  if (encoded === null) return NO_FORM;
  const { count, head, tail, fixed, uses } = encoded;
  return (plan, into) => {
    const { held, line, boundsFrom, length } = plan;
    const start = held.starts[line]!;
    into.reserve(fixed + uses * length + held.starts[line + 1]! - start);
    const target = into.bytes;
    let at = writeUuid(held.bytes, start, start + ID_CHARACTERS, target, writeInt16(count, target, into.end));
    at = write(head, target, at);
    for (const { index, heldColumn, place, constant, write: writeValue } of sources) {
      let bytes = held.bytes;
      let from = 0;
      let to = 0;
      if (index < 0 || plan.changes[index] === 0) {
        const end = line * held.columns + heldColumn;
        from = held.ends[end - 1]! + 1;
        to = held.ends[end]!;
      } else if (place < 0) {
        bytes = constant;
        to = constant.length;
      } else {
        bytes = plan.bytes;
        from = plan.bounds[boundsFrom + place]! + 1;
        to = plan.bounds[boundsFrom + place + 1]!;
      }
      at = isNull(bytes, from, to) ? writeBinaryNull(target, at) : writeValue(bytes, from, to, target, at);
      if (at < 0) return -1;
    }
    return into.close(write(tail, target, at));
  };
}
