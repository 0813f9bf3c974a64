/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
import type { StepModel } from '../../core/model/connector.ts';
import type { PlainColumn } from '../../core/planner/plain-step.ts';
import { write, writeJson, writeNumber } from './json-bytes.ts';
import type { LineBytes } from './line-bytes.ts';
import { renderPlace } from './outcomes.ts';
import type { PlainUpdate } from './plain-rows.ts';
import { isNull } from './plain-scan.ts';
import type { UpdateColumn } from './plain-update.ts';

const QUOTE = 34;
const COMMA = 44;
const BRACE = 123;
const CLOSING_BRACE = 125;
const LETTER_T = 116;
const LETTER_Z = 90;
const UPPER_T = 84;
const ID_CHARACTERS = 36;
const ROW_DIGITS = 10;
const DATE_CHARACTERS = 10;
/** Of `+00`. */
const ZONE_CHARACTERS = 3;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const HEAD = bytesOf('{"row":');
const BEFORE = bytesOf('","rule":1,"before":');
const AFTER = bytesOf(',"after":');
const NULL = bytesOf('null');
const TRUE = bytesOf('true');
const FALSE = bytesOf('false');
const TAIL = bytesOf(',"errors":[],"warnings":[]}\n');

/** A column of the updates with what the lines of outcomes need of it. */
interface Member extends UpdateColumn {
  readonly name: Uint8Array;
  readonly isQuoted: boolean;
  /** The value as JSON where it is constant. */
  readonly json: Uint8Array;
}

/**
 * As compileOutcomeLines, for rows that match a held record and were planned without a look at their values.
 *
 * @param plain of the step, one a mapping, as `columns` are
 */
export function compileUpdateOutcomes(
  step: StepModel,
  columns: readonly UpdateColumn[],
  plain: readonly PlainColumn[],
): (plan: PlainUpdate, into: LineBytes) => void {
  const members = columns.map((column, index): Member => {
    const source = plain[index];
    const json = source?.kind === 'Constant' ? JSON.stringify(source.value === '' ? null : source.value) : '';
    const name = bytesOf(`${JSON.stringify(column.field.name)}:`);
    return { ...column, name, isQuoted: column.type !== 'boolean', json: bytesOf(json) };
  });
  const place = renderPlace(step);
  const updated = bytesOf(`${place}Updated","reason":"SingleMatch","record":"`);
  const unchanged = bytesOf(`${place}Unchanged","reason":"SingleMatch","record":"`);
  const names = members.reduce((sum, { name, json }) => sum + 2 * (name.length + json.length + NULL.length + 3), 0);
  const fixed = HEAD.length + ROW_DIGITS + unchanged.length + ID_CHARACTERS + BEFORE.length + AFTER.length + names;
  return (plan, into) => {
    const { held, line, length, isChanged } = plan;
    const from = held.starts[line]!;
    const most = 2 * length * members.length + 2 * (held.starts[line + 1]! - from);
    into.reserve(fixed + most + TAIL.length + 2 * NULL.length);
    const target = into.bytes;
    let at = writeNumber(plan.row, target, write(HEAD, target, into.end));
    at = write(isChanged ? updated : unchanged, target, at);
    for (let index = 0; index < ID_CHARACTERS; index += 1) target[at + index] = held.bytes[from + index]!;
    at = write(BEFORE, target, at + ID_CHARACTERS);
    at = isChanged ? writeMembers(members, plan, target, at, writeHeldValue) : write(NULL, target, at);
    at = write(AFTER, target, at);
    at = isChanged ? writeMembers(members, plan, target, at, writeRowValue) : write(NULL, target, at);
    into.close(write(TAIL, target, at));
  };
}

type WriteValue = (member: Member, plan: PlainUpdate, target: Uint8Array, at: number) => number;

function writeMembers(
  members: readonly Member[],
  plan: PlainUpdate,
  target: Uint8Array,
  start: number,
  writeValue: WriteValue,
): number {
  let at = start;
  let opening = BRACE;
  for (let index = 0; index < members.length; index += 1) {
    if (plan.changes[index] === 0) continue;
    const member = members[index]!;
    target[at] = opening;
    at = writeValue(member, plan, target, write(member.name, target, at + 1));
    opening = COMMA;
  }
  target[at] = CLOSING_BRACE;
  return at + 1;
}

const writeHeldValue: WriteValue = ({ type, heldColumn, isQuoted }, { held, line }, target, start) => {
  const end = line * held.columns + heldColumn;
  const from = held.ends[end - 1]! + 1;
  const to = held.ends[end]!;
  if (isNull(held.bytes, from, to)) return write(NULL, target, start);
  if (!isQuoted) return write(held.bytes[from] === LETTER_T ? TRUE : FALSE, target, start);
  target[start] = QUOTE;
  let at = start + 1;
  if (type === 'timestamptz') {
    at = writeJson(held.bytes, from, to - ZONE_CHARACTERS, target, at);
    target[start + 1 + DATE_CHARACTERS] = UPPER_T;
    target[at++] = LETTER_Z;
  } else {
    at = writeJson(held.bytes, from, to, target, at);
  }
  target[at] = QUOTE;
  return at + 1;
};

const writeRowValue: WriteValue = ({ place, json, isQuoted }, plan, target, start) => {
  if (place < 0) return write(json, target, start);
  const { bytes, bounds, boundsFrom } = plan;
  const from = bounds[boundsFrom + place]! + 1;
  const to = bounds[boundsFrom + place + 1]!;
  if (isNull(bytes, from, to)) return write(NULL, target, start);
  if (!isQuoted) return writeJson(bytes, from, to, target, start);
  target[start] = QUOTE;
  const at = writeJson(bytes, from, to, target, start + 1);
  target[at] = QUOTE;
  return at + 1;
};
