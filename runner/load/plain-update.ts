/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
import type { ConflictResolution, MappingModel } from '../../core/model/connector.ts';
import type { ColumnType, FieldModel } from '../../core/model/object.ts';
import { canonicalNumber } from '../../core/planner/field-value.ts';
import { isOwnKey, type PlainColumn } from '../../core/planner/plain-step.ts';
import type { CompiledStep } from '../../core/planner/step.ts';
import { LEADING_COLUMNS, type HeldRecords } from './held-records.ts';
import type { ObjectRelation } from './object-relation.ts';
import { isNull } from './plain-scan.ts';
import { renderCopyColumn } from './record-values.ts';

const BACKSLASH = 92;
const APOSTROPHE = 39;
const SPACE = 32;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const LETTER_T = 116;
/** Of `2026-01-31`, before the time of a date-time. */
const DATE_CHARACTERS = 10;

const SCALARS: ReadonlySet<ColumnType> = new Set(['text', 'numeric', 'date', 'timestamptz', 'boolean', 'uuid']);

/** What a row may do to one field of the record that it matches. */
export interface UpdateColumn {
  readonly field: FieldModel;
  readonly type: ColumnType;
  readonly rule: ConflictResolution;
  /** Of the variable among the values of the row; -1: the value is `constant`. */
  readonly place: number;
  /** As `COPY` writes it. */
  readonly constant: Buffer;
  /** Of the field among the columns of the held records. */
  readonly heldColumn: number;
}

/** Rows that match one record by one exact text, and put their own values into it. */
export interface PlainUpdates {
  readonly columns: readonly UpdateColumn[];
  readonly keyColumn: number;
}

/**
 * @param columns of a plain step, one a mapping
 * @param key the place of the variable that the one rule asks for
 * @returns null where a row that matches has to be planned in full
 */
export function compilePlainUpdates(
  { step }: CompiledStep,
  columns: readonly PlainColumn[],
  key: number,
  { table, columns: existing, fields }: ObjectRelation,
): PlainUpdates | null {
  const [rule, ...others] = step.rules;
  if (rule === undefined || others.length > 0 || table === null) return null;
  if (rule.onSingleMatch !== 'UpdateCurrent' || !isOwnKey(rule.field)) return null;
  if (!fields.every(({ columnType }) => SCALARS.has(columnType))) return null;
  const heldColumn = ({ name }: FieldModel): number => LEADING_COLUMNS + fields.findIndex((one) => one.name === name);
  const found: UpdateColumn[] = [];
  for (const [index, column] of columns.entries()) {
    const { field } = column;
    const mapping = step.mappings[index];
    const isRepeated = found.some((one) => one.field.name === field.name);
    if (mapping === undefined || isRepeated || !existing.has(field.name)) return null;
    const isKey = field.name === rule.field.name;
    // The key of a record stays what it was found by.
    if (isKey && (column.kind === 'Constant' || column.place !== key)) return null;
    const built = buildColumn(column, mapping, heldColumn(field));
    if (built === null) return null;
    found.push(built);
  }
  return { columns: found, keyColumn: heldColumn(rule.field) };
}

function buildColumn(
  column: PlainColumn,
  { conflictResolution }: MappingModel,
  heldColumn: number,
): UpdateColumn | null {
  const { field } = column;
  const shared = { field, type: field.columnType, rule: conflictResolution, heldColumn };
  if (column.kind === 'Variable') return { ...shared, place: column.place, constant: Buffer.alloc(0) };
  if (typeof column.value === 'object' && column.value !== null) return null;
  const text = renderCopyColumn(column.value === '' ? null : column.value);
  return { ...shared, place: -1, constant: Buffer.from(text, 'utf8') };
}

/** How a value of a row compares with the one that is held. */
export type Comparison = 'Same' | 'Different' | 'Unclear';

