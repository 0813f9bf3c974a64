/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within bounds by construction, and a check for each byte is what this file must not cost */
import type { StepModel } from '../../core/model/connector.ts';
import { isBlank } from '../../core/planner/field-value.ts';
import type { PlainColumn, PlainDecision } from '../../core/planner/plain-step.ts';
import type { RecordIds } from '../../core/planner/record-id.ts';
import { write, writeJson, writeNumber } from './json-bytes.ts';
import type { LineBytes } from './line-bytes.ts';
import { renderPlace } from './outcomes.ts';
import type { PlainCreate } from './plain-rows.ts';
import { isNull } from './plain-scan.ts';

const QUOTE = 34;
const COMMA = 44;
const BRACE = 123;
const ID_CHARACTERS = 36;
const ROW_DIGITS = 10;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const HEAD = bytesOf('{"row":');
const NOTHING = bytesOf('{}');
const TAIL = bytesOf('},"errors":[],"warnings":[]}\n');
const TAIL_OF_NOTHING = TAIL.subarray(1);

/** A member of the values after: its name with what opens the value, and what closes it; all of it where it is constant. */
interface Member {
  readonly place: number;
  readonly open: Uint8Array;
  readonly isQuoted: boolean;
}

/**
 * As compileOutcomeLines, for rows that were planned without a look at their values. TabSeparated and JSON escape the same
 * characters in the same way, but for quotes.
 */
export function compilePlainOutcomes(
  step: StepModel,
  columns: readonly PlainColumn[],
  ids: RecordIds,
): (plan: PlainCreate, into: LineBytes) => void {
  const members = columns.flatMap(buildMember);
  const constants = members.reduce((sum, { open }) => sum + open.length + 2, 0);
  const parts = compileDecisions(step);
  return (plan, into) => {
    const { row, bytes, bounds, boundsFrom, length } = plan;
    const { before, after } = parts(plan.decision);
    const fixed = HEAD.length + ROW_DIGITS + before.length + ID_CHARACTERS + after.length + constants + TAIL.length;
    into.reserve(fixed + members.length * 2 * length);
    const target = into.bytes;
    let at = write(HEAD, target, into.end);
    at = writeNumber(row, target, at);
    at = write(before, target, at);
    ids.writeText(row, target, at);
    at = write(after, target, at + ID_CHARACTERS);
    let opening = BRACE;
    for (const { place, open, isQuoted } of members) {
      let from = 0;
      let to = 0;
      if (place >= 0) {
        from = bounds[boundsFrom + place]! + 1;
        to = bounds[boundsFrom + place + 1]!;
        if (isNull(bytes, from, to)) continue;
      }
      target[at] = opening;
      at = write(open, target, at + 1);
      at = writeJson(bytes, from, to, target, at);
      if (isQuoted) target[at++] = QUOTE;
      opening = COMMA;
    }
    at = opening === BRACE ? write(TAIL_OF_NOTHING, target, write(NOTHING, target, at)) : write(TAIL, target, at);
    into.close(at);
  };
}

function buildMember(column: PlainColumn): Member[] {
  const name = `${JSON.stringify(column.field.name)}:`;
  if (column.kind === 'Constant') {
    if (isBlank(column.value)) return [];
    return [{ place: -1, open: bytesOf(name + JSON.stringify(column.value)), isQuoted: false }];
  }
  const isQuoted = column.field.columnType !== 'boolean';
  return [{ place: column.place, open: bytesOf(isQuoted ? `${name}"` : name), isQuoted }];
}

/** What stands between row and id, and between id and values. */
function compileDecisions(step: StepModel): (decision: PlainDecision) => { before: Uint8Array; after: Uint8Array } {
  const place = renderPlace(step);
  const build = ({ reason, rule }: PlainDecision): { before: Uint8Array; after: Uint8Array } => ({
    before: bytesOf(`${place}Created","reason":"${reason}","record":"`),
    after: bytesOf(`","rule":${rule ?? 'null'},"before":null,"after":`),
  });
  const known = new Map<PlainDecision, ReturnType<typeof build>>();
  return (decision) => {
    const found = known.get(decision);
    if (found !== undefined) return found;
    const built = build(decision);
    known.set(decision, built);
    return built;
  };
}