/** Whether a field has another value once the row is written. Both texts are as `findEnds` accepts them. */
export function compareColumn(
  { type, rule }: UpdateColumn,
  bytes: Buffer,
  from: number,
  to: number,
  held: Buffer,
  heldFrom: number,
  heldTo: number,
): Comparison {
  const isBlank = isNull(bytes, from, to);
  const isHeldBlank = heldFrom === heldTo || isNull(held, heldFrom, heldTo);
  if (type === 'timestamptz' && !isHeldBlank && !isUtcTime(held, heldFrom, heldTo)) return 'Unclear';
  if (rule === 'OnlyUpdateBlank' ? !isHeldBlank || isBlank : rule !== 'OverwriteClearIfBlank' && isBlank) return 'Same';
  if (isBlank || isHeldBlank) return isBlank && isHeldBlank ? 'Same' : 'Different';
  return isSame(type, bytes, from, to, held, heldFrom, heldTo) ? 'Same' : 'Different';
}

function isSame(
  type: ColumnType,
  bytes: Buffer,
  from: number,
  to: number,
  held: Buffer,
  heldFrom: number,
  heldTo: number,
): boolean {
  switch (type) {
    case 'boolean':
      return (bytes[from] === LETTER_T) === (held[heldFrom] === LETTER_T);
    case 'timestamptz':
      return isSameTime(bytes, from, to, held, heldFrom, heldTo);
    case 'numeric':
      if (isSameText(bytes, from, to, held, heldFrom, heldTo)) return true;
      if (isCanonical(bytes, from, to) && isCanonical(held, heldFrom, heldTo)) return false;
      return (
        canonicalNumber(bytes.toString('latin1', from, to)) ===
        canonicalNumber(held.toString('latin1', heldFrom, heldTo))
      );
    default:
      return isSameText(bytes, from, to, held, heldFrom, heldTo);
  }
}

/** TabSeparated escapes the apostrophe, `COPY` does not; the rest is the same. */
export function isSameText(
  bytes: Uint8Array,
  from: number,
  to: number,
  held: Uint8Array,
  heldFrom: number,
  heldTo: number,
): boolean {
  let other = heldFrom;
  for (let at = from; at < to; at += 1) {
    if (bytes[at] === BACKSLASH) {
      if (bytes[at + 1] !== APOSTROPHE) {
        if (other >= heldTo || held[other] !== BACKSLASH) return false;
        other += 1;
      }
      at += 1;
    }
    if (other >= heldTo || bytes[at] !== held[other]) return false;
    other += 1;
  }
  return other === heldTo;
}

/** Whether two numbers of this form are the same only if their texts are: no sign or zero that could be left out. */
function isCanonical(bytes: Uint8Array, from: number, to: number): boolean {
  const first = bytes[from] === 45 ? from + 1 : from;
  if (to - first > 1 && bytes[first] === ZERO && bytes[first + 1] !== POINT) return false;
  let hasPoint = false;
  for (let at = first; at < to; at += 1) {
    const byte = bytes[at]!;
    if (byte === POINT && at > first) hasPoint = true;
    else if (byte < ZERO || byte > 57) return false;
  }
  const last = bytes[to - 1];
  // Minus zero is zero.
  if (first > from && bytes[first] === ZERO) return false;
  return !hasPoint || (last !== ZERO && last !== POINT);
}

/** `2026-01-31 23:59:59.5+00`, as the server writes date-times of our era in UTC. */
function isUtcTime(held: Uint8Array, from: number, to: number): boolean {
  return to - from > 18 && held[from + DATE_CHARACTERS] === SPACE && held[to - 3] === PLUS && held[to - 1] === ZERO;
}

function isSameTime(
  bytes: Uint8Array,
  from: number,
  to: number,
  held: Uint8Array,
  heldFrom: number,
  heldTo: number,
): boolean {
  // `T` for the space, and `Z` for `+00`.
  if (to - from !== heldTo - heldFrom - 2) return false;
  for (let at = 0; at < to - from - 1; at += 1) {
    if (at !== DATE_CHARACTERS && bytes[from + at] !== held[heldFrom + at]) return false;
  }
  return true;
}

/** Whether a line has exactly this key. */
export function hasKey(
  held: HeldRecords,
  line: number,
  column: number,
  bytes: Buffer,
  from: number,
  to: number,
): boolean {
  const first = line * held.columns + column;
  return isSameText(bytes, from, to, held.bytes, held.ends[first - 1]! + 1, held.ends[first]!);
}
